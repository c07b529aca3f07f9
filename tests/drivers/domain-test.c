// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading and comparing the data of the tests of definitions and command lines.
#include "domain-test.h"

#include <string.h>

#include "mortise-test.h"

const char *const domain_test_names[] = {
    "minimal", "everything", "virt-install", "kvm", "escapes", "addresses", "ends", "q35-sata", "aarch64", "sparc",
    "i686", NULL,
};

static char *
data_path(const char *folder, const char *name)
{
    return g_build_filename(g_getenv("MORTISE_TEST_SOURCE"), "tests", "drivers", "data", folder, name, NULL);
}

char *
domain_test_read(const char *name, const char *directory)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autofree char *path = data_path("domains", file);
    g_autofree char *content = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = NULL;

    if (!g_file_get_contents(path, &content, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return g_strdup("");
    }
    text = g_string_new(content);
    (void) g_string_replace(text, "@DIRECTORY@", directory, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

DomainDefinition *
domain_test_parse(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, &failure);

    if (definition == NULL || !domain_findings_require_none(definition->findings, &failure)) {
        fprintf(stderr, "unexpected: %s\n%s\n", failure->message, text);
        return NULL;
    }
    return g_steal_pointer(&definition);
}

QemuCommandContext
domain_test_context(const DomainDefinition *definition, char **emulator)
{
    gboolean kvm = g_strcmp0(definition->type, "kvm") == 0;
    const char *architecture = definition->os.architecture != NULL ? definition->os.architecture : "x86_64";
    g_autofree char *program = qemu_emulator_name(architecture);
    QemuCommandContext context = {
        .domain_type = kvm ? "kvm" : "qemu",
        .accelerator = kvm ? "kvm" : "tcg",
        .kvm = kvm,
        .host_cpu_model = NULL,
        .host_architecture = "x86_64",
        .sandbox = TRUE,
        .monitor_fd = -1,
        .keeper_fd = -1,
    };

    *emulator = g_build_filename("/usr/bin", program, NULL);
    context.emulator = *emulator;
    return context;
}

char *
domain_test_wrap(const char *general, const char *devices)
{
    return g_strdup_printf("<domain type='qemu'>\n"
                           "<name>wrapped</name><memory>1024</memory><os><type>hvm</type></os>\n"
                           "%s\n"
                           "<devices>\n"
                           "%s\n"
                           "</devices>\n"
                           "</domain>\n",
                           general, devices);
}

static void
print_difference(const char *path, const char *text, const char *golden)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_auto(GStrv) wanted = g_strsplit(golden, "\n", -1);
    guint i = 0;

    while (lines[i] != NULL && wanted[i] != NULL && strcmp(lines[i], wanted[i]) == 0) {
        i++;
    }
    fprintf(stderr, "%s:%u: is    %s\n%s:%u: wanted %s\n", path, i + 1, lines[i] != NULL ? lines[i] : "(end)", path,
            i + 1, wanted[i] != NULL ? wanted[i] : "(end)");
}

gboolean
domain_test_golden(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = data_path(folder, name);
    g_autofree char *golden = NULL;
    g_autoptr(GError) error = NULL;

    if (g_getenv("MORTISE_TEST_REGENERATE") != NULL) {
        fprintf(stderr, "%s: written anew\n", path);
        (void) g_file_set_contents(path, text, -1, NULL);
        return FALSE;
    }
    if (!g_file_get_contents(path, &golden, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return FALSE;
    }
    if (strcmp(text, golden) != 0) {
        print_difference(path, text, golden);
        return FALSE;
    }
    return TRUE;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a domain definition: read, checked, made a command line, written live and read again.
#include <json-glib/json-glib.h>
#include <stdint.h>
#include <string.h>

#include "fuzz-failure.h"
#include "qemu-command.h"
#include "qemu-live-xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_arguments(char **arguments)
{
    for (guint i = 0; arguments[i] != NULL; i++) {
        gboolean json = i > 0 && arguments[i][0] == '{' && strcmp(arguments[i - 1], "-device") == 0;
        g_autoptr(JsonNode) node = json ? json_from_string(arguments[i], NULL) : NULL;

        g_assert_true(!json || node != NULL);
    }
}

/* The live XML without any fact is the same machine. */
static void
check_live(const DomainDefinition *definition, const QemuCommand *command, const QemuCommandContext *context)
{
    QemuLiveFacts facts = {.id = -1};
    g_autofree char *xml = qemu_live_xml_build(definition, command->plan, &facts, NULL);
    g_autoptr(DomainDefinition) live = domain_definition_parse(xml, -1, NULL);
    g_autoptr(QemuCommand) again = live != NULL ? qemu_command_build(live, context, NULL) : NULL;

    g_assert_nonnull(again);
    g_assert_true(g_strv_equal((const char *const *) command->arguments, (const char *const *) again->arguments));
}

static void
try(const DomainDefinition *definition, gboolean kvm)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuCommand) command = NULL;
    QemuCommandContext context = {
        .domain_type = kvm ? "kvm" : "qemu", .accelerator = kvm ? "kvm" : "tcg", .kvm = kvm,
        .host_cpu_model = kvm ? "host" : NULL, .host_architecture = "x86_64", .emulator = "/usr/bin/qemu",
        .monitor_fd = 3, .keeper_fd = 4,
    };

    command = qemu_command_build(definition, &context, &failure);
    if (command == NULL) {
        check_failure(failure);
        return;
    }
    check_arguments(command->arguments);
    check_live(definition, command, &context);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse((const char *) data, (gssize) size, &failure);

    if (definition == NULL) {
        check_failure(failure);
        return 0;
    }
    try(definition, strcmp(definition->type, "kvm") == 0);
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Definitions that must not start, each with the words in which it is refused; the list is data/refusals.txt.
#include "mortise-test.h"

#include <string.h>

#include "domain-test.h"

#define CASES_AT_LEAST 90u

/*
 * A case is "## KIND: TITLE", the lines of a definition, and "=> REASON: MESSAGE". KIND says where the lines go:
 * devices (from line 5 of a good definition on), general (from line 3 on), domain (they are the whole text).
 */
typedef struct {
    char *kind;
    char *title;
    GString *lines;
    char *expected;
} Case;

static void
case_free(gpointer data)
{
    Case *row = data;

    g_free(row->kind);
    g_free(row->title);
    g_free(row->expected);
    (void) g_string_free(row->lines, TRUE);
    g_free(row);
}

static Case *
case_new(const char *line)
{
    g_auto(GStrv) words = g_strsplit(line + strlen("## "), ": ", 2);
    Case *row = g_new0(Case, 1);

    row->kind = g_strdup(words[0]);
    row->title = g_strdup(words[1]);
    row->lines = g_string_new(NULL);
    return row;
}

static GPtrArray *
read_cases(void)
{
    g_autofree char *path = g_build_filename(g_getenv("MORTISE_TEST_SOURCE"), "tests", "drivers", "data",
                                             "refusals.txt", NULL);
    GPtrArray *cases = g_ptr_array_new_with_free_func(case_free);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    Case *row = NULL;

    CHECK(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], "## ")) {
            row = case_new(lines[i]);
            g_ptr_array_add(cases, row);
        } else if (row != NULL && g_str_has_prefix(lines[i], "=> ")) {
            row->expected = g_strdup(lines[i] + strlen("=> "));
        } else if (row != NULL && row->expected == NULL) {
            g_string_append_printf(row->lines, "%s%s", row->lines->len > 0 ? "\n" : "", lines[i]);
        }
    }
    return cases;
}

static char *
whole_text(const Case *row)
{
    if (strcmp(row->kind, "devices") == 0) {
        return domain_test_wrap("", row->lines->str);
    }
    if (strcmp(row->kind, "general") == 0) {
        return domain_test_wrap(row->lines->str, "");
    }
    return g_strdup(row->lines->str);
}

static char *
refuse(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, &failure);
    g_autoptr(QemuCommand) command = NULL;
    g_autofree char *emulator = NULL;

    if (definition != NULL) {
        QemuCommandContext context = domain_test_context(definition, &emulator);

        command = qemu_command_build(definition, &context, &failure);
    }
    return failure != NULL ? g_strdup_printf("%s: %s", failure->reason, failure->message) : g_strdup("accepted");
}

static void
test_refusals(void)
{
    g_autoptr(GPtrArray) cases = read_cases();

    CHECK(cases->len >= CASES_AT_LEAST);
    for (guint i = 0; i < cases->len; i++) {
        const Case *row = g_ptr_array_index(cases, i);
        g_autofree char *text = whole_text(row);
        g_autofree char *actual = refuse(text);

        if (g_strcmp0(actual, row->expected) != 0) {
            fprintf(stderr, "refusals.txt: %s: %s\nis     %s\nwanted %s\n", row->kind, row->title, actual,
                    row->expected);
        }
        CU_ASSERT(g_strcmp0(actual, row->expected) == 0);
    }
}

/* The basis of the list must itself be good, else each of its cases proves nothing. */
static void
test_basis(void)
{
    g_autofree char *text = domain_test_wrap("", "");
    g_autofree char *actual = refuse(text);

    CHECK_TEXT(actual, "accepted");
}

static void
test_all_at_once(void)
{
    g_autofree char *text = domain_test_wrap("<genid/>\n<pm/>", "<sound model='ich6'/>\n<tpm/>");
    g_autoptr(DomainDefinition) definition = domain_definition_parse(text, -1, NULL);
    const DomainFindings *findings = domain_definition_check(definition);
    g_autofree char *actual = refuse(text);

    CHECK_INT(domain_findings_count(findings), 4);
    CHECK_INT(domain_findings_at(findings, 0)->line, 3);
    CHECK_TEXT(domain_findings_at(findings, 3)->path, "domain/devices/tpm");
    CHECK_TEXT(actual, "element-unsupported: line 3, domain/genid: this element is not supported; and 3 more: "
                       "line 4, domain/pm: this element is not supported; "
                       "line 6, domain/devices/sound: this element is not supported; "
                       "line 7, domain/devices/tpm: this element is not supported");
}

/* However much is wrong, what is said of it stays short. */
static void
test_flood(void)
{
    g_autoptr(GString) devices = g_string_new(NULL);
    g_autofree char *text = NULL;
    g_autofree char *actual = NULL;

    for (guint i = 0; i < 1000; i++) {
        g_string_append_printf(devices, "<nonsense%u%s/>\n", i, i == 0 ? "äöü_very_very_long_name" : "");
    }
    text = domain_test_wrap("", devices->str);
    actual = refuse(text);
    CHECK_CONTAINS(actual, "; and 999 more: ");
    CHECK(g_str_has_suffix(actual, "; ..."));
    CHECK(strlen(actual) < 4096);
    CHECK(g_utf8_validate(actual, -1, NULL));
}

static void
test_long_names(void)
{
    g_autofree char *name = g_strnfill(40000, 'n');
    g_autofree char *devices = g_strdup_printf("<disk type='%s%s'><source file='/a'/><target dev='vda'/></disk>",
                                               "ä", name);
    g_autofree char *text = domain_test_wrap("", devices);
    g_autofree char *actual = refuse(text);

    CHECK(strlen(actual) < 600);
    CHECK(g_str_has_suffix(actual, "n..."));
}

static const MortiseTest tests[] = {
    {"the list", test_refusals},
    {"its basis is good", test_basis},
    {"all findings at once", test_all_at_once},
    {"a flood of findings", test_flood},
    {"long names", test_long_names},
};

MORTISE_TEST_MAIN("domain refusals", tests)

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeping findings, and making one failure of many.
#include "domain-finding.h"

#include "domain-units.h"

/* A failure's message stays readable, and below what a host takes of a module. */
#define TOLD_AT_MOST 3072u
/* Of one finding: names and values in it are the user's own and may be of any length. */
#define PATH_AT_MOST 200u
#define MESSAGE_AT_MOST 400u

static void
finding_free(gpointer data)
{
    DomainFinding *finding = data;

    g_free(finding->reason);
    g_free(finding->path);
    g_free(finding->message);
    g_free(finding->hint);
    g_free(finding);
}

DomainFindings *
domain_findings_new(void)
{
    DomainFindings *findings = g_new0(DomainFindings, 1);

    findings->items = g_ptr_array_new_with_free_func(finding_free);
    return findings;
}

void
domain_findings_free(DomainFindings *findings)
{
    if (findings == NULL) {
        return;
    }
    g_ptr_array_unref(findings->items);
    g_free(findings);
}

static gboolean
make_room(DomainFindings *findings)
{
    if (findings->items->len < DOMAIN_FINDING_LIMIT) {
        return TRUE;
    }
    findings->left_out++;
    return FALSE;
}

void
domain_findings_add(DomainFindings *findings, guint line, const char *reason, const char *path, const char *hint,
                    const char *format, ...)
{
    g_autofree char *message = NULL;
    DomainFinding *finding;
    va_list arguments;

    if (!make_room(findings)) {
        return;
    }
    finding = g_new0(DomainFinding, 1);
    finding->line = line;
    finding->reason = g_strdup(reason);
    finding->path = domain_text_shorten(path, PATH_AT_MOST);
    finding->hint = g_strdup(hint);
    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    finding->message = domain_text_shorten(message, MESSAGE_AT_MOST);
    g_ptr_array_add(findings->items, finding);
}

void
domain_findings_append(DomainFindings *findings, const DomainFindings *more)
{
    for (guint i = 0; i < domain_findings_count(more); i++) {
        const DomainFinding *finding = domain_findings_at(more, i);

        domain_findings_add(findings, finding->line, finding->reason, finding->path, finding->hint, "%s",
                            finding->message);
    }
    findings->left_out += more->left_out;
}

/* g_ptr_array_sort() is stable, so findings of one line stay in the order they were made. */
static gint
compare_lines(gconstpointer one, gconstpointer other)
{
    const DomainFinding *first = *(DomainFinding *const *) one;
    const DomainFinding *second = *(DomainFinding *const *) other;

    return (first->line > second->line) - (first->line < second->line);
}

void
domain_findings_sort(DomainFindings *findings)
{
    g_ptr_array_sort(findings->items, compare_lines);
}

guint
domain_findings_count(const DomainFindings *findings)
{
    return findings->items->len;
}

const DomainFinding *
domain_findings_at(const DomainFindings *findings, guint index)
{
    return g_ptr_array_index(findings->items, index);
}

static void
tell(GString *text, const DomainFinding *finding)
{
    if (finding->line > 0) {
        g_string_append_printf(text, "line %u, ", finding->line);
    }
    g_string_append_printf(text, "%s: %s", finding->path, finding->message);
}

static void
tell_others(GString *text, const DomainFindings *findings)
{
    guint count = domain_findings_count(findings);
    guint told = 1;

    if (count == 1) {
        return;
    }
    g_string_append_printf(text, "; and %" G_GUINT64_FORMAT " more: ", count - 1 + findings->left_out);
    for (; told < count && text->len < TOLD_AT_MOST; told++) {
        if (told > 1) {
            g_string_append(text, "; ");
        }
        tell(text, domain_findings_at(findings, told));
    }
    if (told < count || findings->left_out > 0) {
        g_string_append(text, "; ...");
    }
}

gboolean
domain_findings_require_none(const DomainFindings *findings, DriverFailure **failure)
{
    g_autoptr(GString) text = NULL;
    const DomainFinding *first;

    if (domain_findings_count(findings) == 0) {
        return TRUE;
    }
    first = domain_findings_at(findings, 0);
    text = g_string_new(NULL);
    tell(text, first);
    tell_others(text, findings);
    driver_failure_set(failure, first->reason, first->path, first->hint, "%s", text->str);
    return FALSE;
}

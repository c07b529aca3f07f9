// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sets of host CPUs: from text to bits and back.
#include "domain-cpus.h"

#include <string.h>

#include "domain-units.h"

#define WORD_BITS (8 * sizeof(gulong))

void
domain_cpus_add(DomainCpus *cpus, guint cpu)
{
    cpus->words[cpu / WORD_BITS] |= 1ul << cpu % WORD_BITS;
}

gboolean
domain_cpus_has(const DomainCpus *cpus, guint cpu)
{
    return cpu < DOMAIN_CPUS_LIMIT && (cpus->words[cpu / WORD_BITS] >> cpu % WORD_BITS & 1) != 0;
}

gint
domain_cpus_first_beyond(const DomainCpus *cpus, const DomainCpus *other)
{
    for (guint cpu = 0; cpu < DOMAIN_CPUS_LIMIT; cpu++) {
        if (domain_cpus_has(cpus, cpu) && !domain_cpus_has(other, cpu)) {
            return (gint) cpu;
        }
    }
    return -1;
}

static gboolean
read_number(const char *text, guint *number)
{
    guint64 value = 0;

    if (!g_ascii_isdigit(*text) || !g_ascii_string_to_unsigned(text, 10, 0, DOMAIN_CPUS_LIMIT - 1, &value, NULL)) {
        return FALSE;
    }
    *number = (guint) value;
    return TRUE;
}

/* One piece between commas, without spaces around it; FALSE when it is none. */
static gboolean
read_piece(char *piece, DomainCpus *cpus)
{
    const gboolean out = *piece == '^';
    char *first = out ? piece + 1 : piece;
    char *dash = strchr(first, '-');
    guint begin;
    guint end;

    if (dash) {
        *dash = '\0';
    }
    if (!read_number(first, &begin) || !read_number(dash ? dash + 1 : first, &end) || end < begin) {
        return FALSE;
    }
    for (guint cpu = begin; cpu <= end; cpu++) {
        if (out) {
            cpus->words[cpu / WORD_BITS] &= ~(1ul << cpu % WORD_BITS);
        } else {
            domain_cpus_add(cpus, cpu);
        }
    }
    return TRUE;
}

char *
domain_cpus_parse(const char *text, DomainCpus *cpus)
{
    static const DomainCpus none = {.words = {0}};
    g_auto(GStrv) pieces = NULL;
    g_autofree char *shown = domain_text_shorten(text, 80);

    *cpus = none;
    if (strlen(text) > DOMAIN_CPUS_TEXT_LIMIT) {
        return g_strdup_printf("a set of CPUs has at most %u letters", DOMAIN_CPUS_TEXT_LIMIT);
    }
    pieces = g_strsplit(text, ",", -1);
    for (guint i = 0; pieces[i]; i++) {
        if (!read_piece(g_strstrip(pieces[i]), cpus)) {
            return g_strdup_printf("'%s' is no set of CPUs such as 0-3,^2,5 with numbers below %u", shown,
                                   DOMAIN_CPUS_LIMIT);
        }
    }
    return domain_cpus_first_beyond(cpus, &none) < 0 ? g_strdup_printf("'%s' leaves no CPU", shown) : NULL;
}

char *
domain_cpus_to_text(const DomainCpus *cpus)
{
    GString *text = g_string_new(NULL);

    for (guint cpu = 0; cpu < DOMAIN_CPUS_LIMIT; cpu++) {
        guint end = cpu;

        if (!domain_cpus_has(cpus, cpu)) {
            continue;
        }
        while (domain_cpus_has(cpus, end + 1)) {
            end++;
        }
        g_string_append_printf(text, text->len > 0 ? ",%u" : "%u", cpu);
        if (end > cpu) {
            g_string_append_printf(text, "-%u", end);
        }
        cpu = end;
    }
    return g_string_free(text, FALSE);
}

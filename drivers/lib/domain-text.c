// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing settings in the text of a definition by cutting and inserting.
#include "domain-text.h"

#include <string.h>

#include "domain-units.h"

#define BLANK " \t\r\n"

/* An attribute in a start tag: with the white space before it, and without its quotes. */
typedef struct {
    const char *begin;
    const char *name;
    gsize name_length;
    const char *value;
    gsize length;
    const char *end;
} Attribute;

/* The next attribute behind `at`; FALSE at the end of the tag. */
static gboolean
next_attribute(const char *at, Attribute *attribute)
{
    attribute->begin = at;
    at += strspn(at, BLANK);
    if (*at == '>' || *at == '/' || *at == '\0') {
        return FALSE;
    }
    attribute->name = at;
    attribute->name_length = strcspn(at, BLANK "=");
    at += strcspn(at, "'\"");
    attribute->value = *at ? at + 1 : at;
    attribute->length = *at ? strcspn(at + 1, *at == '"' ? "\"" : "'") : 0;
    attribute->end = attribute->value + attribute->length + (*at ? 1 : 0);
    return *at != '\0';
}

static gboolean
is_name(const Attribute *attribute, const char *name)
{
    return attribute->name_length == strlen(name) && memcmp(attribute->name, name, attribute->name_length) == 0;
}

/* Behind the name of a start tag. */
static const char *
behind_name(const char *tag)
{
    return tag + strcspn(tag, BLANK "/>");
}

static gboolean
find_attribute(const char *tag, const char *name, Attribute *attribute)
{
    for (const char *at = behind_name(tag); next_attribute(at, attribute); at = attribute->end) {
        if (is_name(attribute, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Behind the start tag; `*empty` says whether it is the end as well. */
static const char *
behind_tag(const char *tag, gboolean *empty)
{
    const char *at = behind_name(tag);
    Attribute attribute;

    while (next_attribute(at, &attribute)) {
        at = attribute.end;
    }
    at += strcspn(at, ">");
    *empty = at[-1] == '/';
    return *at ? at + 1 : at;
}

/* Behind what stands at `at` and is no tag: a comment, an instruction, CDATA; NULL when it is a tag. */
static const char *
behind_other(const char *at)
{
    static const char *const pairs[][2] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (g_str_has_prefix(at, pairs[i][0])) {
            const char *end = strstr(at + strlen(pairs[i][0]), pairs[i][1]);
            return end ? end + strlen(pairs[i][1]) : at + strlen(at);
        }
    }
    return NULL;
}

static gboolean
is_wanted(const char *tag, const char *name, const char *attribute_name, guint number)
{
    const gsize length = (gsize) (behind_name(tag) - tag) - 1;
    g_autofree char *value = NULL;
    guint64 found = 0;
    Attribute attribute;

    // What is in a namespace of its own is none of ours.
    if (length != strlen(name) || memcmp(tag + 1, name, length) != 0 || find_attribute(tag, "xmlns", &attribute)) {
        return FALSE;
    }
    if (!attribute_name) {
        return TRUE;
    }
    if (!find_attribute(tag, attribute_name, &attribute)) {
        return FALSE;
    }
    value = g_strndup(attribute.value, attribute.length);
    return domain_number_parse(value, 0, G_MAXUINT32, &found) && found == number;
}

/* The end of the element whose start tag ends at `inside`. */
static void
find_end(const char *text, const char *inside, DomainTextSpan *span)
{
    guint depth = 1;

    for (const char *at = strchr(inside, '<'); at; at = strchr(at, '<')) {
        const char *other = behind_other(at);
        gboolean empty = FALSE;

        if (!other && at[1] == '/' && --depth == 0) {
            span->outside = (gsize) (at - text);
            span->end = span->outside + strcspn(at, ">") + 1;
            return;
        }
        if (other || at[1] == '/') {
            at = other ? other : at + 1;
        } else {
            at = behind_tag(at, &empty);
            depth += empty ? 0 : 1;
        }
    }
    span->outside = span->end = strlen(text);
}

static void
measure(const char *text, const char *tag, DomainTextSpan *span)
{
    gboolean empty = FALSE;

    span->begin = (gsize) (tag - text);
    span->inside = (gsize) (behind_tag(tag, &empty) - text);
    span->outside = span->end = span->inside;
    if (!empty) {
        find_end(text, text + span->inside, span);
    }
}

gboolean
domain_text_next(const char *text, const DomainTextSpan *parent, gsize from, DomainTextSpan *found)
{
    const char *at = strchr(text + from, '<');

    while (at && at < text + parent->outside) {
        const char *other = behind_other(at);

        if (!other) {
            measure(text, at, found);
            return TRUE;
        }
        at = strchr(other, '<');
    }
    return FALSE;
}

gboolean
domain_text_find(const char *text, const DomainTextSpan *parent, const char *name, const char *attribute, guint number,
                 DomainTextSpan *found)
{
    const char *at = strchr(text + (parent ? parent->inside : 0), '<');
    const char *limit = text + (parent ? parent->outside : strlen(text));

    for (; at && at < limit; at = strchr(at, '<')) {
        const char *other = behind_other(at);

        if (other) {
            at = other;
            continue;
        }
        measure(text, at, found);
        if (is_wanted(at, name, attribute, number)) {
            return TRUE;
        }
        at = text + found->end;
    }
    return FALSE;
}

char *
domain_text_splice(const char *text, gsize begin, gsize end, const char *insert)
{
    return g_strdup_printf("%.*s%s%s", (int) begin, text, insert, text + end);
}

char *
domain_text_set_attribute(char *text, gsize begin, const char *name, const char *value)
{
    g_autofree char *old = text;
    const char *tag = text + begin;
    const gsize name_end = (gsize) (behind_name(tag) - text);
    g_autofree char *insert = value ? g_strdup_printf(" %s='%s'", name, value) : NULL;
    Attribute attribute;

    if (!find_attribute(tag, name, &attribute)) {
        return insert ? domain_text_splice(text, name_end, name_end, insert) : g_steal_pointer(&old);
    }
    if (!value) {
        return domain_text_splice(text, (gsize) (attribute.begin - text), (gsize) (attribute.end - text), "");
    }
    const gsize value_begin = (gsize) (attribute.value - text);
    return domain_text_splice(text, value_begin, value_begin + attribute.length, value);
}

gsize
domain_text_blank_before(const char *text, gsize offset)
{
    while (offset > 0 && strchr(BLANK, text[offset - 1])) {
        offset--;
    }
    return offset;
}

char *
domain_text_insert_behind(const char *text, const DomainTextSpan *before, const char *element)
{
    const gsize blank = domain_text_blank_before(text, before->begin);
    g_autofree char *insert = g_strdup_printf("%.*s%s", (int) (before->begin - blank), text + blank, element);

    return domain_text_splice(text, before->end, before->end, insert);
}

gboolean
domain_text_find_place(const char *text, const DomainTextSpan *root, DomainTextSpan *before)
{
    static const char *const names[] = {"vcpu", "currentMemory", "memory", "uuid", "name"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (domain_text_find(text, root, names[i], NULL, 0, before)) {
            return TRUE;
        }
    }
    return FALSE;
}

char *
domain_text_set_vcpus(const char *text, guint current, guint maximum)
{
    g_autofree char *now = g_strdup_printf("%u", current);
    g_autofree char *most = g_strdup_printf("%u", maximum);
    DomainTextSpan root;
    DomainTextSpan vcpu;
    g_autofree char *open = NULL;

    if (!domain_text_find(text, NULL, "domain", NULL, 0, &root) || !domain_text_find_place(text, &root, &vcpu)) {
        return NULL;
    }
    if (!domain_text_find(text, &root, "vcpu", NULL, 0, &vcpu)) {
        g_autofree char *element = current < maximum ? g_strdup_printf("<vcpu current='%s'>%s</vcpu>", now, most)
                                                     : g_strdup_printf("<vcpu>%s</vcpu>", most);
        return domain_text_find_place(text, &root, &vcpu) ? domain_text_insert_behind(text, &vcpu, element) : NULL;
    }
    if (vcpu.inside == vcpu.end) {
        // "<vcpu/>" has no place for a number.
        open = domain_text_splice(text, vcpu.inside - strlen("/>"), vcpu.end, "></vcpu>");
        vcpu.inside = vcpu.outside = vcpu.inside - 1;
    }
    char *changed = domain_text_splice(open ? open : text, vcpu.inside, vcpu.outside, most);
    return domain_text_set_attribute(changed, vcpu.begin, "current", current < maximum ? now : NULL);
}

char *
domain_text_set_cpus(const char *text, const char *cpus)
{
    g_autofree char *element = cpus ? g_strdup_printf("<vcpu cpuset='%s'>1</vcpu>", cpus) : NULL;
    DomainTextSpan root;
    DomainTextSpan vcpu;

    if (!domain_text_find(text, NULL, "domain", NULL, 0, &root)) {
        return NULL;
    }
    if (domain_text_find(text, &root, "vcpu", NULL, 0, &vcpu)) {
        return domain_text_set_attribute(g_strdup(text), vcpu.begin, "cpuset", cpus);
    }
    if (!element) {
        return g_strdup(text);
    }
    return domain_text_find_place(text, &root, &vcpu) ? domain_text_insert_behind(text, &vcpu, element) : NULL;
}

char *
domain_text_cut(const char *text, const DomainTextSpan *span)
{
    return domain_text_splice(text, domain_text_blank_before(text, span->begin), span->end, "");
}

gboolean
domain_text_is_empty(const char *text, const DomainTextSpan *span)
{
    return span->inside + strspn(text + span->inside, BLANK) >= span->outside;
}

static char *
remove_pin(const char *text, const DomainTextSpan *root, const DomainTextSpan *pin)
{
    g_autofree char *changed = domain_text_cut(text, pin);
    const gsize gone = strlen(text) - strlen(changed);
    DomainTextSpan shorter = *root;
    DomainTextSpan tune;

    shorter.outside -= gone;
    shorter.end -= gone;
    if (domain_text_find(changed, &shorter, "cputune", NULL, 0, &tune) && domain_text_is_empty(changed, &tune)) {
        return domain_text_cut(changed, &tune);
    }
    return g_steal_pointer(&changed);
}

/* The last <vcpupin> of <cputune>, so that pins stay together; else its end. */
static char *
add_pin(const char *text, const DomainTextSpan *tune, const char *element)
{
    DomainTextSpan last = {.end = 0};
    DomainTextSpan rest = *tune;
    DomainTextSpan found;

    while (domain_text_find(text, &rest, "vcpupin", NULL, 0, &found)) {
        last = found;
        rest.inside = found.end;
    }
    if (last.end > 0) {
        return domain_text_insert_behind(text, &last, element);
    }
    if (tune->inside == tune->end) {
        g_autofree char *whole = g_strdup_printf("<cputune>%s</cputune>", element);
        return domain_text_splice(text, tune->begin, tune->end, whole);
    }
    const gsize blank = domain_text_blank_before(text, tune->begin);
    g_autofree char *first = g_strdup_printf("%.*s  %s", (int) (tune->begin - blank), text + blank, element);
    return domain_text_splice(text, tune->inside, tune->inside, first);
}

char *
domain_text_add_group(const char *text, const DomainTextSpan *root, const char *group, const char *element)
{
    DomainTextSpan before;
    gsize blank;

    if (!domain_text_find_place(text, root, &before)) {
        return NULL;
    }
    blank = domain_text_blank_before(text, before.begin);
    g_autofree char *line = g_strndup(text + blank, before.begin - blank);
    g_autofree char *whole = *line ? g_strdup_printf("<%s>%s  %s%s</%s>", group, line, element, line, group)
                                   : g_strdup_printf("<%s>%s</%s>", group, element, group);
    return domain_text_insert_behind(text, &before, whole);
}

char *
domain_text_set_pin(const char *text, guint vcpu, const char *cpus)
{
    const gboolean emulator = vcpu == DOMAIN_TEXT_EMULATOR;
    const char *name = emulator ? "emulatorpin" : "vcpupin";
    g_autofree char *element = NULL;
    DomainTextSpan root;
    DomainTextSpan tune;
    DomainTextSpan pin;
    gboolean tuned;

    if (!domain_text_find(text, NULL, "domain", NULL, 0, &root)) {
        return NULL;
    }
    tuned = domain_text_find(text, &root, "cputune", NULL, 0, &tune);
    if (tuned && domain_text_find(text, &tune, name, emulator ? NULL : "vcpu", vcpu, &pin)) {
        return cpus ? domain_text_set_attribute(g_strdup(text), pin.begin, "cpuset", cpus)
                    : remove_pin(text, &root, &pin);
    }
    if (!cpus) {
        return g_strdup(text);
    }
    element = emulator ? g_strdup_printf("<emulatorpin cpuset='%s'/>", cpus)
                       : g_strdup_printf("<vcpupin vcpu='%u' cpuset='%s'/>", vcpu, cpus);
    return tuned ? add_pin(text, &tune, element) : domain_text_add_group(text, &root, "cputune", element);
}

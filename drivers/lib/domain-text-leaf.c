// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Elements of a definition's text that hold one value, and new last children.
#include "domain-text.h"

#include <string.h>

/* White space that begins the line of an offset, or nothing when its line has more before it. */
static char *
line_before(const char *text, gsize offset)
{
    const gsize blank = domain_text_blank_before(text, offset);

    return g_strndup(text + blank, offset - blank);
}

char *
domain_text_append(const char *text, const DomainTextSpan *parent, const char *element)
{
    DomainTextSpan last = {.end = 0};
    DomainTextSpan next;
    g_autofree char *line = NULL;
    g_autofree char *inside = NULL;
    gsize from = parent->inside;

    while (domain_text_next(text, parent, from, &next)) {
        last = next;
        from = next.end;
    }
    if (last.end > 0) {
        return domain_text_insert_behind(text, &last, element);
    }
    line = line_before(text, parent->begin);
    inside = *line ? g_strdup_printf("%s  %s", line, element) : g_strdup(element);
    if (parent->inside != parent->end) {
        const gsize blank = domain_text_blank_before(text, parent->outside);
        g_autofree char *closed = g_strconcat(inside, line, NULL);
        return domain_text_splice(text, blank, parent->outside, closed);
    }
    // "<name .../>" becomes "<name ...>inside</name>".
    g_autofree char *name = g_strndup(text + parent->begin + 1, strcspn(text + parent->begin + 1, " \t\r\n/>"));
    g_autofree char *opened = g_strdup_printf(">%s%s</%s>", inside, line, name);
    return domain_text_splice(text, parent->end - strlen("/>"), parent->end, opened);
}

static char *
add_leaf(const char *text, const DomainTextSpan *root, const DomainTextSpan *holder, const char *group,
         const char *name, const char *value)
{
    g_autofree char *element = g_strdup_printf("<%s>%s</%s>", name, value, name);
    DomainTextSpan before;

    if (!group) {
        return domain_text_find(text, root, "memory", NULL, 0, &before) || domain_text_find_place(text, root, &before)
                   ? domain_text_insert_behind(text, &before, element)
                   : NULL;
    }
    return holder ? domain_text_append(text, holder, element) : domain_text_add_group(text, root, group, element);
}

static char *
remove_leaf(const char *text, const DomainTextSpan *leaf, const char *group)
{
    g_autofree char *changed = domain_text_cut(text, leaf);
    DomainTextSpan root;
    DomainTextSpan holder;

    if (group && domain_text_find(changed, NULL, "domain", NULL, 0, &root) &&
        domain_text_find(changed, &root, group, NULL, 0, &holder) && domain_text_is_empty(changed, &holder)) {
        return domain_text_cut(changed, &holder);
    }
    return g_steal_pointer(&changed);
}

static char *
replace_leaf(const char *text, const DomainTextSpan *leaf, const char *name, const char *value)
{
    g_autofree char *tag = g_strndup(text + leaf->begin, leaf->inside - leaf->begin);
    g_autofree char *opened = leaf->inside == leaf->end ? g_strdup_printf(">%s</%s>", value, name) : NULL;
    char *changed = opened ? domain_text_splice(text, leaf->end - strlen("/>"), leaf->end, opened)
                           : domain_text_splice(text, leaf->inside, leaf->outside, value);

    return strstr(tag, "unit") ? domain_text_set_attribute(changed, leaf->begin, "unit", "KiB") : changed;
}

char *
domain_text_set_leaf(const char *text, const char *group, const char *name, const char *value)
{
    DomainTextSpan root;
    DomainTextSpan holder;
    DomainTextSpan leaf;
    gboolean held;

    if (!domain_text_find(text, NULL, "domain", NULL, 0, &root)) {
        return NULL;
    }
    held = group && domain_text_find(text, &root, group, NULL, 0, &holder);
    if ((held || !group) && domain_text_find(text, group ? &holder : &root, name, NULL, 0, &leaf)) {
        return value ? replace_leaf(text, &leaf, name, value) : remove_leaf(text, &leaf, group);
    }
    return value ? add_leaf(text, &root, held ? &holder : NULL, group, name, value) : g_strdup(text);
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing single settings in the text of a definition, so that all else stays as it was, byte by byte.
#pragma once

#include <glib.h>

/* Where an element stands: begin <tag> inside ... outside </tag> end; in "<tag/>" inside, outside and end are one. */
typedef struct {
    gsize begin;
    gsize inside;
    gsize outside;
    gsize end;
} DomainTextSpan;

/*
 * The text must have been found well formed, and without a document type. FALSE when there is no such element:
 * the first child named `name`, in no namespace, of the element that is `parent`; the root for a NULL parent. With
 * `attribute` only one whose value of that attribute is the number.
 */
gboolean domain_text_find(const char *text, const DomainTextSpan *parent, const char *name, const char *attribute,
                          guint number, DomainTextSpan *found);

/* The first child element of `parent` that begins at the offset `from` or behind it, whatever it is; else FALSE. */
gboolean domain_text_next(const char *text, const DomainTextSpan *parent, gsize from, DomainTextSpan *found);
/* Whether nothing but white space stands in the element. */
gboolean domain_text_is_empty(const char *text, const DomainTextSpan *span);
/* Where the white space in front of an offset begins; it is what makes a line of it. */
gsize domain_text_blank_before(const char *text, gsize offset);

/* Each of these gives a new text, to be freed: with what is between two offsets replaced, */
char *domain_text_splice(const char *text, gsize begin, gsize end, const char *insert);
/* without an element and the white space before it, */
char *domain_text_cut(const char *text, const DomainTextSpan *span);
/* with an element behind another one, on a line of its own when that has one, */
char *domain_text_insert_behind(const char *text, const DomainTextSpan *before, const char *element);
/* with an element as the last child of another one, which may be empty, */
char *domain_text_append(const char *text, const DomainTextSpan *parent, const char *element);
/* with an attribute of the element at `begin` set, or without it for NULL (`text` is taken), */
char *domain_text_set_attribute(char *text, gsize begin, const char *name, const char *value);
/* with a new element <group> around `element`, where settings of the root stand; NULL when there is no such place. */
char *domain_text_add_group(const char *text, const DomainTextSpan *root, const char *group, const char *element);
/*
 * The same text with <name> in the root's child <group> (NULL: in the root) holding `value`, made when it is not there;
 * its unit, when it has one, is then KiB. Without it for NULL, and without a group that is empty then. NULL when there
 * is no place for it.
 */
char *domain_text_set_leaf(const char *text, const char *group, const char *name, const char *value);

/* The element that a new setting of the root is to stand behind. */
gboolean domain_text_find_place(const char *text, const DomainTextSpan *root, DomainTextSpan *before);

/*
 * The same text with other numbers of vCPUs; to be freed. NULL when it has no root or no name, which a definition has.
 */
char *domain_text_set_vcpus(const char *text, guint current, guint maximum);

/* The same text with another set of host CPUs for all of the domain, in <vcpu>; without one for NULL; as above. */
char *domain_text_set_cpus(const char *text, const char *cpus);

/* Stands for the emulator in place of a vCPU. */
#define DOMAIN_TEXT_EMULATOR G_MAXUINT32
/* The same text with another pin of a vCPU or of the emulator, without one for NULL; as above. */
char *domain_text_set_pin(const char *text, guint vcpu, const char *cpus);

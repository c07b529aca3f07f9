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

/*
 * The same text with other numbers of vCPUs; to be freed. NULL when it has no root or no name, which a definition has.
 */
char *domain_text_set_vcpus(const char *text, guint current, guint maximum);

/* Stands for the emulator in place of a vCPU. */
#define DOMAIN_TEXT_EMULATOR G_MAXUINT32
/* The same text with another pin of a vCPU or of the emulator, without one for NULL; as above. */
char *domain_text_set_pin(const char *text, guint vcpu, const char *cpus);

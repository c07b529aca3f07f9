// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the core reads of a domain's XML: who it is. Devices and tuning are the driver's business.
#pragma once

#include <glib.h>

typedef struct {
    char *type;
    char *name;
    guint8 uuid[16];
    char *title;               /* NULL when absent */
    char *description;         /* NULL when absent */
    guint64 memory_kib;        /* <memory> with its unit; 0 when absent or not understood */
    guint64 current_memory_kib;
    guint vcpus;               /* <vcpu current=>, else its content; 1 when absent */
    char *text;                /* the whole document, with a <uuid> added when it had none; no XML declaration */
} MortiseDomainXml;

/*
 * NULL with invalid-xml (what is wrong, and its line) or limit-exceeded. No network, no entities, no DTD. A
 * document that has no uuid gets a random one; all else of its text is kept byte by byte. Names: 1 to 255 bytes
 * UTF-8, no '/', no control characters, not only white space, not "." or "..". Any thread; does not block.
 */
MortiseDomainXml *mortise_domain_xml_parse(const char *text, GError **error);
void mortise_domain_xml_free(MortiseDomainXml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseDomainXml, mortise_domain_xml_free)

/* The document with another name. NULL with invalid-argument, invalid-xml or limit-exceeded. */
char *mortise_domain_xml_set_name(const char *text, const char *name, GError **error);

/*
 * The document with title (one line) or description set, replaced or (NULL) taken away. All else stays as it was,
 * byte by byte. NULL with invalid-argument (more lines, or characters that XML cannot hold), invalid-xml or
 * limit-exceeded.
 */
char *mortise_domain_xml_set_title(const char *text, const char *title, GError **error);
char *mortise_domain_xml_set_description(const char *text, const char *description, GError **error);

/*
 * The child of <metadata> in the namespace `uri`, as text, with its elements taken out of that namespace again, as
 * the application gave them; NULL with no-metadata, invalid-argument or invalid-xml.
 */
char *mortise_domain_xml_get_metadata(const char *text, const char *uri, GError **error);
/*
 * The document with that child set, replaced or (element NULL) taken away; `key` is the prefix to write it with. What
 * is in no namespace in `element` is put into `uri`. All else stays as it was, byte by byte. NULL with
 * invalid-argument (uri, key), invalid-xml (also of the element, or one of another namespace) or limit-exceeded.
 */
char *mortise_domain_xml_set_metadata(const char *text, const char *uri, const char *key, const char *element,
                                      GError **error);

/* "5b3c...": the usual 36 characters. Free with g_free. */
char *mortise_uuid_to_text(const guint8 uuid[16]);
/* FALSE unless `text` has 32 hexadecimal digits, with or without hyphens. */
gboolean mortise_uuid_from_text(const char *text, guint8 uuid[16]);

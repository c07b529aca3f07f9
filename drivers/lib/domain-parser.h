// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Taking values out of a definition's tree in such a way that nothing can be dropped in silence.
#pragma once

#include <libxml/tree.h>

#include "domain-definition.h"

/*
 * Every function marks what it takes. domain_report_rest() then reports all elements, attributes and texts that
 * nobody took: a setting is either acted on or a finding, whoever forgets it. What is taken but wrong is reported at
 * once, and the function returns as if it were absent; the `definition` given gets the finding.
 */

/* A word of the format and what it means here; lists end with a NULL word. */
typedef struct {
    const char *word;
    gint value;
} DomainWord;

/* The child of that name, NULL without one; a second one is reported. */
xmlNode *domain_take_child(DomainDefinition *definition, xmlNode *parent, const char *name);
/* The next child of that name after `previous` (NULL: the first), NULL after the last. */
xmlNode *domain_take_next(xmlNode *parent, xmlNode *previous, const char *name);

/* Takes an element that was found otherwise, without what is in it. */
void domain_take_node(xmlNode *node);

/* The value of an attribute, NULL without it; to be freed. */
char *domain_take_attribute(xmlNode *node, const char *name);
/* As above, and reported when it is missing or empty; then NULL. */
char *domain_take_needed(DomainDefinition *definition, xmlNode *node, const char *name);
/* The value that the attribute's word has in `words`, else `fallback`. */
gint domain_take_word(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words,
                      gint fallback);
/* As above, and reported when it is missing. */
gint domain_take_needed_word(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words,
                             gint fallback);
/*
 * The kind of a thing: FALSE when its word is not in `words`, which is reported; then the whole element is taken,
 * since the rest of it belongs to that kind. Without the attribute it is `fallback`, unless that is negative.
 */
gboolean domain_take_kind(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words,
                          gint fallback, gint *kind);
/* yes, on / no, off. */
DomainSwitch domain_take_switch(DomainDefinition *definition, xmlNode *node, const char *name);
/* FALSE: absent or reported, `value` is untouched. */
gboolean domain_take_number(DomainDefinition *definition, xmlNode *node, const char *name, guint64 minimum,
                            guint64 maximum, guint64 *value);
/* An absolute path; NULL when absent or reported. */
char *domain_take_path(DomainDefinition *definition, xmlNode *node, const char *name);

/* The text in an element, never NULL; to be freed. The first leaves out spaces around it. */
char *domain_take_text(xmlNode *node);
char *domain_take_exact_text(xmlNode *node);
/* The same for an absolute path; NULL when it is none, which is reported. */
char *domain_take_path_text(DomainDefinition *definition, xmlNode *node);
/* The same for a word of `words`. */
gint domain_take_word_text(DomainDefinition *definition, xmlNode *node, const DomainWord *words, gint fallback);

/* A set of host CPUs; NULL when it is missing or reported. */
char *domain_take_cpus(DomainDefinition *definition, xmlNode *node, const char *name);
/* Takes an attribute whose value means nothing on the way in: what a running domain's XML tells. */
void domain_take_ignored(xmlNode *node, const char *name);
/* Takes everything in an element, unread: metadata. */
void domain_take_whole(xmlNode *node);

/* A finding on an element, or on its attribute when that is not NULL. */
void domain_report(DomainDefinition *definition, const xmlNode *node, const char *attribute, const char *reason,
                   const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* Everything that was not taken. */
void domain_report_rest(DomainDefinition *definition, xmlNode *root);

/* The parts of a definition; each is called once with its own element. */
void domain_parse_general(DomainDefinition *definition, xmlNode *root);
void domain_parse_cpu_tuning(DomainDefinition *definition, xmlNode *node);
void domain_parse_os(DomainDefinition *definition, xmlNode *node);
void domain_parse_cpu(DomainDefinition *definition, xmlNode *node);
void domain_parse_features(DomainDefinition *definition, xmlNode *node);
void domain_parse_clock(DomainDefinition *definition, xmlNode *node);
void domain_parse_end_actions(DomainDefinition *definition, xmlNode *root);
void domain_parse_qemu(DomainDefinition *definition, xmlNode *root);
void domain_parse_devices(DomainDefinition *definition, xmlNode *node);

/* Kinds of devices; each is called once for an element. */
void domain_parse_disk(DomainDefinition *definition, xmlNode *node);
void domain_parse_interface(DomainDefinition *definition, xmlNode *node);
void domain_parse_serial(DomainDefinition *definition, xmlNode *node);
void domain_parse_console(DomainDefinition *definition, xmlNode *node);
void domain_parse_graphics(DomainDefinition *definition, xmlNode *node);
void domain_parse_video(DomainDefinition *definition, xmlNode *node);
void domain_parse_rng(DomainDefinition *definition, xmlNode *node);
void domain_parse_balloon(DomainDefinition *definition, xmlNode *node);
void domain_parse_controller(DomainDefinition *definition, xmlNode *node);
void domain_parse_input(DomainDefinition *definition, xmlNode *node);

/* Alias and address, of the one type that this device can have. */
void domain_parse_device(DomainDefinition *definition, xmlNode *node, DomainDevice *device, DomainAddressType type);
/* <bandwidth> of an interface. */
void domain_parse_bandwidth(DomainDefinition *definition, xmlNode *element, DomainBandwidth *inbound,
                            DomainBandwidth *outbound);
/* <boot order='N'/> of a device. */
void domain_parse_boot_order(DomainDefinition *definition, xmlNode *node, DomainDevice *device);

/* An empty definition, with its lists. */
DomainDefinition *domain_definition_new(void);
/* Zeroed memory of `size` bytes that begins with the DomainDevice of an element. */
gpointer domain_device_new(gsize size, xmlNode *node);

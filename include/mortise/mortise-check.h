// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One finding about a host or a definition.
#ifndef MORTISE_CHECK_H
#define MORTISE_CHECK_H

#include <mortise/mortise-types.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_CHECK (mortise_check_get_type())

/**
 * MortiseCheck:
 * @id: stable name of the check, such as "kvm-device"
 * @verdict: what was found
 * @line: line of the definition that it speaks of, from 1; 0 when it speaks of none
 * @object: (nullable): element, file, device or package that it speaks of
 * @message: what was found, for a person
 * @hint: (nullable): what to do
 * @source: (nullable): of a check that compares two hosts, the value at the source
 * @destination: (nullable): the value at the destination
 * @facts: (transfer none) (nullable): a{sv}: numbers (t or x) and texts (s) by key, such as "host_khz"; a key that was
 *   given several times has an array of them (at, ax, as, or av when they differ)
 *
 * Made by the library only; read its fields, copy it with mortise_check_copy().
 */
typedef struct {
    char *id;
    MortiseVerdict verdict;
    guint line;
    char *object;
    char *message;
    char *hint;
    char *source;
    char *destination;
    GVariant *facts;
} MortiseCheck;

MORTISE_EXPORT GType mortise_check_get_type(void);
MORTISE_EXPORT MortiseCheck *mortise_check_copy(const MortiseCheck *self);
MORTISE_EXPORT void mortise_check_free(MortiseCheck *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseCheck, mortise_check_free)

G_END_DECLS

#endif

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of one name say: which words they may have, cheaply, and all of it, merged.
#pragma once

#include "discovery.h"

/*
 * Looks for the list of schemes in the text of a manifest, which has a zero character behind it, without parsing it.
 * TRUE with what stands between its brackets, or with nothing when there is no such list; a manifest that can be used
 * claims no scheme that is not in there. FALSE when only parsing can tell.
 */
gboolean mortise_manifest_peek_schemes(const char *text, gsize length, const char **list, gsize *list_length);

/* FALSE when the source cannot claim the scheme `quoted` (with quotation marks, such as "\"example\""). */
gboolean mortise_manifest_source_may_claim(const MortiseManifestSource *self, const char *quoted);

/*
 * FALSE when no file of the source can have `quoted`, which begins with a quotation mark, among its words. Reads the
 * files, which costs a twentieth of parsing them. Blocks for the disk.
 */
gboolean mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted);

/*
 * The files read and merged key by key, the first wins. Never NULL. *error is set to manifest-invalid when the result
 * cannot be used; what could be read is returned all the same. A broken file behind those that say everything
 * is a note. Blocks for the disk.
 */
MortiseManifest *mortise_manifest_source_merge(const MortiseManifestSource *self, GError **error);

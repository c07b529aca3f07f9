// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of one name say: which words they may have, cheaply, and all of it, merged.
#pragma once

#include "discovery.h"

/*
 * FALSE when no file of the source can have `quoted`, which begins with a quotation mark, among its words. Costs a
 * search through the text where parsing would cost a hundred times that.
 */
gboolean mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted);

/*
 * The files merged key by key, the first wins. Never NULL. *error is set to manifest-invalid when the result
 * cannot be used; what could be read is returned all the same. A broken file behind those that say everything
 * is a note.
 */
MortiseManifest *mortise_manifest_source_merge(const MortiseManifestSource *self, GError **error);

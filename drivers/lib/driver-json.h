// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON that others wrote: whether it is read at all; a member of another type counts as one that is not there.
#pragma once

#include <json-glib/json-glib.h>

/* What is larger, or nested deeper, was written by nobody whom a driver knows. */
#define DRIVER_JSON_LIMIT (8u * 1024u * 1024u)
#define DRIVER_JSON_DEPTH_LIMIT 64u

/* Why a text is not to be given to json-glib as one object within these bounds; NULL: it may be. */
const char *driver_json_refusal(const char *text, gsize length);
/* The object that a text of that length (and with a zero character behind) is; NULL: none. To be freed. */
JsonNode *driver_json_read(const char *text, gsize length);

/* All are borrowed. `object`, `node` and `array` may be NULL: then nothing is there. */
JsonObject *driver_json_object(JsonNode *node);
JsonArray *driver_json_array(JsonNode *node);
JsonObject *driver_json_object_member(JsonObject *object, const char *member);
JsonArray *driver_json_array_member(JsonObject *object, const char *member);
const char *driver_json_text(JsonObject *object, const char *member, const char *fallback);
gint64 driver_json_number(JsonObject *object, const char *member, gint64 fallback);
gboolean driver_json_flag(JsonObject *object, const char *member);
/* Whether there is a member of that type: G_TYPE_STRING, G_TYPE_INT64, ... */
gboolean driver_json_has(JsonObject *object, const char *member, GType type);
/* The strings among its elements, to be freed; never NULL. */
char **driver_json_strings(JsonArray *array);
/* The string that the node is; NULL when it is none. */
const char *driver_json_string(JsonNode *node);

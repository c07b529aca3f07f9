// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Members of JSON that others wrote: a member of another type counts as one that is not there, and says nothing.
#pragma once

#include <json-glib/json-glib.h>

/* All are borrowed. `object`, `node` and `array` may be NULL: then nothing is there. */
JsonObject *qmp_json_object(JsonNode *node);
JsonArray *qmp_json_array(JsonNode *node);
JsonObject *qmp_json_object_member(JsonObject *object, const char *member);
JsonArray *qmp_json_array_member(JsonObject *object, const char *member);
const char *qmp_json_text(JsonObject *object, const char *member, const char *fallback);
gint64 qmp_json_number(JsonObject *object, const char *member, gint64 fallback);
gboolean qmp_json_flag(JsonObject *object, const char *member);
/* Whether there is a member of that type: G_TYPE_STRING, G_TYPE_INT64, ... */
gboolean qmp_json_has(JsonObject *object, const char *member, GType type);
/* The strings among its elements, to be freed; never NULL. */
char **qmp_json_strings(JsonArray *array);
/* The string that the node is; NULL when it is none. */
const char *qmp_json_string(JsonNode *node);

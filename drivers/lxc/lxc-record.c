// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The record of a container that outlives its owner, as JSON.
#include "lxc-record.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "driver-json.h"
#include "helper/lxc-helper.h"

#define VERSION 1
#define ATTACH "attach"
#define DETACH "detach"

static const char *const phases[] = {"starting", "running", "stopping"};

const char *const lxc_record_files[LXC_RECORD_FILES] = {HELPER_CONFIG, HELPER_IMAGES, HELPER_ATTACHED, HELPER_LINKS,
                                                        HELPER_ROUTES};

void
lxc_record_change_free(LxcRecordChange *change)
{
    if (change == NULL) {
        return;
    }
    g_free(change->xml);
    g_free(change->handed);
    g_free(change->mac);
    for (guint i = 0; i < LXC_RECORD_FILES; i++) {
        g_free(change->files[i]);
    }
    g_free(change);
}

LxcRecord *
lxc_record_new(void)
{
    LxcRecord *record = g_new0(LxcRecord, 1);

    record->links = g_ptr_array_new_with_free_func(g_free);
    record->interfaces = g_ptr_array_new_with_free_func(g_free);
    return record;
}

void
lxc_record_free(LxcRecord *record)
{
    if (record == NULL) {
        return;
    }
    g_free(record->boot);
    g_free(record->directory);
    g_free(record->group);
    g_free(record->place);
    g_free(record->xml);
    lxc_record_change_free(record->change);
    g_ptr_array_unref(record->links);
    g_ptr_array_unref(record->interfaces);
    g_free(record);
}

static void
set_list(JsonObject *object, const char *name, const GPtrArray *list)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < list->len; i++) {
        json_array_add_string_element(array, list->pdata[i]);
    }
    json_object_set_array_member(object, name, array);
}

static void
set_identity(JsonObject *object, const char *name, const ProcessIdentity *identity)
{
    JsonObject *member = json_object_new();

    json_object_set_int_member(member, "pid", identity->pid);
    json_object_set_int_member(member, "start", (gint64) identity->start);
    json_object_set_object_member(object, name, member);
}

static void
set_text(JsonObject *object, const char *name, const char *text)
{
    if (text != NULL) {
        json_object_set_string_member(object, name, text);
    }
}

static void
set_change(JsonObject *object, const LxcRecordChange *change)
{
    JsonObject *member = json_object_new();
    JsonObject *files = json_object_new();

    json_object_set_string_member(member, "action", change->detaches ? DETACH : ATTACH);
    json_object_set_string_member(member, "xml", change->xml);
    json_object_set_int_member(member, "place", change->place);
    set_identity(member, "init", &change->init);
    set_text(member, "handed", change->handed);
    set_text(member, "mac", change->mac);
    for (guint i = 0; i < LXC_RECORD_FILES; i++) {
        set_text(files, lxc_record_files[i], change->files[i]);
    }
    json_object_set_object_member(member, "files", files);
    json_object_set_object_member(object, "change", member);
}

char *
lxc_record_to_text(const LxcRecord *record)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();

    json_node_take_object(node, object);
    json_object_set_int_member(object, "version", VERSION);
    json_object_set_string_member(object, "phase", phases[record->phase]);
    json_object_set_string_member(object, "boot", record->boot);
    json_object_set_string_member(object, "directory", record->directory);
    json_object_set_string_member(object, "group", record->group);
    json_object_set_string_member(object, "place", record->place);
    set_identity(object, "monitor", &record->monitor);
    set_identity(object, "init", &record->init);
    json_object_set_int_member(object, "memory_kib", (gint64) record->memory_kib);
    json_object_set_int_member(object, "vcpus", record->vcpus);
    json_object_set_int_member(object, "consoles", record->consoles);
    json_object_set_int_member(object, "held", record->held);
    set_list(object, "links", record->links);
    set_list(object, "interfaces", record->interfaces);
    set_text(object, "xml", record->xml);
    if (record->change != NULL) {
        set_change(object, record->change);
    }
    return json_to_string(node, FALSE);
}

static void
get_list(JsonObject *object, const char *name, GPtrArray *list)
{
    g_auto(GStrv) texts = driver_json_strings(driver_json_array_member(object, name));

    for (guint i = 0; texts[i] != NULL; i++) {
        g_ptr_array_add(list, g_strdup(texts[i]));
    }
}

static void
get_identity(JsonObject *object, const char *name, ProcessIdentity *identity)
{
    JsonObject *member = driver_json_object_member(object, name);

    identity->pid = driver_json_number(member, "pid", 0);
    identity->start = (guint64) driver_json_number(member, "start", 0);
}

/* What is not understood is no change: nobody could tell what to do with it. */
static LxcRecordChange *
get_change(JsonObject *object)
{
    JsonObject *member = driver_json_object_member(object, "change");
    JsonObject *files = driver_json_object_member(member, "files");
    const char *action = driver_json_text(member, "action", "");
    const char *xml = driver_json_text(member, "xml", NULL);
    LxcRecordChange *change;

    if (xml == NULL || (!g_str_equal(action, ATTACH) && !g_str_equal(action, DETACH))) {
        return NULL;
    }
    change = g_new0(LxcRecordChange, 1);
    change->detaches = g_str_equal(action, DETACH);
    change->xml = g_strdup(xml);
    change->place = driver_json_number(member, "place", -1);
    get_identity(member, "init", &change->init);
    change->handed = g_strdup(driver_json_text(member, "handed", NULL));
    change->mac = g_strdup(driver_json_text(member, "mac", NULL));
    for (guint i = 0; i < LXC_RECORD_FILES; i++) {
        change->files[i] = g_strdup(driver_json_text(files, lxc_record_files[i], NULL));
    }
    return change;
}

static gboolean
is_name(const char *name)
{
    return *name != '\0' && *name != '.' && strchr(name, '/') == NULL;
}

/* All in the groups at its place is killed at its end: a place that is not the container's own could be the host's. */
static gboolean
has_own_place(const LxcRecord *record)
{
    g_autofree char *last = g_path_get_basename(record->place);

    return g_str_equal(last, record->group) && g_str_has_suffix(record->place, last) &&
           strstr(record->place, "/..") == NULL;
}

static gboolean
fill(LxcRecord *record, JsonObject *object)
{
    const char *phase = driver_json_text(object, "phase", "");

    record->boot = g_strdup(driver_json_text(object, "boot", ""));
    record->directory = g_strdup(driver_json_text(object, "directory", ""));
    record->group = g_strdup(driver_json_text(object, "group", ""));
    record->place = g_strdup(driver_json_text(object, "place", record->group));
    record->xml = g_strdup(driver_json_text(object, "xml", NULL));
    record->change = record->xml != NULL ? get_change(object) : NULL;
    record->memory_kib = (guint64) driver_json_number(object, "memory_kib", 0);
    record->vcpus = (guint) driver_json_number(object, "vcpus", 0);
    record->consoles = (guint) driver_json_number(object, "consoles", 0);
    record->held = driver_json_number(object, "held", 0) != 0;
    get_identity(object, "monitor", &record->monitor);
    get_identity(object, "init", &record->init);
    get_list(object, "links", record->links);
    get_list(object, "interfaces", record->interfaces);
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
        if (g_str_equal(phase, phases[i])) {
            record->phase = (LxcRecordPhase) i;
            return is_name(record->directory) && is_name(record->group) && has_own_place(record);
        }
    }
    return FALSE;
}

LxcRecord *
lxc_record_parse(const char *text, DriverFailure **failure)
{
    g_autoptr(JsonNode) node = driver_json_read(text, strlen(text));
    JsonObject *object = driver_json_object(node);
    g_autoptr(LxcRecord) record = lxc_record_new();

    if (object != NULL && driver_json_number(object, "version", 0) > VERSION) {
        driver_failure_set(failure, "state-schema", NULL, "Use the Mortise that has started the container.",
                           "The running state was written by a newer version and is left alone.");
        return NULL;
    }
    if (object == NULL || driver_json_number(object, "version", 0) != VERSION || !fill(record, object)) {
        driver_failure_set(failure, "driver-failed", NULL,
                           "Look for its processes, and remove its running file when there are none.",
                           "The running state is not of the LXC driver, or is damaged.");
        return NULL;
    }
    return g_steal_pointer(&record);
}

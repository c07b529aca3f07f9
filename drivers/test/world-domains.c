// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The domains of a world, one by one or a thousand at a time.
#include "world-private.h"

#include <mortise/driver/vcpu.h>

#define DEFAULT_MEMORY_KIB 1048576

static const char *const domain_members[] = {
    "name", "uuid", "count", "state", "vcpus", "memory_kib", "autostart", "persistent", "vcpu_model", "shutdown_ms",
    "latency_ms", "late_ms", "hang", "fail", "xml", "comment", NULL,
};
static const char *const told_by_xml[] = {"name", "uuid", "count", "vcpus", "memory_kib"};
static const char *const model_words[] = {
    [MORTISE_VCPU_MODEL_NONE] = "none",
    [MORTISE_VCPU_MODEL_SHARED] = "shared",
    [MORTISE_VCPU_MODEL_PER_VCPU] = "per-vcpu",
    NULL,
};

static gboolean
has(const TestPlace *place, const char *key)
{
    return place->object != NULL && json_object_has_member(place->object, key);
}

/* What a domain is like, beside its definition. */
static void
read_plan(TestReader *reader, const TestPlace *place, TestDomainPlan *plan)
{
    guint64 shutdown = 0;

    plan->state = MORTISE_STATE_SHUTOFF;
    plan->vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU;
    plan->persistent = TRUE;
    test_read_only(reader, place, domain_members);
    test_read_word(reader, place, "state", "state", test_state_words, &plan->state);
    test_read_word(reader, place, "vcpu_model", "thread model of vCPUs", model_words, &plan->vcpu_model);
    test_read_boolean(reader, place, "persistent", &plan->persistent);
    test_read_boolean(reader, place, "autostart", &plan->autostart);
    if (has(place, "shutdown_ms") && json_object_get_null_member(place->object, "shutdown_ms")) {
        plan->shutdown_ms = -1;
    } else {
        test_read_unsigned(reader, place, "shutdown_ms", 0, TEST_WORLD_TIME_LIMIT_MS, &shutdown);
        plan->shutdown_ms = (gint64) shutdown;
    }
    if (!plan->persistent && !test_state_is_active(plan->state)) {
        test_read_refuse(reader, place, "state", "a domain that is not persistent is gone when it does not run");
    }
    if (!plan->persistent && plan->autostart) {
        test_read_refuse(reader, place, "autostart", "only a persistent domain can be marked so");
    }
    plan->script = test_script_new();
    test_read_script(reader, place, TRUE, plan->script);
}

static void
add_from_xml(TestReader *reader, const TestPlace *place, TestWorld *world, TestDomainPlan *plan)
{
    g_autofree char *xml = NULL;
    g_autoptr(DriverFailure) failure = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(told_by_xml); i++) {
        if (has(place, told_by_xml[i])) {
            test_read_refuse(reader, place, told_by_xml[i], "the XML of the domain tells this");
        }
    }
    test_read_text(reader, place, "xml", &xml);
    if (reader->failure != NULL) {
        return;
    }
    plan->definition = test_definition_parse(xml, &failure);
    if (plan->definition == NULL) {
        test_read_refuse(reader, place, "xml", "%s", failure->message);
        return;
    }
    TestDomainPlan *added = g_new0(TestDomainPlan, 1);
    *added = *plan;
    plan->definition = NULL;
    plan->script = NULL;
    g_ptr_array_add(world->domains, added);
}

static void
add_from_members(TestReader *reader, const TestPlace *place, TestWorld *world, const TestDomainPlan *plan)
{
    g_autofree char *name = NULL;
    g_autofree char *uuid_text = NULL;
    g_autoptr(DriverFailure) failure = NULL;
    guint64 memory_kib = DEFAULT_MEMORY_KIB;
    guint count = 1;
    guint vcpus = 1;
    guint8 uuid[16] = {0};

    test_read_text(reader, place, "name", &name);
    test_read_text(reader, place, "uuid", &uuid_text);
    test_read_small(reader, place, "count", 1, TEST_WORLD_DOMAIN_LIMIT, &count);
    test_read_small(reader, place, "vcpus", 1, TEST_VCPU_LIMIT, &vcpus);
    test_read_unsigned(reader, place, "memory_kib", 1, TEST_MEMORY_LIMIT_KIB, &memory_kib);
    const char *wrong = name != NULL ? test_name_check(name) : "a domain needs a \"name\" or an \"xml\"";
    if (wrong != NULL) {
        test_read_refuse(reader, place, name != NULL ? "name" : NULL, "%s", wrong);
    } else if (has(place, "count") && strlen(name) > MORTISE_NAME_LIMIT - strlen("-100000")) {
        test_read_refuse(reader, place, "name", "too long for a number behind it");
    }
    if (uuid_text != NULL && has(place, "count")) {
        test_read_refuse(reader, place, "uuid", "several domains cannot have one UUID");
    } else if (uuid_text != NULL && !test_uuid_parse(uuid_text, uuid)) {
        test_read_refuse(reader, place, "uuid", "'%.60s' is no UUID", uuid_text);
    }
    if (reader->failure != NULL) {
        return;
    }
    if (!test_world_add(world, plan, name, has(place, "count"), count, memory_kib, vcpus, &failure)) {
        test_read_refuse(reader, place, "count", "%s", failure->message);
    } else if (uuid_text != NULL) {
        TestDomainPlan *added = g_ptr_array_index(world->domains, world->domains->len - 1);
        test_definition_unref(added->definition);
        added->definition = test_definition_new(name, uuid, memory_kib, memory_kib, vcpus);
    }
}

/* No two domains of one name or UUID: `from` on, the domains are those of `place`. */
static void
check_unique(TestReader *reader, const TestPlace *place, const TestWorld *world, guint from, GHashTable *names,
             GHashTable *uuids)
{
    for (guint i = from; i < world->domains->len && reader->failure == NULL; i++) {
        const TestDomainPlan *plan = g_ptr_array_index(world->domains, i);
        if (!g_hash_table_add(names, plan->definition->name)) {
            test_read_refuse(reader, place, NULL, "the name '%s' belongs to another domain", plan->definition->name);
        } else if (!g_hash_table_add(uuids, (gpointer) plan->definition->uuid_text)) {
            test_read_refuse(reader, place, NULL, "the UUID %s belongs to another domain",
                             plan->definition->uuid_text);
        }
    }
}

void
test_read_domains(TestReader *reader, const TestPlace *top, TestWorld *world, GHashTable *names)
{
    g_autoptr(GHashTable) uuids = g_hash_table_new(g_str_hash, g_str_equal);
    JsonArray *array = test_read_array(reader, top, "domains");
    guint count = array != NULL ? json_array_get_length(array) : 0;

    for (guint i = 0; i < count && reader->failure == NULL; i++) {
        g_auto(TestPlace) place = test_read_item(reader, top, "domains", array, i);
        g_autoptr(TestDomainPlan) plan = g_new0(TestDomainPlan, 1);
        guint from = world->domains->len;
        if (place.object == NULL) {
            return;
        }
        read_plan(reader, &place, plan);
        if (has(&place, "xml")) {
            add_from_xml(reader, &place, world, plan);
        } else {
            add_from_members(reader, &place, world, plan);
        }
        check_unique(reader, &place, world, from, names, uuids);
    }
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Worlds: the default one, adding domains, and freeing.
#include "world.h"

#include <mortise/driver/vcpu.h>

/* Those of libvirt's default test connection, which tests of applications know by heart. */
#define DEFAULT_NAME "test"
#define DEFAULT_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define DEFAULT_MEMORY_KIB G_GUINT64_CONSTANT(8388608)
#define DEFAULT_CURRENT_MEMORY_KIB G_GUINT64_CONSTANT(2097152)
#define DEFAULT_VCPUS 2u

const char *const test_state_words[MORTISE_STATE_LAST + 2] = {
    [MORTISE_STATE_UNKNOWN] = "unknown",
    [MORTISE_STATE_RUNNING] = "running",
    [MORTISE_STATE_BLOCKED] = "blocked",
    [MORTISE_STATE_PAUSED] = "paused",
    [MORTISE_STATE_SHUTDOWN] = "shutdown",
    [MORTISE_STATE_SHUTOFF] = "shutoff",
    [MORTISE_STATE_CRASHED] = "crashed",
    [MORTISE_STATE_SUSPENDED] = "suspended",
};

gboolean
test_state_is_active(guint state)
{
    return state != MORTISE_STATE_SHUTOFF && state != MORTISE_STATE_CRASHED;
}

TestWorld *
test_world_new(void)
{
    TestWorld *world = g_new0(TestWorld, 1);

    world->host = (TestHostFacts) {
        .cpus = 16,
        .mhz = 1400,
        .numa_nodes = 2,
        .sockets = 2,
        .cores = 2,
        .threads = 2,
        .memory_kib = 3145728,
        .model = g_strdup("test"),
        .architecture = g_strdup("x86_64"),
        .hostname = g_strdup("test"),
    };
    world->migration.downtime_ms = 300;
    world->script = test_script_new();
    world->domains = g_ptr_array_new_with_free_func((GDestroyNotify) test_domain_plan_free);
    world->events = g_ptr_array_new_with_free_func((GDestroyNotify) test_event_plan_free);
    world->findings = g_ptr_array_new_with_free_func((GDestroyNotify) test_finding_free);
    return world;
}

TestWorld *
test_world_default(void)
{
    TestWorld *world = test_world_new();
    TestDomainPlan *plan = g_new0(TestDomainPlan, 1);
    guint8 uuid[16] = {0};

    (void) test_uuid_parse(DEFAULT_UUID, uuid);
    plan->definition = test_definition_new(DEFAULT_NAME, uuid, DEFAULT_MEMORY_KIB, DEFAULT_CURRENT_MEMORY_KIB,
                                           DEFAULT_VCPUS);
    plan->state = MORTISE_STATE_RUNNING;
    plan->vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU;
    plan->persistent = TRUE;
    g_ptr_array_add(world->domains, plan);
    return world;
}

gboolean
test_world_add(TestWorld *world, const TestDomainPlan *like, const char *name, gboolean numbered, guint count,
               guint64 memory_kib, guint vcpus, DriverFailure **failure)
{
    guint width = count > 99999 ? 6 : count > 9999 ? 5 : 4;

    if (count > TEST_WORLD_DOMAIN_LIMIT - MIN(world->domains->len, TEST_WORLD_DOMAIN_LIMIT)) {
        driver_failure_set(failure, "invalid-argument", NULL, NULL, "a world has at most %u domains",
                           TEST_WORLD_DOMAIN_LIMIT);
        return FALSE;
    }
    for (guint i = 1; i <= count; i++) {
        TestDomainPlan *plan = g_new0(TestDomainPlan, 1);
        g_autofree char *own = numbered ? g_strdup_printf("%s-%0*u", name, (int) width, i) : g_strdup(name);
        *plan = *like;
        plan->definition = test_definition_new(own, NULL, memory_kib, memory_kib, vcpus);
        plan->script = like->script != NULL ? test_script_ref(like->script) : NULL;
        g_ptr_array_add(world->domains, plan);
    }
    return TRUE;
}

void
test_world_free(TestWorld *world)
{
    if (world == NULL) {
        return;
    }
    g_free(world->host.model);
    g_free(world->host.architecture);
    g_free(world->host.hostname);
    test_script_unref(world->script);
    g_ptr_array_unref(world->domains);
    g_ptr_array_unref(world->events);
    g_ptr_array_unref(world->findings);
    g_free(world);
}

void
test_domain_plan_free(TestDomainPlan *plan)
{
    if (plan == NULL) {
        return;
    }
    test_definition_unref(plan->definition);
    test_script_unref(plan->script);
    g_free(plan);
}

void
test_event_plan_free(TestEventPlan *plan)
{
    if (plan == NULL) {
        return;
    }
    g_free(plan->domain);
    g_free(plan->event);
    g_free(plan->detail);
    g_free(plan);
}

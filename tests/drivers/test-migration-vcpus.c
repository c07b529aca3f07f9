// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests whose vCPUs were plugged while they ran, and move: the other end has the same vCPUs at the same places.
#include "driver-json.h"
#include "migration-test.h"
#include "mortise-test.h"
#include "qemu-engine-private.h"
#include "qemu-monitor-hotplug.h"
#include "vcpu-test.h"

#include <string.h>
#include <unistd.h>

#define MOST 4u
#define ICOUNT \
    "<qemu:commandline " VCPU_TEST_QEMU "><qemu:arg value='-icount'/><qemu:arg value='shift=auto'/></qemu:commandline>"

/* What its QEMU says of every place, filled or free: "0:0:0 filled". To be freed. */
static char *
describe_places(const Pair *pair)
{
    static const char *const levels[] = {"socket-id", "core-id", "thread-id"};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(JsonNode) value = NULL;
    g_autoptr(GPtrArray) places = NULL;

    fake_call_begin(FAKE_AMPLE_MS);
    if (!qemu_domain_command(fake_domain_handle(pair->domains[pair->at]), "query-hotpluggable-cpus", NULL, &value,
                             NULL)) {
        return g_strdup("no answer");
    }
    places = qemu_monitor_vcpu_places(value);
    for (guint i = 0; i < places->len; i++) {
        const QemuVcpuPlace *place = places->pdata[i];
        for (guint k = 0; k < G_N_ELEMENTS(levels); k++) {
            const int level = (int) driver_json_number(place->place, levels[k], -1);
            g_string_append_printf(text, "%s%d", k > 0 ? ":" : "", level);
        }
        (void) g_string_append(text, place->path ? " filled\n" : " free\n");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* The vCPUs by a report of now: so many, numbered from 0, each with a thread of that emulator or all with none. */
static void
check_report(const Pair *pair, guint count, guint32 model)
{
    FakeDomain *domain = pair->domains[pair->at];
    MortiseVcpuSummary summary;
    g_autoptr(MortiseSink) report = vcpu_test_report(domain, &summary);
    g_autoptr(GHashTable) threads = vcpu_test_affinities(fake_domain_id(domain));

    CHECK(report != NULL);
    CHECK_INT(report->vcpus->len, count);
    CHECK_INT(summary.maximum, MOST);
    CHECK_INT(summary.model, model);
    for (guint i = 0; i < report->vcpus->len; i++) {
        const MortiseVcpu *vcpu = &g_array_index(report->vcpus, MortiseVcpu, i);
        CHECK_INT(vcpu->id, i);
        if (model == MORTISE_VCPU_MODEL_PER_VCPU) {
            CHECK(vcpu_test_affinity(threads, vcpu->thread_id) != NULL);
        } else {
            CHECK_INT(vcpu->thread_id, -1);
        }
    }
}

static void
move(Pair *pair, int *console, guint64 *count)
{
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};

    pair_migrate(pair, &arguments, -1, NULL, NULL, &result);
    CHECK(pair_require_migrated(&result));
    pair_require_count(pair, console, count);
}

static void
check_vcpus(const Pair *pair, guint count, guint32 model, const char *places)
{
    FakeDomain *domain = pair->domains[pair->at];
    g_autofree char *there = describe_places(pair);
    g_autofree char *element = count < MOST ? g_strdup_printf("<vcpu current='%u'>%u</vcpu>", count, MOST)
                                            : g_strdup_printf("<vcpu>%u</vcpu>", MOST);

    CHECK_TEXT(there, places);
    check_report(pair, count, model);
    vcpu_check_live_xml(domain, element);
}

/* A guest that counts, with one vCPU of four. */
static char *
counting_xml(const char *more)
{
    g_autofree char *whole = engine_guest_xml(pair_number(), more);
    g_auto(GStrv) parts = g_strsplit(whole, "<vcpu>1</vcpu>", 2);

    return g_strjoinv("<vcpu current='1'>4</vcpu>", parts);
}

/* Starts it on side 0; its console is returned. */
static int
open_guest(Pair *pair, const char *xml)
{
    CHECK(pair_open(pair, xml, NULL));
    CHECK_INT(fake_start(pair->domains[0], 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    return engine_open_console(pair->domains[0]);
}

/* Plugs, moves, plugs there, and moves back. */
static void
walk(const char *more, guint32 model)
{
    g_autofree char *xml = counting_xml(more);
    g_autofree char *plugged = NULL;
    g_autofree char *full = NULL;
    g_autofree char *uuid = pair_uuid();
    guint64 count;
    Pair pair;
    int console;

    console = open_guest(&pair, xml);
    count = pair_hear_count(console);

    vcpu_check_works(vcpu_test_set(pair.domains[0], 3, FAKE_AMPLE_MS));
    plugged = describe_places(&pair);
    CHECK(g_str_has_suffix(plugged, " filled\n3:0:0 free\n"));
    check_vcpus(&pair, 3, model, plugged);
    move(&pair, &console, &count);
    check_vcpus(&pair, 3, model, plugged);

    vcpu_check_works(vcpu_test_set(pair.domains[1], 4, FAKE_AMPLE_MS));
    CHECK(fake_domain_wait_event(pair.domains[1], "vcpu-count 4"));
    full = describe_places(&pair);
    CHECK(!strstr(full, "free"));
    move(&pair, &console, &count);
    check_vcpus(&pair, 4, model, full);
    vcpu_check_fails(vcpu_test_set(pair.domains[0], 5, FAKE_AMPLE_MS), "invalid-argument", "can have 1 to 4 vCPUs");
    (void) close(console);
    pair_close(&pair);
    CHECK(pair_count_emulators(uuid, 0));
}

/* As after a guest that gave one back late, from the middle: there is no number that says which ones it has. */
static void
test_gap(void)
{
    static const char place[] = "{\"driver\": \"qemu64-x86_64-cpu\", \"id\": \"late\", \"socket-id\": 2, "
                                "\"core-id\": 0, \"thread-id\": 0}";
    g_autofree char *xml = counting_xml("");
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_autoptr(JsonNode) last = json_from_string(place, NULL);
    g_auto(PairResult) result = {0};
    DriverFailure *failure = NULL;
    guint64 count;
    Pair pair;
    int console;

    console = open_guest(&pair, xml);
    count = pair_hear_count(console);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK(qemu_domain_command(fake_domain_handle(pair.domains[0]), "device_add",
                              json_object_ref(json_node_get_object(last)), NULL, &failure));
    CHECK_TEXT(failure ? failure->message : NULL, NULL);
    pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
    CHECK_INT(result.failed, STEP_BEGIN);
    CHECK_TEXT(result.reason, "host-unsupported");
    CHECK_CONTAINS(result.message, "has 2 vCPUs, and number 2 is one of them");
    pair_require_back(&pair, console, &count);
    // What the hint says.
    vcpu_check_works(vcpu_test_set(pair.domains[0], 3, FAKE_AMPLE_MS));
    move(&pair, &console, &count);
    check_report(&pair, 3, MORTISE_VCPU_MODEL_PER_VCPU);
    (void) close(console);
    pair_close(&pair);
}

static void
test_own_threads(void)
{
    walk("", MORTISE_VCPU_MODEL_PER_VCPU);
}

static void
test_shared(void)
{
    walk(ICOUNT, MORTISE_VCPU_MODEL_SHARED);
}

static const MortiseTest tests[] = {
    {"plugged vCPUs move, and more are plugged there", test_own_threads},
    {"plugged vCPUs that share a thread move", test_shared},
    {"a vCPU that is missing in the middle", test_gap},
};

int
main(void)
{
    if (!engine_require_guest("migration of plugged vCPUs")) {
        return 77;
    }
    return mortise_test_main("migration of plugged vCPUs", tests, G_N_ELEMENTS(tests));
}

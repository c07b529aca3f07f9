// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A TSC frequency for several hosts, by their capabilities documents: known sets, and random ones against counting.
#include "fake-host.h"
#include "mortise-test.h"
#include "tsc-verdict.h"

#include <json-glib/json-glib.h>
#include <mortise/driver/migration.h>
#include <string.h>
#include <unistd.h>

#define MOST 6u
#define SETS 300u
#define SEED 51u

typedef struct {
    FakeHost *host;
    const MortiseMigration *migration;
} Scene;

static gboolean
scene_open(Scene *scene)
{
    scene->host = fake_host_new("tcg", NULL);
    if (scene->host) {
        scene->migration = fake_host_interface(scene->host, MORTISE_MIGRATION_ID);
    }
    return scene->host != NULL;
}

/* To be freed. */
static char *
document(const TscHost *host)
{
    g_autofree char *scaling = host->scaling < 0 ? g_strdup("")
                                                 : g_strdup_printf(" scaling='%s'", tsc_scaling_word(host->scaling));

    if (host->khz == 0) {
        return g_strdup("<capabilities/>");
    }
    return g_strdup_printf("<capabilities><host><cpu><arch>x86_64</arch><counter name='tsc' frequency='%"
                           G_GUINT64_FORMAT "'%s/></cpu></host></capabilities>", host->khz * 1000 + 123, scaling);
}

/* The answer, to be freed; NULL when it was refused. */
static char *
ask(const Scene *scene, guint64 frequency, const TscHost *hosts, guint count)
{
    g_autoptr(MortiseSink) sink = fake_sink_new();
    g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < count; i++) {
        g_ptr_array_add(documents, document(&hosts[i]));
    }
    fake_call_begin(FAKE_AMPLE_MS);
    if (scene->migration->common_tsc(fake_host_connection(scene->host), frequency,
                                     (const char *const *) documents->pdata, count, sink) != MORTISE_OK) {
        return NULL;
    }
    return g_strdup(sink->text->str);
}

static void
check(const Scene *scene, guint64 frequency, const TscHost *hosts, guint count, const char *answer)
{
    g_autofree char *text = ask(scene, frequency, hosts, count);

    CHECK_TEXT(text, answer);
}

static void
test_known(void)
{
    const TscHost twins[] = {{.khz = 2000000, .scaling = 0}, {.khz = 2000002, .scaling = 0}};
    const TscHost apart[] = {{.khz = 2000000, .scaling = 0}, {.khz = 3000000, .scaling = 0},
                             {.khz = 3000100, .scaling = 0}, {.khz = 1000000, .scaling = 1}, {.scaling = -1}};
    const TscHost free_hosts[] = {{.khz = 1000000, .scaling = 1}};
    Scene scene;

    if (!scene_open(&scene)) {
        return;
    }
    check(&scene, 0, twins, 2,
          "{\"frequency_khz\":2000000,\"window_khz\":[1999502,2000500],\"hosts\":["
          "{\"host\":0,\"verdict\":\"compatible\",\"scaling\":\"no\",\"khz\":2000000,\"window_khz\":[1999500,2000500],"
          "\"excludes\":[]},"
          "{\"host\":1,\"verdict\":\"compatible\",\"scaling\":\"no\",\"khz\":2000002,\"window_khz\":[1999502,2000502],"
          "\"excludes\":[]}]}");
    check(&scene, 0, apart, 5,
          "{\"frequency_khz\":3000000,\"window_khz\":[2999350,3000750],\"hosts\":["
          "{\"host\":0,\"verdict\":\"incompatible\",\"scaling\":\"no\",\"khz\":2000000,\"window_khz\":"
          "[1999500,2000500],\"excludes\":[1,2]},"
          "{\"host\":1,\"verdict\":\"compatible\",\"scaling\":\"no\",\"khz\":3000000,\"window_khz\":[2999250,3000750],"
          "\"excludes\":[0]},"
          "{\"host\":2,\"verdict\":\"compatible\",\"scaling\":\"no\",\"khz\":3000100,\"window_khz\":[2999350,3000850],"
          "\"excludes\":[0]},"
          "{\"host\":3,\"verdict\":\"compatible\",\"scaling\":\"yes\",\"khz\":1000000,\"window_khz\":[999750,1000250],"
          "\"excludes\":[]},"
          "{\"host\":4,\"verdict\":\"unknown\",\"scaling\":\"unknown\",\"excludes\":[]}]}");
    check(&scene, 2500000999, twins, 1,
          "{\"frequency_khz\":2500000,\"window_khz\":null,\"hosts\":[{\"host\":0,\"verdict\":\"incompatible\","
          "\"scaling\":\"no\",\"khz\":2000000,\"window_khz\":[1999500,2000500],\"excludes\":[]}]}");
    check(&scene, 0, free_hosts, 1,
          "{\"frequency_khz\":1000000,\"window_khz\":null,\"hosts\":[{\"host\":0,\"verdict\":\"compatible\","
          "\"scaling\":\"yes\",\"khz\":1000000,\"window_khz\":[999750,1000250],\"excludes\":[]}]}");
    check(&scene, 0, apart, 0, "{\"frequency_khz\":null,\"window_khz\":null,\"hosts\":[]}");
    fake_host_free(scene.host);
}

static guint
compatible_at(const TscHost *hosts, guint count, guint64 khz)
{
    guint found = 0;

    for (guint i = 0; i < count; i++) {
        found += tsc_verdict(khz * 1000, &hosts[i], TSC_TOLERANCE_PPM).verdict == TSC_COMPATIBLE;
    }
    return found;
}

/* Windows of a few kHz, close to each other: every frequency can be tried. */
static void
check_random(const Scene *scene, GRand *random)
{
    const guint count = (guint) g_rand_int_range(random, 1, MOST + 1);
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    TscHost hosts[MOST];
    guint most = 0;
    guint64 khz;

    for (guint i = 0; i < count; i++) {
        hosts[i] = (TscHost){.khz = (guint64) g_rand_int_range(random, 10000, 10020),
                             .scaling = g_rand_int_range(random, -1, 2)};
    }
    for (khz = 9990; khz < 10030; khz++) {
        most = MAX(most, compatible_at(hosts, count, khz));
    }
    text = ask(scene, 0, hosts, count);
    root = json_from_string(text, NULL);
    khz = (guint64) json_object_get_int_member(json_node_get_object(root), "frequency_khz");
    if (compatible_at(hosts, count, khz) != most) {
        fprintf(stderr, "%u hosts could agree: %s\n", most, text);
    }
    CHECK_INT(compatible_at(hosts, count, khz), most);
}

static void
test_random(void)
{
    GRand *random = g_rand_new_with_seed(SEED);
    Scene scene;

    if (scene_open(&scene)) {
        for (guint i = 0; i < SETS; i++) {
            check_random(&scene, random);
        }
        fake_host_free(scene.host);
    }
    g_rand_free(random);
}

static void
test_refusals(void)
{
    static const char *const documents[] = {"<capabilities/>", "<capabilities>\n<host>\n</capabilities>"};
    g_autoptr(MortiseSink) sink = fake_sink_new();
    Scene scene;

    if (!scene_open(&scene)) {
        return;
    }
    CHECK(ask(&scene, 999, NULL, 0) == NULL);
    CHECK_TEXT(fake_call_error()->reason, "invalid-argument");
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(scene.migration->common_tsc(fake_host_connection(scene.host), 0, documents, 2, sink), MORTISE_FAILED);
    CHECK_CONTAINS(fake_call_error()->message, "Host 2 of 2: ");
    CHECK_CONTAINS(fake_call_error()->message, "line 3");
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(scene.migration->common_tsc(fake_host_connection(scene.host), 0, documents, 100000, sink),
              MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "limit-exceeded");
    fake_host_free(scene.host);
}

static const MortiseTest tests[] = {
    {"known sets of hosts", test_known},
    {"random sets, by counting", test_random},
    {"what is refused", test_refusals},
};

int
main(void)
{
    g_autofree char *module = g_strdup_printf("%s/drivers/mortise-driver-tcg.so", g_getenv("MORTISE_TEST_BUILD"));

    if (access(module, R_OK) != 0) {
        mortise_test_skip("common TSC", "the driver tcg is not built");
        return 77;
    }
    return mortise_test_main("common-tsc", tests, G_N_ELEMENTS(tests));
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Offers of domains that do not run, judged as they would start: by the same checks, and nothing is started for it.
#include "judge-test.h"

typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    const MortiseMigration *migration;
    char *capabilities;
} Scene;

static gboolean
scene_open(Scene *scene, const char *driver, const char *xml)
{
    scene->host = engine_require(driver) ? fake_host_new(driver, NULL) : NULL;
    if (!scene->host) {
        return FALSE;
    }
    scene->migration = fake_host_interface(scene->host, MORTISE_MIGRATION_ID);
    scene->domain = fake_domain_open(scene->host, xml);
    scene->capabilities = judge_capabilities(scene->host);
    return TRUE;
}

static void
scene_close(Scene *scene)
{
    CHECK(engine_is_clean(scene->host));
    fake_host_free(scene->host);
    g_free(scene->capabilities);
}

/* To be freed; NULL when it was refused. */
static char *
offer(const Scene *scene, const char *xml)
{
    const MortiseMigrationArguments arguments = {
        .struct_size = sizeof(arguments), .flags = MORTISE_MIGRATE_DEFINITION, .xml = xml,
    };
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    if (scene->migration->begin(fake_domain_handle(scene->domain), &arguments, sink) != MORTISE_OK) {
        return NULL;
    }
    return g_strdup(sink->text->str);
}

static MortiseSink *
judge_offer(const Scene *scene, const char *text, const char *capabilities)
{
    const JudgeScene judging = {.host = scene->host, .domain = scene->domain, .migration = scene->migration};

    return judge_with(&judging, 0, NULL, text, capabilities);
}

static void
check_offer(const char *text)
{
    CHECK_CONTAINS(text, "\"defined\":true");
    CHECK_CONTAINS(text, "machine=\\\"pc-i440fx-");
    CHECK_CONTAINS(text, "<emulator>/");
    CHECK_CONTAINS(text, "<model>qemu64</model>");
    CHECK_CONTAINS(text, "\"qemu_version\":");
    CHECK_CONTAINS(text, "\"multifd\"");
    CHECK(!strstr(text, "\"running\""));
}

static void
test_as_it_would_start(void)
{
    g_autofree char *xml = engine_xml(155, "");
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autofree char *text = offer(&scene, xml);
        g_autofree char *other = judge_replace(scene.capabilities, " boot='", " boot='0");
        g_autofree char *small = judge_replace(other, "memory='[0-9]+'", "memory='16'");
        g_autoptr(MortiseSink) here = judge_offer(&scene, text, NULL);
        g_autoptr(MortiseSink) like = judge_offer(&scene, text, other);
        g_autoptr(MortiseSink) poor = judge_offer(&scene, text, small);
        check_offer(text);
        judge_check_complete(here);
        judge_check_none(here, MORTISE_VERDICT_BAD);
        judge_check_none(here, MORTISE_VERDICT_UNKNOWN);
        judge_check_complete(like);
        judge_check_none(like, MORTISE_VERDICT_BAD);
        judge_check_none(like, MORTISE_VERDICT_UNKNOWN);
        CHECK(judge_find(poor->findings, "2 memory ") != NULL);
        scene_close(&scene);
    }
}

/* What the model has here, and has not there. */
static void
test_features_of_the_model(void)
{
    g_autofree char *xml = engine_xml(156, "<cpu mode='custom'><model>EPYC</model></cpu>");
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autofree char *text = offer(&scene, xml);
        g_autofree char *less = judge_replace(scene.capabilities, "cpu name='EPYC' missing='",
                                              "cpu name='EPYC' missing='sse4a ");
        g_autoptr(MortiseSink) same = judge_offer(&scene, text, scene.capabilities);
        g_autoptr(MortiseSink) lost = judge_offer(&scene, text, less);
        CHECK_CONTAINS(text, "\"cpu_missing\":[");
        judge_check_none(same, MORTISE_VERDICT_BAD);
        CHECK(judge_find(lost->findings, "2 cpu-features ") != NULL);
        CHECK(judge_find(lost->findings, "cannot give: sse4a") != NULL);
        CHECK_INT(judge_count(lost, MORTISE_VERDICT_BAD), 1);
        scene_close(&scene);
    }
}

/* It is good for nothing but judging. */
static void
test_nothing_comes_of_it(void)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments)};
    g_autofree char *xml = engine_xml(157, "");
    g_autoptr(MortiseSink) ticket = fake_sink_new();
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autofree char *text = offer(&scene, xml);
        fake_call_begin(FAKE_AMPLE_MS);
        CHECK_INT(scene.migration->prepare(fake_domain_handle(scene.domain), &arguments, text, ticket),
                  MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, "invalid-argument");
        CHECK_CONTAINS(fake_call_error()->message, "a domain that does not run");
        scene_close(&scene);
    }
}

static void
test_what_could_not_start(void)
{
    g_autofree char *xml = engine_xml(158, "");
    g_autofree char *strange = judge_replace(xml, "</os>", "<loader>/x</loader></os>");
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        CHECK(offer(&scene, strange) == NULL);
        CHECK_TEXT(fake_call_error()->reason, "element-unsupported");
        CHECK(offer(&scene, "<domain/>") == NULL);
        CHECK_TEXT(fake_call_error()->reason, "invalid-xml");
        scene_close(&scene);
    }
}

/* The rule of the TSC holds for it as for one that runs. */
static void
test_tsc(void)
{
    g_autofree char *tcg = engine_xml(159, "<cpu mode='custom'><model>qemu64</model>"
                                           "<feature policy='require' name='invtsc'/></cpu>");
    g_autofree char *xml = judge_replace(tcg, "<domain type='qemu'", "<domain type='kvm'");
    g_autofree char *slow = judge_replace(xml, "</cpu>", "</cpu><clock offset='utc'><timer name='tsc' "
                                                         "frequency='2000000000'/></clock>");
    Scene scene;

    if (scene_open(&scene, "qemu", xml)) {
        g_autofree char *text = NULL;
        g_autoptr(MortiseSink) like = NULL;
        CHECK(offer(&scene, xml) == NULL);
        CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
        CHECK_TEXT(fake_call_error()->object, "tsc-frequency");
        text = offer(&scene, slow);
        CHECK(text != NULL);
        if (text && strstr(scene.capabilities, "scaling='no'")) {
            like = judge_offer(&scene, text, scene.capabilities);
            CHECK(judge_find(like->findings, "2 tsc-frequency ") != NULL);
        }
        scene_close(&scene);
    }
}

static const MortiseTest tests[] = {
    {"all checks of a domain that does not run", test_as_it_would_start},
    {"features of its CPU model", test_features_of_the_model},
    {"nothing can be prepared from it", test_nothing_comes_of_it},
    {"a definition that could not start", test_what_could_not_start},
    {"TSC frequencies", test_tsc},
};

int
main(void)
{
    return mortise_test_main("engine-judge-defined", tests, G_N_ELEMENTS(tests));
}

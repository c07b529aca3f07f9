// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests with an invariant TSC under KVM: who may take them, who may not, and that a start says the same.
#include "judge-test.h"

#include <unistd.h>

static gboolean
has_kvm(void)
{
    if (access("/dev/kvm", R_OK | W_OK) != 0) {
        mortise_test_skip("invariant TSC", "/dev/kvm cannot be used");
        return FALSE;
    }
    return engine_require("qemu");
}

/* A small guest under KVM with an invariant TSC; `timer` is the content of <clock>. To be freed. */
static char *
invariant_xml(guint number, const char *timer)
{
    g_autofree char *more = g_strdup_printf("<cpu mode='custom'><model>qemu64</model>"
                                            "<feature policy='require' name='invtsc'/></cpu><clock offset='utc'>%s"
                                            "</clock>", timer);

    return engine_any_xml(number, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>", more);
}

static char *
counter_of(const char *capabilities)
{
    g_autoptr(GRegex) regex = g_regex_new("<counter name='tsc' frequency='([0-9]+)' scaling='no'/>", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(regex, capabilities, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* The host's frequency in Hz, to be freed; NULL with a line when the rest cannot be shown here. */
static char *
own_frequency(void)
{
    FakeHost *host = has_kvm() ? fake_host_new("qemu", NULL) : NULL;
    g_autofree char *text = NULL;
    char *frequency;

    if (!host) {
        return NULL;
    }
    text = judge_capabilities(host);
    frequency = counter_of(text);
    if (!frequency) {
        mortise_test_skip("invariant TSC", "this host does not tell its TSC, or scales it");
    }
    fake_host_free(host);
    return frequency;
}

/* An offer that is only to be judged is made all the same, and all is told: this, and what else is bad. */
static void
check_to_judge(const JudgeScene *scene)
{
    g_autofree char *offer = judge_begin_with(scene, (MortiseMigrationArguments){
        .struct_size = sizeof(MortiseMigrationArguments), .flags = MORTISE_MIGRATE_CHECK,
    });
    g_autofree char *small = judge_replace(scene->capabilities, " memory='[0-9]+'", " memory='1024'");
    g_autoptr(MortiseSink) here = offer ? judge_with(scene, 0, NULL, offer, NULL) : NULL;
    g_autoptr(MortiseSink) there = offer ? judge_with(scene, 0, NULL, offer, small) : NULL;

    CHECK(offer != NULL);
    if (offer) {
        CHECK(judge_find(here->findings, "2 tsc-frequency ") != NULL);
        CHECK(judge_find(here->findings, "2 source ") != NULL);
        CHECK(judge_find(here->compared, "host_khz_source=KVM_GET_TSC_KHZ") != NULL);
        CHECK_INT(judge_count(here, MORTISE_VERDICT_BAD), 2);
        CHECK(judge_find(there->findings, "2 memory ") != NULL);
        CHECK_INT(judge_count(there, MORTISE_VERDICT_BAD), 3);
        judge_check_complete(there);
    }
}

static void
check_channels(const JudgeScene *scene)
{
    MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments), .channels = 256};
    g_autofree char *downtime = NULL;
    g_autofree char *channels = judge_begin_with(scene, arguments);

    CHECK_TEXT(fake_call_error()->reason, "invalid-argument");
    CHECK_CONTAINS(fake_call_error()->message, "at most 255 connections");
    arguments = (MortiseMigrationArguments){.struct_size = sizeof(arguments), .downtime = 2000001};
    downtime = judge_begin_with(scene, arguments);
    CHECK_TEXT(fake_call_error()->reason, "invalid-argument");
    CHECK_CONTAINS(fake_call_error()->message, "at most 2000000 ms");
    CHECK(channels == NULL && downtime == NULL);
}

static void
test_unnamed_frequency(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *xml = invariant_xml(135, "");
    JudgeScene scene;

    if (frequency && judge_open(&scene, "qemu", xml)) {
        CHECK(scene.offer == NULL);
        CHECK(judge_begin(&scene) == NULL);
        CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
        CHECK_CONTAINS(fake_call_error()->message, "has the CPU feature invtsc and names no TSC frequency");
        CHECK_CONTAINS(fake_call_error()->hint, "<timer name='tsc' frequency='HZ'/>");
        check_to_judge(&scene);
        judge_close(&scene);
    }
}

static void
check_other_hosts(const JudgeScene *scene, const char *frequency)
{
    const guint64 khz = g_ascii_strtoull(frequency, NULL, 10) / 1000;
    g_autofree char *slow = judge_replace(scene->capabilities, "frequency='[0-9]+'", "frequency='1000000000'");
    g_autofree char *scaling = judge_replace(slow, "scaling='no'", "scaling='yes'");
    g_autofree char *unclear = judge_replace(slow, " scaling='no'", "");
    g_autofree char *silent = judge_replace(scene->capabilities, "<counter [^/]*/>", "");
    g_autoptr(MortiseSink) same = judge(scene, scene->capabilities);
    g_autoptr(MortiseSink) bad = judge(scene, slow);
    g_autoptr(MortiseSink) good = judge(scene, scaling);
    g_autoptr(MortiseSink) perhaps = judge(scene, unclear);
    g_autoptr(MortiseSink) unknown = judge(scene, silent);
    g_autofree char *values = g_strdup_printf("tsc-frequency [%" G_GUINT64_FORMAT " kHz] [1000000 kHz, scaling no] "
                                              "requested_khz=%" G_GUINT64_FORMAT " host_khz=1000000 window_khz=999750 "
                                              "window_khz=1000250 difference_ppm=", khz, khz);

    judge_check_none(same, MORTISE_VERDICT_BAD);
    CHECK(judge_find(bad->findings, "2 tsc-frequency ") != NULL);
    CHECK_INT(judge_count(bad, MORTISE_VERDICT_BAD), 1);
    CHECK(judge_find(bad->compared, values) != NULL);
    CHECK(judge_find(bad->compared, "scaling=no host_khz_source=the capabilities document") != NULL);
    judge_check_complete(bad);
    CHECK(judge_find(good->findings, "0 tsc-frequency ") != NULL);
    judge_check_none(good, MORTISE_VERDICT_BAD);
    CHECK(judge_find(perhaps->findings, "3 tsc-frequency ") != NULL);
    CHECK(judge_find(unknown->findings, "3 tsc-frequency ") != NULL);
}

/* What judge says of this host is what a start says. */
static void
check_same_words(const JudgeScene *scene)
{
    g_autofree char *live = judge_offered_xml(scene->offer);
    g_autofree char *other = judge_replace(live, "frequency=\"[0-9]+\"", "frequency=\"1000000000\"");
    g_autofree char *third = judge_replace(other, "<uuid>e0e0", "<uuid>e0e1");
    g_autofree char *named = judge_replace(third, "<name>engine-", "<name>other-");
    g_autoptr(MortiseSink) sink = judge_with(scene, 0, other, scene->offer, NULL);
    const char *finding = judge_find(sink->findings, "2 tsc-frequency ");
    g_autofree char *words = g_strdup(strstr(finding, ": ") + 2);
    FakeDomain *domain = fake_domain_open(scene->host, named);

    CHECK_INT(judge_count(sink, MORTISE_VERDICT_BAD), 1);
    *strstr(words, " | ") = '\0';
    CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_TEXT(strstr(fake_call_error()->message, "a TSC of 1000000 kHz"), words);
}

/* A destination refuses before anything is started there, and the source runs on. */
static void
check_prepare(const JudgeScene *scene)
{
    g_autofree char *live = judge_offered_xml(scene->offer);
    g_autofree char *other = judge_replace(live, "frequency=\"[0-9]+\"", "frequency=\"1000000000\"");
    const MortiseMigrationArguments arguments = {
        .struct_size = sizeof(arguments), .transport = "unix", .xml = other,
    };
    FakeHost *host = fake_host_new("qemu", NULL);
    FakeDomain *domain = fake_domain_open(host, live);
    g_autofree char *known G_GNUC_UNUSED = judge_capabilities(host);
    g_autofree char *state = NULL;
    g_autoptr(MortiseSink) ticket = fake_sink_new();
    const gint64 before = g_get_monotonic_time();

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(scene->migration->prepare(fake_domain_handle(domain), &arguments, scene->offer, ticket), MORTISE_FAILED);
    fprintf(stderr, "refused within %" G_GINT64_FORMAT " us\n", g_get_monotonic_time() - before);
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_CONTAINS(fake_call_error()->message, "tsc-frequency: a TSC of 1000000 kHz cannot be had");
    CHECK_INT(ticket->text->len, 0);
    CHECK(engine_is_clean(host));
    fake_host_free(host);
    state = fake_domain_state(scene->domain);
    CHECK_TEXT(state, "running booted");
}

static void
test_invariant(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *timer = g_strdup_printf("<timer name='tsc' frequency='%s'/>", frequency ? frequency : "");
    g_autofree char *xml = invariant_xml(136, timer);
    JudgeScene scene;

    if (frequency && judge_open(&scene, "qemu", xml)) {
        g_autoptr(MortiseSink) here = judge(&scene, NULL);
        judge_check_none(here, MORTISE_VERDICT_BAD);
        check_channels(&scene);
        CHECK(judge_find(here->compared, "host_khz_source=KVM_GET_TSC_KHZ") != NULL);
        check_other_hosts(&scene, frequency);
        check_same_words(&scene);
        check_prepare(&scene);
        judge_close(&scene);
    }
}

/* A guest that names no frequency is not held to its host's. */
static void
test_plain(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *xml = engine_any_xml(137, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>",
                                          "<cpu mode='custom'><model>qemu64</model></cpu>");
    JudgeScene scene;

    if (frequency && judge_open(&scene, "qemu", xml)) {
        g_autofree char *slow = judge_replace(scene.capabilities, "frequency='[0-9]+'", "frequency='1000000000'");
        g_autofree char *live = judge_offered_xml(scene.offer);
        g_autoptr(MortiseSink) sink = judge(&scene, slow);
        CHECK(!strstr(live, "frequency="));
        CHECK(judge_find(sink->findings, "1 tsc-frequency ") != NULL);
        judge_check_none(sink, MORTISE_VERDICT_BAD);
        judge_close(&scene);
    }
}

static const MortiseTest tests[] = {
    {"invtsc without a frequency", test_unnamed_frequency},
    {"invtsc with the host's frequency", test_invariant},
    {"no invtsc and no frequency", test_plain},
};

int
main(void)
{
    return mortise_test_main("engine-judge-tsc", tests, G_N_ELEMENTS(tests));
}

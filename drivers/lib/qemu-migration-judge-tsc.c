// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The check of TSC and invtsc: the one verdict, with what it was made of.
#include "qemu-migration-judge.h"

#define ID "tsc-frequency"
#define OBJECT "domain/clock/timer/@frequency"

static guint
verdict_of(TscVerdict verdict)
{
    static const guint verdicts[] = {MORTISE_VERDICT_GOOD, MORTISE_VERDICT_BAD, MORTISE_VERDICT_UNKNOWN};

    return verdicts[verdict];
}

static void
add_facts(QemuVerdict *verdict, const TscResult *result)
{
    if (result->requested_khz > 0) {
        qemu_verdict_number(verdict, "requested_khz", result->requested_khz);
    }
    if (result->host.khz > 0) {
        qemu_verdict_number(verdict, "host_khz", result->host.khz);
        qemu_verdict_number(verdict, "window_khz", result->window_low);
        qemu_verdict_number(verdict, "window_khz", result->window_high);
    }
    if (result->difference_known) {
        qemu_verdict_signed(verdict, "difference_ppm", result->difference_ppm);
    }
    qemu_verdict_word(verdict, "scaling", tsc_scaling_word(result->host.scaling));
    if (result->host.khz > 0 && result->host.khz_source) {
        qemu_verdict_word(verdict, "host_khz_source", result->host.khz_source);
    }
    if (result->host.scaling >= 0 && result->host.scaling_source) {
        qemu_verdict_word(verdict, "scaling_source", result->host.scaling_source);
    }
}

static void
finish(QemuVerdict *verdict, const TscResult *result)
{
    char *host = result->host.khz > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT " kHz, scaling %s", result->host.khz,
                                                        tsc_scaling_word(result->host.scaling))
                                      : g_strdup_printf("unknown, scaling %s", tsc_scaling_word(result->host.scaling));
    char *wanted = result->requested_khz > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT " kHz", result->requested_khz)
                                             : NULL;

    qemu_verdict_compare(verdict, wanted, host);
    add_facts(verdict, result);
}

static gboolean
wants_invtsc(const QemuJudgement *judgement)
{
    const DomainCpuFeature *feature = domain_definition_cpu_feature(judgement->definition, "invtsc");

    return feature && feature->policy != DOMAIN_CPU_FEATURE_DISABLE;
}

/* The guest takes what the host has; where its TSC goes on at another speed, its clock may notice. */
static void
judge_unasked(QemuJudgement *judgement)
{
    const guint64 hertz = MIN(judgement->offer->tsc_khz, TSC_KHZ_LIMIT) * 1000;
    const TscResult result = tsc_verdict(hertz, &judgement->host->tsc, TSC_TOLERANCE_PPM);
    g_autofree char *words = tsc_result_explain(&result);
    QemuVerdict *verdict;

    if (hertz == 0 || result.verdict != TSC_INCOMPATIBLE) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, ID, OBJECT, NULL,
                                     "the domain asks for no TSC frequency");
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, ID, OBJECT,
                                     "Name a frequency in <timer name='tsc'>, or use kvmclock in the guest.",
                                     "the domain asks for no TSC frequency, and its TSC will go on at another one: %s",
                                     words);
    }
    finish(verdict, &result);
}

void
qemu_judge_tsc(QemuJudgement *judgement)
{
    const guint64 hertz = judgement->definition->clock.tsc_frequency;
    g_autofree char *words = NULL;
    TscResult result;

    if (!judgement->engine->driver->accelerator->kvm) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, ID, OBJECT, NULL,
                                  "the TSC is emulated, at any frequency");
        return;
    }
    if (hertz == 0 && !wants_invtsc(judgement)) {
        judge_unasked(judgement);
        return;
    }
    result = tsc_verdict(hertz, &judgement->host->tsc, TSC_TOLERANCE_PPM);
    if (hertz == 0) {
        finish(qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, ID, OBJECT,
                                  "Give the domain <timer name='tsc' frequency='HZ'/> and start it again.",
                                  "the domain has the CPU feature invtsc and names no TSC frequency"), &result);
        return;
    }
    words = tsc_result_explain(&result);
    finish(qemu_judgement_add(judgement, verdict_of(result.verdict), ID, OBJECT, tsc_result_hint(&result), "%s", words),
           &result);
}

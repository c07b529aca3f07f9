// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of the CPU: its model, and the features that the guest has seen so far.
#include "qemu-migration-judge.h"

#include "qemu-command-private.h"

#define MODEL_ID "cpu-model"
#define FEATURES_ID "cpu-features"
#define MODEL_OBJECT "domain/cpu/model"
#define FEATURES_OBJECT "domain/cpu/feature"
/* Names in one message; the rest is counted. */
#define NAMES_AT_MOST 24u

#define OTHER_CPU "Choose a host with that CPU, or another <cpu><model> and start the domain again."

/* As for -cpu; NULL: the machine's own. */
static const char *
model_of(const QemuJudgement *judgement)
{
    const DomainCpu *cpu = &judgement->definition->cpu;

    switch (cpu->mode) {
    case DOMAIN_CPU_CUSTOM:
        return cpu->model;
    case DOMAIN_CPU_HOST_PASSTHROUGH:
    case DOMAIN_CPU_HOST_MODEL:
        return "host";
    case DOMAIN_CPU_MAXIMUM:
        return "max";
    default:
        return qemu_usual_cpu(judgement->architecture);
    }
}

static void
judge_known_model(QemuJudgement *judgement, const char *name, const char *lacking)
{
    const char *place = qemu_judgement_place(judgement);
    g_auto(GStrv) words = g_strsplit(lacking, " ", -1);
    g_autofree char *missing = g_strjoinv(", ", words);
    QemuVerdict *verdict;

    if (judgement->definition->cpu.check_full && *missing) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, MODEL_ID, MODEL_OBJECT, OTHER_CPU,
                                     "the CPU model %s is asked for with all its features, and %s lacks %s", name,
                                     place, missing);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, MODEL_ID, MODEL_OBJECT, NULL,
                                     "the CPU model %s is known to %s", name, place);
    }
    qemu_verdict_compare(verdict, g_strdup(name), *missing ? g_strdup_printf("%s without %s", name, missing)
                                                           : g_strdup(name));
}

void
qemu_judge_cpu_model(QemuJudgement *judgement)
{
    const char *name = model_of(judgement);
    const char *place = qemu_judgement_place(judgement);
    const QemuHostGuests *told = qemu_judgement_cpus(judgement);
    const char *lacking = name && told ? g_hash_table_lookup(told->models, name) : NULL;
    QemuVerdict *verdict;

    if (!name) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, MODEL_ID, MODEL_OBJECT, NULL,
                                  "the CPU is the machine's own");
        return;
    }
    if (lacking) {
        judge_known_model(judgement, name, lacking);
        return;
    }
    if (told && g_hash_table_size(told->models) > 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, MODEL_ID, MODEL_OBJECT, OTHER_CPU,
                                     "the CPU model %s is not known to %s", name, place);
        qemu_verdict_compare(verdict, g_strdup(name), g_strdup("not known"));
        return;
    }
    verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, MODEL_ID, MODEL_OBJECT, NULL,
                                 "nothing tells which CPU models %s has", place);
    qemu_verdict_compare(verdict, g_strdup(name), NULL);
}

static gboolean
has(char *const *words, const char *word)
{
    return g_strv_contains((const char *const *) words, word);
}

/* Those of `one` that `other` has not, as "a, b and 3 more"; `count` is how many. To be freed. */
static char *
difference(char *const *one, char *const *other, guint *count)
{
    g_autoptr(GString) text = g_string_new(NULL);

    *count = 0;
    for (guint i = 0; one[i]; i++) {
        if (has(other, one[i])) {
            continue;
        }
        if ((*count)++ < NAMES_AT_MOST) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", one[i]);
        }
    }
    if (*count > NAMES_AT_MOST) {
        g_string_append_printf(text, " and %u more", *count - NAMES_AT_MOST);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What the guest must find: what it has, or what the XML for the destination requires. To be freed; NULL: not told. */
static char **
wanted_features(const QemuJudgement *judgement)
{
    if (!judgement->replaced && judgement->offer->features) {
        return g_strdupv(judgement->offer->features);
    }
    return judgement->machine ? qemu_command_required_features(judgement->definition, judgement->machine) : NULL;
}

static void
judge_against(QemuJudgement *judgement, char *const *wanted, char *const *offered)
{
    const DomainCpuMode mode = judgement->definition->cpu.mode;
    const gboolean follows_host = mode == DOMAIN_CPU_HOST_PASSTHROUGH || mode == DOMAIN_CPU_MAXIMUM;
    const char *place = qemu_judgement_place(judgement);
    const guint count = g_strv_length((char **) wanted);
    guint lacking = 0;
    guint extra = 0;
    g_autofree char *missing = difference(wanted, offered, &lacking);
    g_autofree char *more = difference(offered, wanted, &extra);
    QemuVerdict *verdict;

    if (lacking > 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, FEATURES_ID, FEATURES_OBJECT, OTHER_CPU,
                                     "the guest has CPU features that %s cannot give: %s", place, missing);
    } else if (follows_host && extra > 0 && !judgement->replaced) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, FEATURES_ID, FEATURES_OBJECT,
                                     "Use mode='custom' with a model that both hosts have.",
                                     "the CPU follows the host, and %s has features that the guest has not seen: %s",
                                     place, more);
    } else if (count == 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, FEATURES_ID, FEATURES_OBJECT, NULL,
                                     "%s lacks no CPU feature that the guest would have", place);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, FEATURES_ID, FEATURES_OBJECT, NULL,
                                     "%s has all %u CPU features that the guest needs", place, count);
    }
    qemu_verdict_compare(verdict, g_strdup_printf("%u features", count),
                         lacking > 0 ? g_strdup_printf("without %s", missing) : g_strdup("all of them"));
}

/*
 * A domain that does not run yet would have its model's features without those that are missing here: what else is
 * missing there is lost. TRUE when that was found, and told.
 */
static gboolean
judge_lost(QemuJudgement *judgement, const QemuHostGuests *told)
{
    const char *name = model_of(judgement);
    const char *lacking = name && told ? g_hash_table_lookup(told->models, name) : NULL;
    char *const *kept = judgement->offer->missing;
    g_auto(GStrv) words = lacking ? g_strsplit(lacking, " ", -1) : NULL;
    g_autofree char *lost = NULL;
    guint count = 0;

    if (judgement->offer->features || judgement->replaced || !kept || !lacking || !*lacking) {
        return FALSE;
    }
    lost = difference(words, kept, &count);
    if (count > 0) {
        QemuVerdict *verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, FEATURES_ID, FEATURES_OBJECT,
                                                  OTHER_CPU, "with the CPU %s it has features at the source that %s "
                                                  "cannot give: %s", name, qemu_judgement_place(judgement), lost);
        qemu_verdict_compare(verdict, g_strdup(name), g_strdup_printf("without %s", lost));
    }
    return count > 0;
}

void
qemu_judge_cpu_features(QemuJudgement *judgement)
{
    g_auto(GStrv) wanted = wanted_features(judgement);
    const QemuHostGuests *told = qemu_judgement_cpus(judgement);
    char *const *offered = told ? told->known->features : NULL;
    QemuVerdict *verdict;

    if (judge_lost(judgement, told)) {
        return;
    }
    if (wanted && offered) {
        judge_against(judgement, wanted, offered);
    } else if (wanted && !*wanted) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, FEATURES_ID, FEATURES_OBJECT, NULL,
                                  "no CPU features are asked for");
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, FEATURES_ID, FEATURES_OBJECT, NULL,
                                     "nothing tells which CPU features %s can give", qemu_judgement_place(judgement));
        qemu_verdict_compare(verdict, wanted ? g_strdup_printf("%u features", g_strv_length(wanted)) : NULL, NULL);
    }
}

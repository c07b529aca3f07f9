// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Judging an offer: gathering what the checks need, running all of them, and telling what they found.
#include "qemu-migration-judge.h"

#include <string.h>

#include "domain-units.h"
#include "qemu-engine-capabilities.h"

/* Names and values come from offers and documents, and may be of any length. */
#define TOLD_AT_MOST 2048u
#define MESSAGE_AT_MOST 1024u
#define VALUE_AT_MOST 400u

typedef void (*Check)(QemuJudgement *judgement);

/* What is in the way wherever it goes. */
static void
judge_source(QemuJudgement *judgement)
{
    char *const *words = judgement->offer->refusals;

    for (guint i = 0; words && words[i] && words[i + 1]; i += 2) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "source", NULL, *words[i + 1] ? words[i + 1] : NULL,
                                  "%s", words[i]);
    }
}

static const Check checks[] = {
    qemu_judge_tsc,     qemu_judge_cpu_model, qemu_judge_cpu_features, qemu_judge_accelerator,
    qemu_judge_machine, qemu_judge_memory,    qemu_judge_vcpus,        qemu_judge_version,
    qemu_judge_migration, qemu_judge_definition, qemu_judge_disks,     qemu_judge_host_devices,
    qemu_judge_networks, qemu_judge_firmware, judge_source,
};

static void
verdict_free(gpointer data)
{
    QemuVerdict *verdict = data;

    g_free(verdict->id);
    g_free(verdict->object);
    g_free(verdict->message);
    g_free(verdict->hint);
    g_free(verdict->source);
    g_free(verdict->destination);
    g_array_unref(verdict->facts);
    g_free(verdict);
}

QemuVerdict *
qemu_judgement_add(QemuJudgement *judgement, guint verdict, const char *id, const char *object, const char *hint,
                   const char *format, ...)
{
    QemuVerdict *made = g_new0(QemuVerdict, 1);
    g_autofree char *message = NULL;
    va_list arguments;

    made->verdict = verdict;
    made->id = g_strdup(id);
    made->object = object ? domain_text_shorten(object, VALUE_AT_MOST) : NULL;
    if (!hint && verdict == MORTISE_VERDICT_UNKNOWN && !judgement->host->here) {
        hint = "Ask that host itself, by its URI, or take a new document there with 'mortise capabilities'.";
    }
    made->hint = g_strdup(hint);
    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    made->message = domain_text_shorten(message, MESSAGE_AT_MOST);
    made->facts = g_array_new(FALSE, TRUE, sizeof(MortiseValue));
    g_ptr_array_add(judgement->verdicts, made);
    return made;
}

void
qemu_verdict_compare(QemuVerdict *verdict, char *source, char *destination)
{
    verdict->source = source ? domain_text_shorten(source, VALUE_AT_MOST) : NULL;
    verdict->destination = destination ? domain_text_shorten(destination, VALUE_AT_MOST) : NULL;
    g_free(source);
    g_free(destination);
}

static void
add_fact(QemuVerdict *verdict, guint type, const char *key, guint64 number, const char *text)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = type, .key = key, .number = number, .text = text,
    };

    g_array_append_val(verdict->facts, value);
}

void
qemu_verdict_number(QemuVerdict *verdict, const char *key, guint64 number)
{
    add_fact(verdict, MORTISE_VALUE_UNSIGNED, key, number, NULL);
}

void
qemu_verdict_signed(QemuVerdict *verdict, const char *key, gint64 number)
{
    add_fact(verdict, MORTISE_VALUE_SIGNED, key, (guint64) number, NULL);
}

void
qemu_verdict_word(QemuVerdict *verdict, const char *key, const char *word)
{
    add_fact(verdict, MORTISE_VALUE_TEXT, key, 0, word);
}

const char *
qemu_judgement_place(const QemuJudgement *judgement)
{
    const QemuHost *host = judgement->host;

    return host->here ? "this host" : host->name ? host->name : "the host of the capabilities document";
}

const QemuHostGuests *
qemu_judgement_cpus(const QemuJudgement *judgement)
{
    const QemuHostGuests *guests = judgement->guests;
    const gboolean kvm = judgement->engine->driver->accelerator->kvm;

    return guests && guests->told && guests->known->kvm == kvm ? guests : NULL;
}

char *
qemu_version_text(guint version)
{
    return version ? g_strdup_printf("%u.%u.%u", version / 1000000, version / 1000 % 1000, version % 1000)
                   : g_strdup("unknown");
}

/* This host is described by the document that it gives of itself, and then looked at where a document cannot say. */
static QemuHost *
look_here(const QemuEngine *engine, const char *architecture, DriverFailure **failure)
{
    const char *qemu = g_str_equal(architecture, "i686") ? "i386" : architecture;
    g_autofree char *text = qemu_engine_capabilities_text(engine, qemu, NULL, failure);
    QemuHost *host = text ? qemu_host_parse(text, failure) : NULL;
    TscHost tsc = {.scaling = -1};

    if (host) {
        host->here = TRUE;
        if (engine->driver->accelerator->tsc) {
            (void) engine->driver->accelerator->tsc(&tsc);
            host->tsc = tsc;
        }
    }
    return host;
}

static DomainDefinition *
read_definition(const char *xml, const char *whose, DriverFailure **failure)
{
    DomainDefinition *definition = domain_definition_parse(xml, -1, failure);

    if (!definition && failure) {
        driver_failure_prefix(*failure, "%s: ", whose);
    }
    return definition;
}

static gboolean
gather(QemuJudgement *judgement, const MortiseMigrationArguments *arguments, const char *capabilities,
       DriverFailure **failure)
{
    const char *other = arguments ? arguments->xml : NULL;

    judgement->running = read_definition(judgement->offer->xml, "The XML of the offer", failure);
    if (!judgement->running) {
        return FALSE;
    }
    judgement->replaced = other != NULL;
    judgement->definition = other ? read_definition(other, "The XML for the destination", failure) : judgement->running;
    if (!judgement->definition) {
        return FALSE;
    }
    judgement->architecture = judgement->definition->os.architecture ? judgement->definition->os.architecture
                                                                     : qemu_host_architecture();
    judgement->machine = qemu_machine_find(judgement->architecture, judgement->definition->os.machine);
    judgement->host = capabilities ? qemu_host_parse(capabilities, failure)
                                   : look_here(judgement->engine, judgement->architecture, failure);
    if (!judgement->host) {
        return FALSE;
    }
    judgement->guests = qemu_host_guests(judgement->host, judgement->architecture, judgement->definition->type);
    return TRUE;
}

QemuJudgement *
qemu_judgement_new(const QemuEngine *engine, const MortiseMigrationArguments *arguments, const char *offer,
                   const char *capabilities, DriverFailure **failure)
{
    g_autoptr(QemuJudgement) judgement = g_new0(QemuJudgement, 1);

    judgement->engine = engine;
    judgement->flags = arguments ? arguments->flags : 0;
    judgement->verdicts = g_ptr_array_new_with_free_func(verdict_free);
    judgement->offer = qemu_offer_parse(offer, failure);
    if (!judgement->offer || !gather(judgement, arguments, capabilities, failure)) {
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
        checks[i](judgement);
    }
    return g_steal_pointer(&judgement);
}

void
qemu_judgement_free(QemuJudgement *judgement)
{
    if (!judgement) {
        return;
    }
    if (judgement->definition != judgement->running) {
        domain_definition_free((DomainDefinition *) judgement->definition);
    }
    domain_definition_free((DomainDefinition *) judgement->running);
    qemu_offer_free((QemuOffer *) judgement->offer);
    qemu_host_free(judgement->host);
    g_ptr_array_unref(judgement->verdicts);
    g_free(judgement);
}

static void
tell(const QemuDriver *driver, const QemuVerdict *verdict, MortiseSink *findings)
{
    const MortiseFinding finding = {
        .struct_size = sizeof(finding),
        .verdict = verdict->verdict,
        .id = verdict->id,
        .object = verdict->object,
        .message = verdict->message,
        .hint = verdict->hint,
        .source = verdict->source,
        .destination = verdict->destination,
        .facts = (const MortiseValue *) (void *) verdict->facts->data,
        .fact_count = verdict->facts->len,
    };

    driver->host->sink_finding(findings, &finding);
}

MortiseResult
qemu_migration_judge(void *connection, const MortiseMigrationArguments *arguments, const char *offer,
                     const char *capabilities, MortiseSink *findings)
{
    const QemuEngine *engine = connection;
    DriverFailure *failure = NULL;
    g_autoptr(QemuJudgement) judgement = qemu_judgement_new(engine, arguments, offer, capabilities, &failure);

    if (!judgement) {
        return qemu_engine_fail(engine->driver, failure);
    }
    for (guint i = 0; i < judgement->verdicts->len; i++) {
        tell(engine->driver, judgement->verdicts->pdata[i], findings);
    }
    return MORTISE_OK;
}

static void
append_bad(GString *text, const QemuVerdict *verdict, guint count)
{
    if (text->len > TOLD_AT_MOST) {
        return;
    }
    g_string_append_printf(text, "%s%s: %s", count > 0 ? "; " : "", verdict->id, verdict->message);
}

gboolean
qemu_migration_require(const QemuEngine *engine, const MortiseMigrationArguments *arguments, const char *offer,
                       DriverFailure **failure)
{
    g_autoptr(QemuJudgement) judgement = qemu_judgement_new(engine, arguments, offer, NULL, failure);
    g_autoptr(GString) text = g_string_new(NULL);
    const QemuVerdict *first = NULL;
    guint count = 0;

    if (!judgement) {
        return FALSE;
    }
    if (judgement->offer->defined) {
        driver_failure_set(failure, "invalid-argument", "offer", "Start it, and take its offer then.",
                           "The offer of %s is one of a domain that does not run: it is there to be judged.",
                           judgement->running->name);
        return FALSE;
    }
    for (guint i = 0; i < judgement->verdicts->len; i++) {
        const QemuVerdict *verdict = judgement->verdicts->pdata[i];
        if (verdict->verdict == MORTISE_VERDICT_BAD) {
            first = first ? first : verdict;
            append_bad(text, verdict, count++);
        }
    }
    if (first) {
        driver_failure_set(failure, "host-unsupported", first->object ? first->object : first->id, first->hint,
                           "This host cannot take %s: %s", judgement->running->name, text->str);
    }
    return first == NULL;
}

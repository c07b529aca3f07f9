// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of the machine: accelerator, machine type, memory, vCPUs, QEMU's version, migration capabilities, devices.
#include "qemu-migration-judge.h"

#include <string.h>
#include <unistd.h>

#include "qemu-command.h"

/* Of QEMU as an emulator of the source: 7.2, and the sizes of memory with which it happens. */
#define LOSING_VERSION 7002u
#define LOSING_MULTIPLE_KIB 256u

static const char *
reason_without_document(const QemuJudgement *judgement)
{
    return judgement->host->guests->len == 0 ? "the capabilities document lists no guests at all"
                                             : "the capabilities document has no guests of that architecture";
}

static char *
join_types(const QemuHostGuests *guests)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < guests->types->len; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *) guests->types->pdata[i]);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Measured with 7.2 and nothing but QEMU, of which others are not known to do so; docs/migration.md tells more. */
static gboolean
loses_writes(const QemuJudgement *judgement)
{
    return !judgement->engine->driver->accelerator->kvm && judgement->offer->version / 1000 == LOSING_VERSION &&
           judgement->running->memory_kib % LOSING_MULTIPLE_KIB == 0;
}

void
qemu_judge_accelerator(QemuJudgement *judgement)
{
    const char *type = judgement->definition->type;
    const char *place = qemu_judgement_place(judgement);
    const QemuHostGuests *guests = judgement->guests;
    g_autofree char *types = guests ? join_types(guests) : NULL;
    QemuVerdict *verdict;

    if (!guests && !judgement->host->here) {
        verdict = qemu_judgement_add(judgement, judgement->host->guests->len ? MORTISE_VERDICT_BAD
                                                                             : MORTISE_VERDICT_UNKNOWN,
                                     "accelerator", "domain/@type", NULL, "%s", reason_without_document(judgement));
    } else if (!guests) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "accelerator", "domain/devices/emulator",
                                     "Install QEMU for this architecture.", "%s has no emulator for %s guests", place,
                                     judgement->architecture);
    } else if (!qemu_host_guests_have(guests, type)) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "accelerator", "domain/@type",
                                     "Choose a host where that accelerator can be used; 'mortise doctor' says why not.",
                                     "%s runs no domains of type '%s' for %s", place, type, judgement->architecture);
    } else if (loses_writes(judgement)) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, "accelerator", "domain/memory",
                                     "Suspend it for the migration, or give it the bandwidth for one pass.",
                                     "%s runs domains of type '%s' for %s, but QEMU 7.2 overlooks under TCG what this "
                                     "guest writes after the first pass over its memory", place, type,
                                     judgement->architecture);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "accelerator", "domain/@type", NULL,
                                     "%s runs domains of type '%s' for %s", place, type, judgement->architecture);
    }
    qemu_verdict_compare(verdict, g_strdup(type), g_steal_pointer(&types));
}

static const QemuMachineType *
find_machine(const QemuHostGuests *guests, const char *name)
{
    for (guint i = 0; guests && i < guests->known->machines->len; i++) {
        const QemuMachineType *machine = guests->known->machines->pdata[i];
        if (g_strcmp0(machine->name, name) == 0 || g_strcmp0(machine->alias, name) == 0) {
            return machine;
        }
    }
    return NULL;
}

void
qemu_judge_machine(QemuJudgement *judgement)
{
    const char *name = judgement->definition->os.machine;
    const QemuHostGuests *guests = judgement->guests;
    const QemuMachineType *machine = find_machine(guests, name);
    const char *place = qemu_judgement_place(judgement);
    QemuVerdict *verdict;

    if (!name) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "machine-type", "domain/os/type/@machine",
                                     "Name the machine type with its version.", "the XML names no machine type");
    } else if (machine) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "machine-type", "domain/os/type/@machine", NULL,
                                     "the machine type %s is known to %s", name, place);
    } else if (guests && guests->known->machines->len > 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "machine-type", "domain/os/type/@machine",
                                     "Update QEMU there, or start the domain with a machine type that both have.",
                                     "the machine type %s is not known to %s", name, place);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "machine-type", "domain/os/type/@machine",
                                     NULL, "nothing tells which machine types %s has", place);
    }
    qemu_verdict_compare(verdict, g_strdup(name), machine ? g_strdup(machine->name) : NULL);
}

/* What could be had now without swapping; 0: not known. */
static guint64
available_memory_kib(void)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL)) {
        return 0;
    }
    line = strstr(text, "MemAvailable:");
    return line ? g_ascii_strtoull(line + strlen("MemAvailable:"), NULL, 10) : 0;
}

void
qemu_judge_memory(QemuJudgement *judgement)
{
    const guint64 needed = judgement->definition->memory_kib;
    const guint64 total = judgement->host->memory_kib;
    const guint64 available = judgement->host->here ? available_memory_kib() : 0;
    const char *place = qemu_judgement_place(judgement);
    QemuVerdict *verdict;

    if (total == 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "memory", "domain/memory", NULL,
                                     "nothing tells how much memory %s has", place);
    } else if (needed > total) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "memory", "domain/memory", "Choose a larger host.",
                                     "the guest has more memory than %s", place);
    } else if (available > 0 && needed > available) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, "memory", "domain/memory",
                                     "End something there before.",
                                     "%s has enough memory, but only %" G_GUINT64_FORMAT " KiB of it are free now",
                                     place, available);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "memory", "domain/memory", NULL,
                                     "%s has enough memory", place);
    }
    qemu_verdict_compare(verdict, g_strdup_printf("%" G_GUINT64_FORMAT " KiB", needed),
                         total ? g_strdup_printf("%" G_GUINT64_FORMAT " KiB", total) : NULL);
}

void
qemu_judge_vcpus(QemuJudgement *judgement)
{
    const guint needed = judgement->definition->maximum_vcpus;
    const QemuMachineType *machine = find_machine(judgement->guests, judgement->definition->os.machine);
    const guint most = machine ? machine->maximum_vcpus : 0;
    const guint64 cpus = judgement->host->cpus;
    const char *place = qemu_judgement_place(judgement);
    QemuVerdict *verdict;

    if (most == 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "vcpus", "domain/vcpu", NULL,
                                     "nothing tells how many vCPUs that machine type has on %s", place);
    } else if (needed > most) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "vcpus", "domain/vcpu", NULL,
                                     "the guest may have %u vCPUs, and the machine type has %u on %s", needed, most,
                                     place);
    } else if (cpus > 0 && judgement->definition->current_vcpus > cpus) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, "vcpus", "domain/vcpu", "It will run slower.",
                                     "the guest has %u vCPUs, and %s has %" G_GUINT64_FORMAT " CPUs",
                                     judgement->definition->current_vcpus, place, cpus);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "vcpus", "domain/vcpu", NULL,
                                     "the machine type has up to %u vCPUs on %s", most, place);
    }
    qemu_verdict_compare(verdict, g_strdup_printf("%u", needed), most ? g_strdup_printf("%u", most) : NULL);
}

/* "pc-i440fx-7.2": it is the same hardware in every QEMU that knows it. */
static gboolean
is_versioned(const char *machine)
{
    const char *version = machine ? strrchr(machine, '-') : NULL;
    const gsize digits = version ? strspn(version + 1, "0123456789") : 0;

    return digits > 0 && version[1 + digits] == '.' && g_ascii_isdigit(version[2 + digits]);
}

void
qemu_judge_version(QemuJudgement *judgement)
{
    const guint here = judgement->offer->version;
    const guint there = judgement->guests && judgement->guests->told ? judgement->guests->known->version : 0;
    const char *machine = judgement->definition->os.machine ? judgement->definition->os.machine : "its machine type";
    const gboolean versioned = is_versioned(judgement->definition->os.machine);
    QemuVerdict *verdict;

    if (here == 0 || there == 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "qemu-version", NULL, NULL,
                                     "the QEMU version of the %s is not known", here == 0 ? "source" : "destination");
    } else if (here == there) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "qemu-version", NULL, NULL,
                                     "both have the same QEMU");
    } else if (there > here && versioned) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "qemu-version", NULL, NULL,
                                     "the destination's QEMU is newer, and %s is the same machine there", machine);
    } else if (versioned) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, "qemu-version", NULL,
                                     "Update QEMU there before, or try: a refusal leaves the guest where it is.",
                                     "the destination's QEMU is older: %s is the same machine there, but a device may "
                                     "send a state that the older one does not know", machine);
    } else if (there > here) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_WARNING, "qemu-version", NULL,
                                     "Try: a refusal leaves the guest where it is.",
                                     "the destination's QEMU is newer, and %s has no version: its hardware may differ",
                                     machine);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "qemu-version", NULL,
                                     "Update QEMU there to the source's version.",
                                     "the destination's QEMU is older, and %s has no version that would keep its "
                                     "hardware the same", machine);
    }
    qemu_verdict_compare(verdict, qemu_version_text(here), qemu_version_text(there));
}

typedef struct {
    uint32_t flag;
    const char *capability;
} Needed;

static const Needed needed_capabilities[] = {
    {MORTISE_MIGRATE_AUTO_CONVERGE, "auto-converge"},
    {MORTISE_MIGRATE_POSTCOPY, "postcopy-ram"},
    {MORTISE_MIGRATE_MULTIFD, "multifd"},
};

static gboolean
lacks(char *const *known, const char *capability)
{
    return known && !g_strv_contains((const char *const *) known, capability);
}

static void
judge_capability(QemuJudgement *judgement, const char *capability, char *const *destination)
{
    char *const *source = judgement->offer->migration;
    QemuVerdict *verdict;

    if (lacks(source, capability) || lacks(destination, capability)) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "migration-capabilities", capability,
                                     "Leave that option away, or update QEMU.", "the QEMU of the %s has no %s",
                                     lacks(source, capability) ? "source" : "destination", capability);
    } else if (!source || !destination) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "migration-capabilities", capability, NULL,
                                     "nothing tells whether the QEMU of the %s has %s",
                                     source ? "destination" : "source", capability);
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "migration-capabilities", capability, NULL,
                                     "both have %s", capability);
    }
    qemu_verdict_compare(verdict, g_strdup(!source ? "unknown" : lacks(source, capability) ? "no" : "yes"),
                         g_strdup(!destination ? "unknown" : lacks(destination, capability) ? "no" : "yes"));
}

void
qemu_judge_migration(QemuJudgement *judgement)
{
    const QemuHostGuests *guests = judgement->guests;
    char *const *destination = guests && guests->told ? guests->known->migration : NULL;
    gboolean asked = FALSE;

    for (guint i = 0; i < G_N_ELEMENTS(needed_capabilities); i++) {
        if (judgement->flags & needed_capabilities[i].flag) {
            judge_capability(judgement, needed_capabilities[i].capability, destination);
            asked = TRUE;
        }
    }
    if (!asked) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "migration-capabilities", NULL, NULL,
                                  "nothing is asked for that every QEMU does not have");
    }
}

/* What keeps any start there, as far as the XML alone tells; and whether it is still the guest that runs. */
void
qemu_judge_definition(QemuJudgement *judgement)
{
    const QemuAccelerator *accelerator = judgement->engine->driver->accelerator;
    const QemuCommandContext context = {
        .domain_type = accelerator->domain_type,
        .accelerator = accelerator->accelerator,
        .kvm = accelerator->kvm,
        .host_architecture = judgement->host->architecture ? judgement->host->architecture : judgement->architecture,
        .emulator = judgement->guests && judgement->guests->emulator ? judgement->guests->emulator : "qemu",
    };
    g_autoptr(DomainFindings) findings = qemu_command_check(judgement->definition, &context, FALSE);
    const char *what = judgement->replaced ? qemu_judge_difference(judgement->running, judgement->definition) : NULL;

    if (judgement->host->here) {
        qemu_engine_check_cpus(judgement->definition, findings);
    }
    for (guint i = 0; i < domain_findings_count(findings); i++) {
        const DomainFinding *finding = domain_findings_at(findings, i);
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "definition", finding->path, finding->hint,
                                  "line %u of the XML: %s", finding->line, finding->message);
    }
    if (what) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "definition", NULL,
                                  "Begin with the live XML of the domain and change paths and names only.",
                                  "the XML for the destination is another machine: %s differs", what);
    } else if (domain_findings_count(findings) == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "definition", NULL, NULL,
                                  "the XML is understood whole");
    }
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where vCPUs and the emulator run: as the definition says at the start, and changed while the guest runs.
#include "domain-text.h"
#include "driver-host.h"
#include "host-cpus.h"
#include "qemu-affinity.h"
#include "qemu-engine-private.h"
#include "qemu-engine-vcpu.h"

/*
 * Who is the emulator: every thread of its process that is no vCPU's own. Where vCPUs share a thread, that one belongs
 * to the emulator, since it can be moved for all of them or not at all.
 */

static gboolean
set_one(gint64 process, gint64 thread, const DomainCpus *cpus, DriverFailure **failure)
{
    g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(gint64));

    (void) g_array_append_val(threads, thread);
    return qemu_affinity_set(process, threads, cpus, failure);
}

static gboolean
is_pinned(const DomainDefinition *definition)
{
    return definition->cpus || definition->emulator_cpus || definition->vcpu_pins->len > 0;
}

/* Line of what gives it its CPUs. */
static guint
line_of(const DomainDefinition *definition, guint vcpu)
{
    const DomainVcpuPin *pin = domain_definition_vcpu_pin(definition, vcpu);

    if (vcpu == DOMAIN_TEXT_EMULATOR) {
        return definition->emulator_cpus ? definition->emulator_cpus_line : definition->vcpus_line;
    }
    return pin ? pin->line : definition->vcpus_line;
}

static void
name_element(const DomainDefinition *definition, guint vcpu, DriverFailure **failure)
{
    if (*failure) {
        const gboolean own = vcpu == DOMAIN_TEXT_EMULATOR ? definition->emulator_cpus != NULL
                                                          : domain_definition_vcpu_pin(definition, vcpu) != NULL;
        driver_failure_prefix(*failure, "line %u, domain/%s: ", line_of(definition, vcpu),
                              !own ? "vcpu/@cpuset" : vcpu == DOMAIN_TEXT_EMULATOR ? "cputune/emulatorpin"
                                                                                   : "cputune/vcpupin");
    }
}

/* A set that was checked when the guest was started, or FALSE when there is none. */
static gboolean
read_cpus(const char *text, DomainCpus *cpus)
{
    g_autofree char *wrong = text ? domain_cpus_parse(text, cpus) : NULL;

    return text && !wrong;
}

static gboolean
refuse_pin(const DomainDefinition *definition, const QemuVcpuReport *report, DriverFailure **failure)
{
    const DomainVcpuPin *pin = g_ptr_array_index(definition->vcpu_pins, 0);

    driver_failure_set(failure, "element-unsupported", "domain/cputune/vcpupin",
                       "Remove <vcpupin>; <emulatorpin> and <vcpu cpuset> confine the guest as a whole.",
                       "line %u, domain/cputune/vcpupin: %s", pin->line, report->verdict.reason);
    return FALSE;
}

static gboolean
begin_vcpus(const DomainDefinition *definition, const QemuVcpuReport *report, gint64 process, DriverFailure **failure)
{
    for (guint i = 0; report->verdict.pinnable && i < report->seen->len; i++) {
        const QemuVcpuSeen *vcpu = &g_array_index(report->seen, QemuVcpuSeen, i);
        DomainCpus cpus;

        if (read_cpus(domain_definition_cpus(definition, vcpu->id), &cpus) &&
            !set_one(process, vcpu->thread, &cpus, failure)) {
            name_element(definition, vcpu->id, failure);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
qemu_pins_begin(const DomainDefinition *definition, const QemuVcpuReport *report, QemuRecord *record,
                DriverFailure **failure)
{
    const gint64 process = record->emulator.pid;
    g_autoptr(GArray) own = qemu_vcpu_own_threads(report);
    DomainCpus cpus;

    if (qemu_affinity_read(process, &cpus)) {
        record->affinity = domain_cpus_to_text(&cpus);
    }
    if (!is_pinned(definition)) {
        return TRUE;
    }
    if (definition->vcpu_pins->len > 0 && !report->verdict.pinnable) {
        return refuse_pin(definition, report, failure);
    }
    if (!begin_vcpus(definition, report, process, failure)) {
        return FALSE;
    }
    if (read_cpus(domain_definition_cpus(definition, DOMAIN_TEXT_EMULATOR), &cpus) &&
        !qemu_affinity_set_others(process, own, &cpus, failure)) {
        name_element(definition, DOMAIN_TEXT_EMULATOR, failure);
        return FALSE;
    }
    return TRUE;
}

/* Where a vCPU or the emulator belongs: as defined, else where the emulator began. */
static gboolean
home_of(const DomainDefinition *definition, const QemuRecord *record, guint vcpu, DomainCpus *cpus)
{
    const char *said = definition ? domain_definition_cpus(definition, vcpu) : NULL;

    return read_cpus(said ? said : record->affinity, cpus);
}

gboolean
qemu_pins_renew(const DomainDefinition *definition, const QemuVcpuReport *before, const QemuVcpuReport *after,
                const QemuRecord *record, DriverFailure **failure)
{
    const gint64 process = record->emulator.pid;
    const gboolean was_own = before->verdict.pinnable;
    gboolean good = TRUE;
    DomainCpus cpus;

    if (!after->verdict.pinnable) {
        // What was a vCPU's own thread is the emulator's now.
        g_autoptr(GArray) threads = qemu_vcpu_own_threads(before);
        return !was_own || !home_of(definition, record, DOMAIN_TEXT_EMULATOR, &cpus) ||
               qemu_affinity_set(process, threads, &cpus, failure);
    }
    for (guint i = 0; i < after->seen->len; i++) {
        const QemuVcpuSeen *vcpu = &g_array_index(after->seen, QemuVcpuSeen, i);
        const gboolean known = was_own && qemu_vcpu_find(before, vcpu->id) >= 0;
        // A new thread has the affinity of the one that made it, which is the emulator's.
        if (!known && home_of(definition, record, vcpu->id, &cpus)) {
            good &= set_one(process, vcpu->thread, &cpus, failure);
        }
    }
    return good;
}

/* One pin on its way. */
typedef struct {
    QemuDomain *domain;
    QemuGuest *guest;
    QmpClient *client;
    DomainDefinition *live;
    QemuVcpuReport report;
    guint vcpu;
    DomainCpus cpus;
} Pin;

static void
pin_clear(Pin *pin)
{
    g_clear_pointer(&pin->guest, qemu_guest_unref);
    g_clear_pointer(&pin->client, qmp_client_unref);
    g_clear_pointer(&pin->live, domain_definition_free);
    qemu_vcpu_report_clear(&pin->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pin, pin_clear)

static gboolean
look(Pin *pin, DriverFailure **failure)
{
    const QemuDriver *driver = pin->domain->engine->driver;

    return qemu_domain_borrow(pin->domain, &pin->guest, &pin->client, failure) &&
           qemu_vcpu_report_make(pin->client, pin->guest->record->emulator.pid, qemu_engine_deadline(driver),
                                 &pin->report, failure);
}

/* The set that is asked for; without one, what there would be without a pin. */
static gboolean
choose(Pin *pin, const char *cpus, DriverFailure **failure)
{
    const QemuRecord *record = pin->guest->record;
    const char *free_set;

    if (cpus) {
        return host_cpus_parse(cpus, pin->domain->name, &pin->cpus, failure);
    }
    pin->live = qemu_domain_live_definition(pin->domain, pin->guest);
    free_set = pin->live && pin->live->cpus ? pin->live->cpus : record->affinity;
    if (!read_cpus(free_set, &pin->cpus) && !host_cpus_online(&pin->cpus)) {
        driver_failure_set(failure, "host-unsupported", pin->domain->name, "Name the CPUs that it may run on.",
                           "Nobody knows which CPUs %s began with.", pin->domain->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
require_vcpu(const Pin *pin, DriverFailure **failure)
{
    const guint maximum = MAX(pin->guest->record->maximum_vcpus, pin->report.seen->len);

    if (pin->vcpu == DOMAIN_TEXT_EMULATOR) {
        return TRUE;
    }
    if (pin->vcpu >= maximum && qemu_vcpu_find(&pin->report, pin->vcpu) < 0) {
        driver_failure_set(failure, "invalid-argument", pin->domain->name, NULL,
                           "%s has vCPUs 0 to %u, and %u is none of them", pin->domain->name, maximum - 1, pin->vcpu);
        return FALSE;
    }
    if (!pin->report.verdict.pinnable) {
        driver_failure_set(failure, "unsupported", pin->domain->name,
                           "emulatorpin moves the guest as a whole.", "%s", pin->report.verdict.reason);
        return FALSE;
    }
    return TRUE;
}

static gboolean
move(const Pin *pin, DriverFailure **failure)
{
    const gint64 process = pin->guest->record->emulator.pid;
    gint index;

    if (pin->vcpu == DOMAIN_TEXT_EMULATOR) {
        g_autoptr(GArray) own = qemu_vcpu_own_threads(&pin->report);
        return qemu_affinity_set_others(process, own, &pin->cpus, failure);
    }
    // One that is not plugged gets its pin when it is.
    index = qemu_vcpu_find(&pin->report, pin->vcpu);
    return index < 0 ||
           set_one(process, g_array_index(pin->report.seen, QemuVcpuSeen, index).thread, &pin->cpus, failure);
}

MortiseResult
qemu_engine_vcpu_pin(void *domain, uint32_t vcpu, const char *cpus)
{
    g_auto(Pin) pin = {.domain = domain, .vcpu = vcpu == MORTISE_VCPU_EMULATOR ? DOMAIN_TEXT_EMULATOR : vcpu};
    const QemuLiveChange change = {.pinned = TRUE, .vcpu = pin.vcpu, .cpus = cpus};
    DriverFailure *failure = NULL;

    if (!look(&pin, &failure) || !require_vcpu(&pin, &failure) || !choose(&pin, cpus, &failure) ||
        !move(&pin, &failure) || !qemu_domain_change_live(pin.domain, pin.guest, &change, &failure)) {
        return qemu_engine_fail(pin.domain->engine->driver, failure);
    }
    return MORTISE_OK;
}

MortiseResult
qemu_engine_vcpu_pins(void *domain, MortiseSink *pins)
{
    g_auto(Pin) pin = {.domain = domain};
    const QemuDriver *driver = pin.domain->engine->driver;
    g_autofree char *emulator = NULL;
    DriverFailure *failure = NULL;

    if (!look(&pin, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    for (guint i = 0; pin.report.verdict.pinnable && i < pin.report.seen->len; i++) {
        const QemuVcpuSeen *vcpu = &g_array_index(pin.report.seen, QemuVcpuSeen, i);
        driver_host_pin(driver->host, pins, vcpu->id, vcpu->seen->affinity);
    }
    if (qemu_affinity_read(pin.guest->record->emulator.pid, &pin.cpus)) {
        emulator = domain_cpus_to_text(&pin.cpus);
    }
    driver_host_pin(driver->host, pins, MORTISE_VCPU_EMULATOR, emulator);
    return MORTISE_OK;
}

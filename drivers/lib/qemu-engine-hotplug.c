// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Plugging and unplugging vCPUs of a running guest.
#include <string.h>

#include "qemu-engine-private.h"
#include "qemu-engine-vcpu.h"
#include "qemu-monitor-hotplug.h"

/* Kept of the call's time for what comes after a guest that has not answered. */
#define REMAINDER_LEAST (G_USEC_PER_SEC / 20)
#define REMAINDER_MOST G_USEC_PER_SEC

/* One change of the number on its way. */
typedef struct {
    QemuDomain *domain;
    const QemuDriver *driver;
    QemuGuest *guest;
    QmpClient *client;
    gint64 deadline;
    QemuVcpuReport before;
    GPtrArray *places;         /* QemuVcpuPlace */
    guint count;               /* vCPUs that there are now */
} Hotplug;

static void
hotplug_clear(Hotplug *hotplug)
{
    g_clear_pointer(&hotplug->guest, qemu_guest_unref);
    g_clear_pointer(&hotplug->client, qmp_client_unref);
    g_clear_pointer(&hotplug->places, g_ptr_array_unref);
    qemu_vcpu_report_clear(&hotplug->before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hotplug, hotplug_clear)

/* QEMU's own refusal becomes one that says what is not possible; whatever else went wrong stays as it is. */
static gboolean
translate(DriverFailure *cause, const char *domain, const char *hint, const char *what, DriverFailure **failure)
{
    g_autoptr(DriverFailure) owned = cause;

    if (g_str_equal(cause->reason, "program-failed")) {
        driver_failure_set(failure, "unsupported", domain, hint, "%s: %s", what, cause->message);
    } else {
        driver_failure_propagate(failure, g_steal_pointer(&owned));
    }
    return FALSE;
}

static gboolean
find_places(Hotplug *hotplug, DriverFailure **failure)
{
    g_autoptr(JsonNode) value = NULL;
    DriverFailure *cause = NULL;

    if (!qmp_client_call(hotplug->client, "query-hotpluggable-cpus", NULL, hotplug->deadline, &value, &cause)) {
        return translate(cause, hotplug->domain->name, "Change the definition, for the next start.",
                         "This machine type has no vCPUs that come and go", failure);
    }
    hotplug->places = qemu_monitor_vcpu_places(value);
    return TRUE;
}

static gboolean
require_step(const Hotplug *hotplug, const QemuVcpuPlace *place, guint wanted, DriverFailure **failure)
{
    if (place->vcpus > wanted) {
        driver_failure_set(failure, "invalid-argument", hotplug->domain->name,
                           "Choose a number that is whole cores.",
                           "vCPUs of this machine come and go %u at a time.", place->vcpus);
    }
    return place->vcpus <= wanted;
}

static gboolean
plug(Hotplug *hotplug, guint count, DriverFailure **failure)
{
    for (guint i = 0; i < hotplug->places->len && hotplug->count < count; i++) {
        const QemuVcpuPlace *place = hotplug->places->pdata[i];
        DriverFailure *cause = NULL;

        if (place->path) {
            continue;
        }
        if (!require_step(hotplug, place, count - hotplug->count, failure)) {
            return FALSE;
        }
        if (!qmp_client_call(hotplug->client, "device_add", qemu_vcpu_place_arguments(place, i), hotplug->deadline,
                             NULL, &cause)) {
            return translate(cause, hotplug->domain->name, NULL, "Another vCPU cannot be plugged", failure);
        }
        hotplug->count += place->vcpus;
    }
    if (hotplug->count < count) {
        driver_failure_set(failure, "unsupported", hotplug->domain->name, NULL,
                           "The machine of %s has no place for %u vCPUs.", hotplug->domain->name, count);
    }
    return hotplug->count >= count;
}

static void
expect(QemuDomain *domain, const char *path)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->unplug = (QemuUnplug){.path = path};
}

/* Waits until the guest has answered; what it did is in the answer. FALSE when it did nothing. */
static gboolean
await_answer(QemuDomain *domain, gint64 deadline, QemuUnplug *answer)
{
    gboolean in_time = TRUE;

    // Asked first: the engine's lock comes before the domain's.
    while (in_time && !qemu_engine_is_interrupted(domain->engine)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        *answer = domain->unplug;
        if (answer->gone || answer->refused || domain->phase != QEMU_ACTIVE) {
            return TRUE;
        }
        in_time = driver_lock_wait(&domain->lock, deadline);
    }
    return FALSE;
}

static void
explain_silence(const Hotplug *hotplug, DriverFailure **failure)
{
    if (qemu_engine_is_interrupted(hotplug->domain->engine)) {
        driver_failure_set(failure, "cancelled", hotplug->domain->name, NULL, "The connection is being closed.");
        return;
    }
    driver_failure_set(failure, "guest-not-responding", hotplug->domain->name,
                       "It may still give it back, which will be noticed; a guest whose system has no CPU hotplug "
                       "never does.",
                       "The guest of %s was asked to give vCPU %u back, and has not done so in time.",
                       hotplug->domain->name, hotplug->count - 1);
}

/* Asks the guest for one device and waits for it. */
static gboolean
take_back(const Hotplug *hotplug, const char *path, DriverFailure **failure)
{
    DriverFailure *cause = NULL;
    QemuUnplug answer = {.path = NULL};

    // QEMU refuses a second request where the first is still open: then that one is waited for.
    if (!qmp_client_call(hotplug->client, "device_del", qmp_argument("id", path), hotplug->deadline, NULL, &cause) &&
        !strstr(cause->message, "already in the process of unplug")) {
        return translate(cause, hotplug->domain->name,
                         "An x86 machine needs <acpi/> and a guest system that has come up and knows CPU hotplug.",
                         "The guest cannot be asked for a vCPU", failure);
    }
    driver_failure_free(cause);
    if (!await_answer(hotplug->domain, hotplug->deadline, &answer)) {
        explain_silence(hotplug, failure);
    } else if (answer.refused) {
        driver_failure_set(failure, "resource-busy", hotplug->domain->name, "Look into the guest's own log.",
                           "The guest of %s was asked to give vCPU %u back, and refused.", hotplug->domain->name,
                           hotplug->count - 1);
    } else if (!answer.gone) {
        driver_failure_set(failure, "domain-inactive", hotplug->domain->name, NULL, "The guest of %s has ended.",
                           hotplug->domain->name);
    }
    return answer.gone;
}

static gboolean
unplug(Hotplug *hotplug, guint count, DriverFailure **failure)
{
    for (guint i = hotplug->places->len; i > 0 && hotplug->count > count; i--) {
        const QemuVcpuPlace *place = hotplug->places->pdata[i - 1];
        gboolean gone;

        if (!place->path) {
            continue;
        }
        if (!require_step(hotplug, place, hotplug->count - count, failure)) {
            return FALSE;
        }
        // Its answer may come before the call returns.
        expect(hotplug->domain, place->path);
        gone = take_back(hotplug, place->path, failure);
        expect(hotplug->domain, NULL);
        if (!gone) {
            return FALSE;
        }
        hotplug->count -= place->vcpus;
    }
    return TRUE;
}

/* What there is now is told, whatever was wanted, and threads are put where they belong. */
static gboolean
settle(Hotplug *hotplug, DriverFailure **failure)
{
    const guint known = hotplug->before.seen->len;
    g_auto(QemuVcpuReport) after = {.threads = NULL};
    g_autoptr(DomainDefinition) definition = NULL;
    g_autofree char *count = NULL;
    QemuLiveChange change;

    if (!qemu_vcpu_report_make(hotplug->client, hotplug->guest->record->emulator.pid,
                               qemu_engine_deadline(hotplug->driver), &after, failure)) {
        return FALSE;
    }
    hotplug->count = after.seen->len;
    if (hotplug->count == known) {
        return TRUE;
    }
    change = (QemuLiveChange){.vcpus = hotplug->count};
    if (!qemu_domain_change_live(hotplug->domain, hotplug->guest, &change, failure)) {
        return FALSE;
    }
    count = g_strdup_printf("%u", hotplug->count);
    hotplug->driver->host->domain_event(hotplug->domain->host, "vcpu-count", count);
    definition = qemu_domain_live_definition(hotplug->domain, hotplug->guest);
    return qemu_pins_renew(definition, &hotplug->before, &after, hotplug->guest->record, failure);
}

static gboolean
require_count(const Hotplug *hotplug, guint count, DriverFailure **failure)
{
    const guint maximum = MAX(hotplug->guest->record->maximum_vcpus, hotplug->count);

    if (count >= 1 && count <= maximum) {
        return TRUE;
    }
    driver_failure_set(failure, "invalid-argument", hotplug->domain->name,
                       "A higher maximum in the definition counts from the next start on.",
                       "%s can have 1 to %u vCPUs while it runs, and %u is none of these.", hotplug->domain->name,
                       maximum, count);
    return FALSE;
}

static gboolean
require_unplug(const Hotplug *hotplug, DriverFailure **failure)
{
    const char *refusal = hotplug->driver->accelerator->unplug_refusal;

    if (refusal) {
        driver_failure_set(failure, "unsupported", hotplug->domain->name,
                           "Change the definition, for the next start.", "%s", refusal);
    }
    return !refusal;
}

/* A vCPU that went before its place is filled again. */
static gboolean
require_plug(Hotplug *hotplug, DriverFailure **failure)
{
    const QemuAccelerator *accelerator = hotplug->driver->accelerator;
    guint most;

    {
        DRIVER_LOCK_SCOPE(&hotplug->domain->record_lock);
        most = hotplug->guest->record->most_vcpus;
    }
    if (hotplug->count >= most || !accelerator->replugs || accelerator->replugs()) {
        return TRUE;
    }
    driver_failure_set(failure, "host-unsupported", hotplug->domain->name,
                       "It gets them at its next start; a host with another kernel may do it at once.",
                       "vCPU %u was taken away from %s, and the kernel of this host does not let QEMU put one in its "
                       "place: the guest would end.",
                       hotplug->count, hotplug->domain->name);
    return FALSE;
}

static gboolean
begin(Hotplug *hotplug, DriverFailure **failure)
{
    const gint64 now = g_get_monotonic_time();
    const gint64 deadline = qemu_engine_deadline(hotplug->driver);

    hotplug->deadline = deadline - CLAMP((deadline - now) / 10, REMAINDER_LEAST, REMAINDER_MOST);
    if (!qemu_domain_borrow(hotplug->domain, &hotplug->guest, &hotplug->client, failure) ||
        !qemu_vcpu_report_make(hotplug->client, hotplug->guest->record->emulator.pid, hotplug->deadline,
                               &hotplug->before, failure)) {
        return FALSE;
    }
    hotplug->count = hotplug->before.seen->len;
    return TRUE;
}

static void
add_count(const Hotplug *hotplug, DriverFailure *failure)
{
    g_autofree char *message = failure->message;

    failure->message = g_strdup_printf("%s%s It has %u vCPU%s now.", message, g_str_has_suffix(message, ".") ? "" : ".",
                                       hotplug->count, hotplug->count == 1 ? "" : "s");
}

MortiseResult
qemu_engine_vcpu_set_count(void *domain, uint32_t count)
{
    QemuDomain *changed = domain;
    g_auto(Hotplug) hotplug = {.domain = changed, .driver = changed->engine->driver};
    DriverFailure *failure = NULL;
    gboolean good;

    if (!begin(&hotplug, &failure) || !require_count(&hotplug, count, &failure)) {
        return qemu_engine_fail(hotplug.driver, failure);
    }
    if (count == hotplug.count) {
        return MORTISE_OK;
    }
    if (!(count < hotplug.count ? require_unplug(&hotplug, &failure) : require_plug(&hotplug, &failure)) ||
        !find_places(&hotplug, &failure)) {
        return qemu_engine_fail(hotplug.driver, failure);
    }
    good = count > hotplug.count ? plug(&hotplug, count, &failure) : unplug(&hotplug, count, &failure);
    good &= settle(&hotplug, &failure);
    if (!good && qemu_domain_is_active(changed)) {
        add_count(&hotplug, failure);
    }
    return good ? MORTISE_OK : qemu_engine_fail(hotplug.driver, failure);
}

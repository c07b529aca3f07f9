// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Making an offer: what the source knows of a guest, and what keeps it from moving.
#include "qemu-migration-offer.h"

#include "driver-json.h"
#include "qemu-capabilities.h"
#include "qemu-monitor.h"

/* What the guest's QEMU is asked; all in one go. */
typedef struct {
    JsonNode *blocked;
    JsonNode *migration;
    JsonNode *expanded;
    JsonNode *missing;
    JsonArray *refusals;       /* NULL: the first one is the end */
} Answers;

static void
answers_clear(Answers *answers)
{
    g_clear_pointer(&answers->blocked, json_node_unref);
    g_clear_pointer(&answers->migration, json_node_unref);
    g_clear_pointer(&answers->expanded, json_node_unref);
    g_clear_pointer(&answers->missing, json_node_unref);
    g_clear_pointer(&answers->refusals, json_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answers, answers_clear)

static gboolean
require_unblocked(const QemuDomain *domain, JsonNode *status, DriverFailure **failure)
{
    JsonArray *reasons = driver_json_array_member(driver_json_object(status), "blocked-reasons");
    g_auto(GStrv) words = driver_json_strings(reasons);
    g_autofree char *all = g_strjoinv("; ", words);

    if (!*words) {
        return TRUE;
    }
    driver_failure_set(failure, "host-unsupported", domain->name,
                       "Take away what is named, or shut the domain down and move its definition alone.",
                       "%s cannot be migrated as it stands, its emulator says: %s.", domain->name, all);
    return FALSE;
}

/* An offer that is there to be judged has what is in the way written down, for all else is to be told as well. */
static gboolean
write_down(Answers *answers, DriverFailure **failure)
{
    if (!answers->refusals || !failure || !*failure) {
        return FALSE;
    }
    json_array_add_string_element(answers->refusals, (*failure)->message);
    json_array_add_string_element(answers->refusals, (*failure)->hint ? (*failure)->hint : "");
    g_clear_pointer(failure, driver_failure_free);
    return TRUE;
}

static JsonObject *
properties_of(const DomainDefinition *definition)
{
    const DomainCpu *cpu = &definition->cpu;
    JsonObject *properties = json_object_new();

    for (guint i = 0; i < cpu->features->len; i++) {
        const DomainCpuFeature *feature = cpu->features->pdata[i];
        json_object_set_boolean_member(properties, feature->name, feature->policy != DOMAIN_CPU_FEATURE_DISABLE);
    }
    if (cpu->migratable != DOMAIN_SWITCH_DEFAULT) {
        json_object_set_boolean_member(properties, "migratable", cpu->migratable == DOMAIN_SWITCH_ON);
    }
    return properties;
}

static JsonObject *
unavailable_of(const char *path)
{
    JsonObject *arguments = qmp_argument("path", path);

    json_object_set_string_member(arguments, "property", "unavailable-features");
    return arguments;
}

/* The other side starts its emulator with so many vCPUs, which are the first ones. */
static gboolean
require_first(const QemuDomain *domain, const GPtrArray *cpus, DriverFailure **failure)
{
    for (guint i = 0; i < cpus->len; i++) {
        const QemuMonitorCpu *cpu = cpus->pdata[i];
        if (cpu->id >= cpus->len) {
            driver_failure_set(failure, "host-unsupported", domain->name,
                               "Plug another one with 'mortise setvcpus --live': it gets the first place that is free.",
                               "%s has %u vCPU%s, and number %u is one of them: at the other side it would have the "
                               "first %u.", domain->name, cpus->len, cpus->len == 1 ? "" : "s", cpu->id, cpus->len);
            return FALSE;
        }
    }
    return TRUE;
}

/* What the guest's CPUs have; both are left out where the architecture's QEMU does not tell. */
static void
ask_cpu(QmpClient *client, const DomainDefinition *definition, const GPtrArray *cpus, gint64 deadline,
        Answers *answers)
{
    const char *model = qemu_offer_model(definition);
    QmpRequest *expanded;

    if (!model || cpus->len == 0) {
        return;
    }
    expanded = qmp_client_send(client, "query-cpu-model-expansion",
                               qemu_capabilities_expansion(model, properties_of(definition)));
    (void) qmp_client_call(client, "qom-get", unavailable_of(((const QemuMonitorCpu *) cpus->pdata[0])->path), deadline,
                           &answers->missing, NULL);
    (void) qmp_request_wait(expanded, deadline, &answers->expanded, NULL);
}

static gboolean
ask(const QemuDomain *domain, QmpClient *client, const DomainDefinition *definition, Answers *answers,
    DriverFailure **failure)
{
    const gint64 deadline = qemu_engine_deadline(domain->engine->driver);
    g_autoptr(GPtrArray) cpus = NULL;
    g_autoptr(JsonNode) list = NULL;

    if (!qmp_client_call(client, "query-migrate", NULL, deadline, &answers->blocked, failure) ||
        (!require_unblocked(domain, answers->blocked, failure) && !write_down(answers, failure)) ||
        !qmp_client_call(client, "query-cpus-fast", NULL, deadline, &list, failure)) {
        return FALSE;
    }
    cpus = qemu_monitor_cpus(list);
    if (!require_first(domain, cpus, failure) && !write_down(answers, failure)) {
        return FALSE;
    }
    (void) qmp_client_call(client, "query-migrate-capabilities", NULL, deadline, &answers->migration, NULL);
    ask_cpu(client, definition, cpus, deadline, answers);
    return TRUE;
}

/* What the guest's QEMU has answered. */
static JsonObject *
describe_source(QmpClient *client, const DomainDefinition *definition, const Answers *answers)
{
    g_auto(GStrv) features = answers->missing ? qemu_capabilities_expanded(answers->expanded) : NULL;
    g_auto(GStrv) missing = qemu_monitor_strings(answers->missing);
    g_auto(GStrv) migration = qemu_capabilities_migration(answers->migration);

    return qemu_offer_describe_source(qmp_client_version(client), definition, features, missing, migration);
}

static char *
write_offer(QemuDomain *domain, QmpClient *client, DomainDefinition *definition, const QemuRecord *record,
            const Answers *answers)
{
    g_autoptr(JsonNode) root = qemu_offer_begin(domain);
    JsonObject *object = json_node_get_object(root);
    g_auto(GStrv) missing = qemu_monitor_strings(answers->missing);
    g_autofree char *xml = NULL;
    JsonArray *disks;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        json_object_set_boolean_member(object, "running", domain->state.state == MORTISE_STATE_RUNNING);
    }
    json_object_set_object_member(object, "source", describe_source(client, definition, answers));
    disks = qemu_offer_describe_disks(definition);
    qemu_migration_describe_images(client, qemu_engine_deadline(domain->engine->driver), disks);
    json_object_set_array_member(object, "disks", disks);
    json_object_set_array_member(object, "files", qemu_offer_describe_files(definition));
    if (answers->refusals && json_array_get_length(answers->refusals) > 0) {
        json_object_set_array_member(object, "refusals", json_array_ref(answers->refusals));
    }
    xml = qemu_offer_migratable_xml(definition, record->tsc_given, missing);
    json_object_set_string_member(object, "xml", xml ? xml : definition->text);
    return json_to_string(root, FALSE);
}

char *
qemu_offer_make(QemuDomain *domain, gboolean to_check, DriverFailure **failure)
{
    g_auto(Answers) answers = {.refusals = to_check ? json_array_new() : NULL};
    g_autoptr(DomainDefinition) definition = NULL;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;

    if (!qemu_domain_borrow(domain, &guest, NULL, failure)) {
        return NULL;
    }
    definition = qemu_domain_live_definition(domain, guest);
    if (!definition) {
        driver_failure_set(failure, "state-unknown", domain->name, "Shut it down and start it again.",
                           "What %s runs with is not known any more, so it cannot be offered to anybody.",
                           domain->name);
        return NULL;
    }
    // Whoever judges it finds that by itself.
    if (!to_check && !qemu_offer_require_frequency(domain, definition, guest->record->tsc_given, failure)) {
        return NULL;
    }
    g_clear_pointer(&guest, qemu_guest_unref);
    if (!qemu_domain_borrow(domain, &guest, &client, failure) ||
        !ask(domain, client, definition, &answers, failure)) {
        return NULL;
    }
    return write_offer(domain, client, definition, guest->record, &answers);
}

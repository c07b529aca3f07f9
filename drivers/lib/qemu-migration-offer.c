// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Making an offer: what the source knows of a guest, and what keeps it from moving.
#include "qemu-migration-offer.h"

#include <string.h>

#include "domain-units.h"
#include "domain-xml.h"
#include "qemu-capabilities.h"
#include "qemu-command-machine.h"
#include "qemu-live-xml-tree.h"
#include "qemu-monitor.h"
#include "qmp-json.h"

/* What the guest's QEMU is asked; all in one go. */
typedef struct {
    JsonNode *blocked;
    JsonNode *migration;
    JsonNode *expanded;
    JsonNode *missing;
} Answers;

static void
answers_clear(Answers *answers)
{
    g_clear_pointer(&answers->blocked, json_node_unref);
    g_clear_pointer(&answers->migration, json_node_unref);
    g_clear_pointer(&answers->expanded, json_node_unref);
    g_clear_pointer(&answers->missing, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answers, answers_clear)

/* A guest with an invariant TSC must find the same frequency again, and so has to say which one it wants. */
static gboolean
require_frequency(const QemuDomain *domain, const QemuRecord *record, const DomainDefinition *definition,
                  DriverFailure **failure)
{
    const DomainCpuFeature *feature = domain_definition_cpu_feature(definition, "invtsc");

    if (!domain->engine->driver->accelerator->kvm || record->tsc_given || !feature ||
        feature->policy == DOMAIN_CPU_FEATURE_DISABLE) {
        return TRUE;
    }
    driver_failure_set(failure, "host-unsupported", "tsc-frequency",
                       "Give it <clock><timer name='tsc' frequency='HZ'/></clock>, in Hz, and start it again; "
                       "'mortise tsc-common' finds a frequency that several hosts can run.",
                       "%s has the CPU feature invtsc and names no TSC frequency: nobody could promise it the same one "
                       "on another host.", domain->name);
    return FALSE;
}

static gboolean
require_unblocked(const QemuDomain *domain, JsonNode *status, DriverFailure **failure)
{
    JsonArray *reasons = qmp_json_array_member(qmp_json_object(status), "blocked-reasons");
    g_auto(GStrv) words = qmp_json_strings(reasons);
    g_autofree char *all = g_strjoinv("; ", words);

    if (!*words) {
        return TRUE;
    }
    driver_failure_set(failure, "host-unsupported", domain->name,
                       "Take away what is named, or shut the domain down and move its definition alone.",
                       "%s cannot be migrated as it stands, its emulator says: %s.", domain->name, all);
    return FALSE;
}

static const char *
model_of(const DomainDefinition *definition)
{
    switch (definition->cpu.mode) {
    case DOMAIN_CPU_CUSTOM:
        return definition->cpu.model;
    case DOMAIN_CPU_HOST_PASSTHROUGH:
        return "host";
    case DOMAIN_CPU_MAXIMUM:
        return "max";
    default:
        return qemu_usual_cpu(definition->os.architecture);
    }
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

/* What the guest's CPUs have; both are left out where the architecture's QEMU does not tell. */
static void
ask_cpu(QmpClient *client, const DomainDefinition *definition, gint64 deadline, Answers *answers)
{
    const char *model = model_of(definition);
    g_autoptr(GPtrArray) cpus = NULL;
    g_autoptr(JsonNode) list = NULL;
    QmpRequest *expanded;

    if (!model || !qmp_client_call(client, "query-cpus-fast", NULL, deadline, &list, NULL)) {
        return;
    }
    cpus = qemu_monitor_cpus(list);
    if (cpus->len == 0) {
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

    if (!qmp_client_call(client, "query-migrate", NULL, deadline, &answers->blocked, failure) ||
        !require_unblocked(domain, answers->blocked, failure)) {
        return FALSE;
    }
    (void) qmp_client_call(client, "query-migrate-capabilities", NULL, deadline, &answers->migration, NULL);
    ask_cpu(client, definition, deadline, answers);
    return TRUE;
}

static JsonArray *
array_of(char *const *words, const char *const *without)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; words[i]; i++) {
        if (!without || !g_strv_contains(without, words[i])) {
            json_array_add_string_element(array, words[i]);
        }
    }
    return array;
}

static JsonObject *
describe_source(QmpClient *client, guint64 tsc_frequency, const Answers *answers)
{
    JsonObject *object = json_object_new();
    g_auto(GStrv) features = qemu_capabilities_expanded(answers->expanded);
    g_auto(GStrv) missing = qemu_monitor_strings(answers->missing);
    g_auto(GStrv) migration = qemu_capabilities_migration(answers->migration);

    json_object_set_string_member(object, "hostname", g_get_host_name());
    json_object_set_int_member(object, "qemu_version", qmp_client_version(client));
    if (tsc_frequency > 0) {
        json_object_set_int_member(object, "tsc_khz", (gint64) (tsc_frequency / 1000));
    }
    if (features && answers->missing) {
        json_object_set_array_member(object, "cpu_features", array_of(features, (const char *const *) missing));
    }
    if (migration) {
        json_object_set_array_member(object, "migration_capabilities", array_of(migration, NULL));
    }
    return object;
}

static void
forget_frequency(xmlNode *clock)
{
    for (xmlNode *node = clock->children; node; node = node->next) {
        xmlChar *name = domain_xml_is(node, "timer") ? xmlGetNoNsProp(node, (const xmlChar *) "name") : NULL;
        if (g_strcmp0((const char *) name, "tsc") == 0) {
            qemu_live_unset(node, "frequency");
        }
        xmlFree(name);
    }
}

/* A default that only this side's version knows is written down. */
static void
name_model(xmlNode *root, const char *model)
{
    xmlNode *cpu = qemu_live_child(root, "cpu");
    xmlNode *node = qemu_live_child(cpu, "model");

    qemu_live_set(cpu, "mode", "custom");
    qemu_live_set_text(node, model);
}

static gboolean
is_feature(xmlNode *node, const char *name)
{
    xmlChar *value = domain_xml_is(node, "feature") ? xmlGetNoNsProp(node, (const xmlChar *) "name") : NULL;
    g_autofree char *given = value ? g_strdelimit(g_strdup((const char *) value), "_", '-') : NULL;

    xmlFree(value);
    return g_strcmp0(given, name) == 0;
}

/* What the model has and this host's guest has not: a host that could give it must not. */
static void
disable_missing(xmlNode *root, char *const *missing)
{
    xmlNode *cpu = qemu_live_child(root, "cpu");

    for (guint i = 0; missing[i]; i++) {
        xmlNode *node = cpu->children;
        while (node && !is_feature(node, missing[i])) {
            node = node->next;
        }
        if (!node && domain_plain_text(missing[i], "-._")) {
            node = qemu_live_add_child(cpu, "feature");
            qemu_live_set(node, "name", missing[i]);
        }
        if (node) {
            qemu_live_set(node, "policy", "disable");
        }
    }
}

/* The live XML without what belongs to this run. The definition's own tree is changed for it. */
static char *
migratable_xml(DomainDefinition *definition, gboolean tsc_given, char *const *missing)
{
    xmlNode *root = xmlDocGetRootElement(definition->document);

    qemu_live_unset(root, "id");
    if (!tsc_given && definition->clock.tsc_frequency > 0) {
        forget_frequency(qemu_live_child(root, "clock"));
    }
    if (definition->cpu.mode == DOMAIN_CPU_DEFAULT && model_of(definition)) {
        name_model(root, model_of(definition));
    }
    if (model_of(definition) && *missing) {
        disable_missing(root, missing);
    }
    return qemu_live_document_text(definition->document);
}

static char *
write_offer(QemuDomain *domain, QmpClient *client, DomainDefinition *definition, const QemuRecord *record,
            const Answers *answers)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    g_auto(GStrv) missing = qemu_monitor_strings(answers->missing);
    g_autofree char *xml = NULL;
    JsonArray *disks;

    json_node_take_object(root, object);
    json_object_set_int_member(object, "schema", QEMU_MIGRATION_SCHEMA);
    json_object_set_string_member(object, "uuid", domain->uuid);
    json_object_set_string_member(object, "name", domain->name);
    json_object_set_string_member(object, "boot", domain->engine->boot);
    {
        QMP_LOCK_SCOPE(&domain->lock);
        json_object_set_boolean_member(object, "running", domain->state.state == MORTISE_STATE_RUNNING);
    }
    json_object_set_object_member(object, "source",
                                  describe_source(client, definition->clock.tsc_frequency, answers));
    disks = qemu_offer_describe_disks(definition);
    qemu_migration_describe_images(client, qemu_engine_deadline(domain->engine->driver), disks);
    json_object_set_array_member(object, "disks", disks);
    json_object_set_array_member(object, "files", qemu_offer_describe_files(definition));
    xml = migratable_xml(definition, record->tsc_given, missing);
    json_object_set_string_member(object, "xml", xml ? xml : definition->text);
    return json_to_string(root, FALSE);
}

char *
qemu_offer_make(QemuDomain *domain, DriverFailure **failure)
{
    g_auto(Answers) answers = {NULL, NULL, NULL, NULL};
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
    if (!require_frequency(domain, guest->record, definition, failure)) {
        return NULL;
    }
    g_clear_pointer(&guest, qemu_guest_unref);
    if (!qemu_domain_borrow(domain, &guest, &client, failure) ||
        !ask(domain, client, definition, &answers, failure)) {
        return NULL;
    }
    return write_offer(domain, client, definition, guest->record, &answers);
}

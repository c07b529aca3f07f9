// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The destination's part: an emulator with the source's hardware that waits to be sent a guest.
#include "qemu-migration.h"

#include <string.h>

#include "domain-xml.h"
#include "driver-json.h"
#include "keeper/keeper-protocol.h"
#include "qemu-engine-start.h"
#include "qemu-live-xml-tree.h"
#include "qemu-migration-arrive.h"
#include "qemu-migration-judge.h"

/* Of sockaddr_un, with room to spare. */
#define SOCKET_PATH_LIMIT 100u
#define FIRST_PORT 49152u
#define PORTS 512u

static void
arrival_clear(QemuMigrationArrival *arrival)
{
    g_clear_pointer(&arrival->offer, json_node_unref);
    g_clear_pointer(&arrival->ticket, json_object_unref);
    g_free(arrival->host);
    g_free(arrival->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuMigrationArrival, arrival_clear)

static gboolean
refuse_offer(DriverFailure **failure, const char *why)
{
    driver_failure_set(failure, "invalid-argument", "offer", "Source and destination may be of different versions.",
                       "The source's offer cannot be used: %s.", why);
    return FALSE;
}

static gboolean
read_offer(QemuMigrationArrival *arrival, const char *text, DriverFailure **failure)
{
    JsonObject *offer;

    arrival->offer = driver_json_read(text, strlen(text));
    offer = driver_json_object(arrival->offer);
    if (!offer || driver_json_number(offer, "schema", 0) != QEMU_MIGRATION_SCHEMA) {
        return refuse_offer(failure, "it is not of this version's form");
    }
    if (!g_str_equal(driver_json_text(offer, "uuid", ""), arrival->domain->uuid)) {
        return refuse_offer(failure, "it is of another domain");
    }
    return driver_json_has(offer, "xml", G_TYPE_STRING) || refuse_offer(failure, "it has no definition");
}

/* "tcp:HOST", "tcp:HOST:PORT", "tcp:[ADDRESS]:PORT"; NULL and "unix": a socket in the run directory. */
static gboolean
read_transport(QemuMigrationArrival *arrival, const char *transport, DriverFailure **failure)
{
    const char *place = transport && g_str_has_prefix(transport, "tcp:") ? transport + strlen("tcp:") : NULL;
    const char *bracket = place && *place == '[' ? strchr(place, ']') : NULL;
    const char *colon = strchr(bracket ? bracket : place ? place : "", ':');
    guint64 port = 0;

    if (!transport || g_str_equal(transport, "unix")) {
        return TRUE;
    }
    if (place && *place && colon != place && strspn(place, "abcdefghijklmnopqrstuvwxyz"
                                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%") ==
                                                 strlen(place) &&
        (!colon || g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT16, &port, NULL))) {
        arrival->host = colon ? g_strndup(place, (gsize) (colon - place)) : g_strdup(place);
        arrival->port = g_strdup_printf("%u", (guint) port);
        return TRUE;
    }
    driver_failure_set(failure, "invalid-argument", "transport", "Use unix, tcp:HOST or tcp:HOST:PORT.",
                       "The transport '%s' is not understood.", transport);
    return FALSE;
}

/* The definition under the name that the domain has here; NULL when it is none, or of another domain. */
static char *
rename_definition(const QemuDomain *domain, const char *xml, DriverFailure **failure)
{
    const DomainXmlLimits limits = {DOMAIN_TEXT_LIMIT, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};
    g_autoptr(xmlDoc) document = domain_xml_load(xml, strlen(xml), &limits, "domain definition", failure);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;

    if (!root || !domain_xml_is(root, "domain")) {
        driver_failure_set(failure, "invalid-xml", "domain", NULL, "It is no domain definition.");
        return NULL;
    }
    qemu_live_unset(root, "id");
    qemu_live_set_text(qemu_live_child(root, "name"), domain->name);
    qemu_live_set_text(qemu_live_child(root, "uuid"), domain->uuid);
    return qemu_live_document_text(document);
}

/* Of a socket in the guest's directory, short enough for anybody to reach. */
static char *
socket_path(const QemuStart *start, const char *name)
{
    g_autofree char *path = g_build_filename(start->guest->directory.path, name, NULL);

    if (strlen(path) <= SOCKET_PATH_LIMIT) {
        return g_steal_pointer(&path);
    }
    return g_strdup_printf("/proc/%" G_GINT64_FORMAT "/fd/%d/%s", start->guest->record->keeper.pid,
                           KEEPER_FD_DIRECTORY, name);
}

/* The place that QEMU has found, when the port was left to it. */
static char *
listening_uri(const QemuMigrationArrival *arrival, QmpClient *client, DriverFailure **failure)
{
    g_autoptr(JsonNode) answer = NULL;
    JsonArray *places;
    const char *port = NULL;

    if (!qmp_client_call(client, "query-migrate", NULL, arrival->deadline, &answer, failure)) {
        return NULL;
    }
    places = driver_json_array_member(driver_json_object(answer), "socket-address");
    if (places && json_array_get_length(places) > 0) {
        port = driver_json_text(driver_json_object(json_array_get_element(places, 0)), "port", NULL);
    }
    if (!port) {
        driver_failure_set(failure, "monitor-reply", arrival->domain->name, "Name a port: tcp:HOST:PORT.",
                           "The emulator does not say at which port it listens.");
        return NULL;
    }
    return g_strdup_printf("tcp:%s:%s", arrival->host, port);
}

static gboolean
listen_for_memory(QemuStart *start, QemuMigrationArrival *arrival, DriverFailure **failure)
{
    g_autofree char *path = socket_path(start, QEMU_INCOMING_FILE);
    g_autofree char *uri = arrival->host ? g_strdup_printf("tcp:%s:%s", arrival->host, arrival->port)
                                         : g_strconcat("unix:", path, NULL);

    if (!qmp_client_call(start->client, "migrate-incoming", qmp_argument("uri", uri), arrival->deadline, NULL,
                         failure)) {
        return FALSE;
    }
    if (arrival->host && g_str_equal(arrival->port, "0")) {
        g_free(uri);
        uri = listening_uri(arrival, start->client, failure);
    }
    if (uri) {
        json_object_set_string_member(arrival->ticket, "uri", uri);
    }
    return uri != NULL;
}

static JsonObject *
server_address(const char *type, const char *first, const char *first_value, const char *second,
               const char *second_value)
{
    JsonObject *address = json_object_new();
    JsonObject *data = json_object_new();
    JsonObject *arguments = json_object_new();

    json_object_set_string_member(data, first, first_value);
    if (second) {
        json_object_set_string_member(data, second, second_value);
    }
    json_object_set_string_member(address, "type", type);
    json_object_set_object_member(address, "data", data);
    json_object_set_object_member(arguments, "addr", address);
    return arguments;
}

static void
write_copies_place(QemuMigrationArrival *arrival, const char *path, const char *port)
{
    JsonObject *place = json_object_new();

    json_object_set_string_member(place, "type", path ? "unix" : "inet");
    json_object_set_string_member(place, path ? "path" : "host", path ? path : arrival->host);
    if (port) {
        json_object_set_string_member(place, "port", port);
    }
    json_object_set_object_member(arrival->ticket, "nbd", place);
}

/* The first port that is free: QEMU does not tell which one it would have taken. */
static gboolean
serve_at_port(QemuStart *start, QemuMigrationArrival *arrival, DriverFailure **failure)
{
    const guint begin = g_random_int_range(0, PORTS);

    for (guint i = 0; i < PORTS; i++) {
        g_autofree char *port = g_strdup_printf("%u", FIRST_PORT + (begin + i) % PORTS);
        g_autoptr(DriverFailure) refused = NULL;

        if (qmp_client_call(start->client, "nbd-server-start",
                            server_address("inet", "host", arrival->host, "port", port), arrival->deadline, NULL,
                            &refused)) {
            write_copies_place(arrival, NULL, port);
            return TRUE;
        }
        if (!strstr(refused->message, "in use")) {
            driver_failure_propagate(failure, g_steal_pointer(&refused));
            return FALSE;
        }
    }
    driver_failure_set(failure, "resource-busy", arrival->host, "End something that listens there.",
                       "No port from %u to %u is free on %s.", FIRST_PORT, FIRST_PORT + PORTS - 1, arrival->host);
    return FALSE;
}

static gboolean
serve_copies(QemuStart *start, QemuMigrationArrival *arrival, DriverFailure **failure)
{
    g_autofree char *path = socket_path(start, QEMU_COPIES_FILE);

    if (arrival->host) {
        return serve_at_port(start, arrival, failure);
    }
    write_copies_place(arrival, path, NULL);
    return qmp_client_call(start->client, "nbd-server-start", server_address("unix", "path", path, NULL, NULL),
                           arrival->deadline, NULL, failure);
}

static void
describe_self(const QemuStart *start, QemuMigrationArrival *arrival)
{
    const QemuEngine *engine = start->engine;
    QemuMigrationRecord *record = start->migration;

    record->directory = g_strdup(start->guest->directory.name);
    json_object_set_int_member(arrival->ticket, "schema", QEMU_MIGRATION_SCHEMA);
    json_object_set_string_member(arrival->ticket, "uuid", start->domain->uuid);
    json_object_set_string_member(arrival->ticket, "where", g_get_host_name());
    json_object_set_string_member(arrival->ticket, "boot", engine->boot);
    json_object_set_string_member(arrival->ticket, "run_directory", engine->run_directory);
    json_object_set_string_member(arrival->ticket, "directory", record->directory);
    if (record->marker) {
        json_object_set_string_member(arrival->ticket, "marker", record->marker);
    }
    // What is kept of the guest from now on has the files that were made for it.
    qemu_migration_record_free(start->guest->record->migration);
    start->guest->record->migration = qemu_migration_record_copy(record);
}

static gboolean
receive(QemuStart *start, DriverFailure **failure)
{
    QemuMigrationArrival *arrival = start->incoming_data;

    describe_self(start, arrival);
    return qemu_migration_configure(start->client, arrival->arguments, FALSE, arrival->deadline, failure) &&
           listen_for_memory(start, arrival, failure) &&
           (!qemu_migration_wants_copies(arrival) ||
            (serve_copies(start, arrival, failure) && qemu_migration_export_disks(start, arrival, failure)));
}

static QemuMigrationRecord *
make_record(const QemuMigrationArrival *arrival)
{
    JsonObject *offer = driver_json_object(arrival->offer);
    const QemuEngine *engine = arrival->domain->engine;
    QemuMigrationRecord *record = qemu_migration_record_new(QEMU_MIGRATION_RECEIVING);

    record->running = driver_json_flag(offer, "running") && !(arrival->arguments->flags & MORTISE_MIGRATE_PAUSED);
    record->serves = qemu_migration_wants_copies(arrival);
    record->where = g_strdup(driver_json_text(driver_json_object_member(offer, "source"), "hostname", ""));
    record->boot = g_strdup(engine->boot);
    record->run_directory = g_strdup(engine->run_directory);
    // A source on another host could not look at it.
    if (g_str_equal(driver_json_text(offer, "boot", ""), engine->boot)) {
        record->marker = qemu_migration_marker(engine->run_directory);
    }
    return record;
}

static void
tell_ticket(const QemuMigrationArrival *arrival, MortiseSink *sink)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;

    json_node_set_object(root, arrival->ticket);
    text = json_to_string(root, FALSE);
    arrival->domain->engine->driver->host->sink_text(sink, text, strlen(text));
}

static MortiseResult
start_receiving(QemuMigrationArrival *arrival, const char *xml)
{
    static const QemuIncoming incoming = {qemu_migration_make_disks, receive};
    QemuDomain *domain = arrival->domain;
    g_auto(QemuStart) start = {
        .domain = domain,
        .engine = domain->engine,
        .driver = domain->engine->driver,
        .deadline = arrival->deadline,
        .control = -1,
        .listening = -1,
        .incoming = &incoming,
        .incoming_data = arrival,
        .migration = make_record(arrival),
    };

    return qemu_start_run(&start, xml);
}

MortiseResult
qemu_migration_prepare(void *domain, const MortiseMigrationArguments *arguments, const char *offer,
                       MortiseSink *ticket)
{
    QemuDomain *destination = domain;
    const QemuDriver *driver = destination->engine->driver;
    g_autofree char *xml = NULL;
    DriverFailure *failure = NULL;
    g_auto(QemuMigrationArrival) arrival = {
        .domain = destination,
        .arguments = arguments,
        .deadline = qemu_engine_deadline(driver),
        .ticket = json_object_new(),
    };
    MortiseResult result;

    if (!read_offer(&arrival, offer, &failure) || !read_transport(&arrival, arguments->transport, &failure) ||
        !qemu_migration_require(destination->engine, arguments, offer, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    xml = rename_definition(destination,
                            arguments->xml ? arguments->xml
                                           : driver_json_text(driver_json_object(arrival.offer), "xml", ""), &failure);
    if (!xml) {
        return qemu_engine_fail(driver, failure);
    }
    result = start_receiving(&arrival, xml);
    if (result == MORTISE_OK) {
        tell_ticket(&arrival, ticket);
    }
    return result;
}

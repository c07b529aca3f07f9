// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// From a JSON file to a world: the top level, the host, the events and the planted findings.
#include "json-syntax.h"
#include "world-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const top_members[] = {
    "format", "comment", "host", "domains", "latency_ms", "late_ms", "hang", "fail", "events", "findings",
    "migration", NULL,
};
static const char *const host_members[] = {
    "cpus", "memory_kib", "mhz", "model", "architecture", "hostname", "numa_nodes", "sockets", "cores", "threads",
    "tsc_khz", "tsc_scaling", "invtsc", NULL,
};
static const char *const migration_members[] = {"bandwidth", "dirty_rate", "downtime_ms", NULL};
static const char *const event_members[] = {"after_ms", "domain", "event", "detail", "repeat", NULL};
static const char *const finding_members[] = {"verdict", "id", "object", "message", "hint", "line", "domain", NULL};
static const char *const verdict_words[] = {
    [MORTISE_VERDICT_GOOD] = "good",
    [MORTISE_VERDICT_WARNING] = "warning",
    [MORTISE_VERDICT_BAD] = "bad",
    [MORTISE_VERDICT_UNKNOWN] = "unknown",
    NULL,
};

/* Such words go into the core's tables and to the user's terminal. */
gboolean
test_read_identifier(TestReader *reader, const TestPlace *place, const char *key, char **value)
{
    test_read_text(reader, place, key, value);
    if (reader->failure != NULL || *value == NULL) {
        return FALSE;
    }
    gsize length = strlen(*value);
    if (length == 0 || length > 64 || strspn(*value, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        test_read_refuse(reader, place, key, "'%.80s' is no word of small letters, digits and '-'", *value);
        return FALSE;
    }
    return TRUE;
}

/* Bounds of the ABI, and nothing that would make a capabilities document or a terminal ill. */
static void
check_text(TestReader *reader, const TestPlace *place, const char *key, const char *text, gsize most)
{
    gsize length = text != NULL ? strlen(text) : 0;

    if (length > most) {
        test_read_refuse(reader, place, key, "a text of %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " fit",
                         length, most);
    }
    for (gsize i = 0; i < length; i++) {
        if (g_ascii_iscntrl(text[i])) {
            test_read_refuse(reader, place, key, "a control character in a text of one line");
            return;
        }
    }
}

static void
read_host(TestReader *reader, const TestPlace *top, TestHostFacts *host)
{
    g_auto(TestPlace) place = test_read_object(reader, top, "host");
    gboolean scaling = FALSE;

    test_read_only(reader, &place, host_members);
    test_read_small(reader, &place, "cpus", 1, TEST_VCPU_LIMIT, &host->cpus);
    test_read_small(reader, &place, "mhz", 0, 1000000, &host->mhz);
    test_read_unsigned(reader, &place, "memory_kib", 1, TEST_MEMORY_LIMIT_KIB, &host->memory_kib);
    if (place.object != NULL && json_object_has_member(place.object, "cpus")) {
        /* Facts of the default host that its number of CPUs would contradict. */
        host->numa_nodes = 1;
        host->sockets = 1;
        host->cores = host->cpus;
        host->threads = 1;
    }
    test_read_small(reader, &place, "numa_nodes", 1, 1024, &host->numa_nodes);
    test_read_small(reader, &place, "sockets", 1, 1024, &host->sockets);
    test_read_small(reader, &place, "cores", 1, 4096, &host->cores);
    test_read_small(reader, &place, "threads", 1, 1024, &host->threads);
    test_read_text(reader, &place, "model", &host->model);
    test_read_text(reader, &place, "architecture", &host->architecture);
    test_read_text(reader, &place, "hostname", &host->hostname);
    check_text(reader, &place, "model", host->model, 63);
    check_text(reader, &place, "architecture", host->architecture, 63);
    check_text(reader, &place, "hostname", host->hostname, 255);
    test_read_unsigned(reader, &place, "tsc_khz", 1, 1000000000, &host->tsc_khz);
    test_read_boolean(reader, &place, "invtsc", &host->invtsc);
    test_read_boolean(reader, &place, "tsc_scaling", &scaling);
    if (place.object != NULL && json_object_has_member(place.object, "tsc_scaling")) {
        host->tsc_scaling = scaling ? TEST_SCALING_YES : TEST_SCALING_NO;
    }
    guint64 product = (guint64) host->numa_nodes * host->sockets * host->cores * host->threads;
    if (product < host->cpus) {
        test_read_refuse(reader, &place, NULL,
                         "%u CPUs are more than numa_nodes * sockets * cores * threads = %" G_GUINT64_FORMAT,
                         host->cpus, product);
    }
}

static void
read_events(TestReader *reader, const TestPlace *top, TestWorld *world)
{
    JsonArray *array = test_read_array(reader, top, "events");
    guint count = array != NULL ? json_array_get_length(array) : 0;

    if (count > TEST_WORLD_EVENT_LIMIT) {
        test_read_refuse(reader, top, "events", "a world has at most %u events", TEST_WORLD_EVENT_LIMIT);
    }
    for (guint i = 0; i < count && reader->failure == NULL; i++) {
        g_auto(TestPlace) place = test_read_item(reader, top, "events", array, i);
        TestEventPlan *event = g_new0(TestEventPlan, 1);
        g_ptr_array_add(world->events, event);
        test_read_only(reader, &place, event_members);
        test_read_unsigned(reader, &place, "after_ms", 0, TEST_WORLD_TIME_LIMIT_MS, &event->after_ms);
        test_read_text(reader, &place, "domain", &event->domain);
        (void) test_read_identifier(reader, &place, "event", &event->event);
        test_read_text(reader, &place, "detail", &event->detail);
        check_text(reader, &place, "detail", event->detail, MORTISE_MESSAGE_LIMIT);
        test_read_boolean(reader, &place, "repeat", &event->repeat);
        if (event->domain == NULL || event->event == NULL) {
            test_read_refuse(reader, &place, NULL, "an event needs \"domain\" and \"event\"");
        } else if (event->repeat && event->after_ms == 0) {
            test_read_refuse(reader, &place, "after_ms", "a repeated event needs at least 1");
        }
    }
}

static void
read_migration(TestReader *reader, const TestPlace *top, TestMigrationPlan *plan)
{
    g_auto(TestPlace) place = test_read_object(reader, top, "migration");

    test_read_only(reader, &place, migration_members);
    test_read_unsigned(reader, &place, "bandwidth", 0, TEST_WORLD_BANDWIDTH_LIMIT, &plan->bandwidth);
    test_read_unsigned(reader, &place, "dirty_rate", 0, TEST_WORLD_BANDWIDTH_LIMIT / TEST_PAGE_BYTES,
                       &plan->dirty_rate);
    test_read_unsigned(reader, &place, "downtime_ms", 1, TEST_WORLD_TIME_LIMIT_MS, &plan->downtime_ms);
}

static void
read_findings(TestReader *reader, const TestPlace *top, TestWorld *world)
{
    JsonArray *array = test_read_array(reader, top, "findings");
    guint count = array != NULL ? json_array_get_length(array) : 0;

    for (guint i = 0; i < count && reader->failure == NULL; i++) {
        g_auto(TestPlace) place = test_read_item(reader, top, "findings", array, i);
        TestFinding *finding = g_new0(TestFinding, 1);
        g_ptr_array_add(world->findings, finding);
        finding->verdict = MORTISE_VERDICT_BAD;
        test_read_only(reader, &place, finding_members);
        test_read_word(reader, &place, "verdict", "verdict", verdict_words, &finding->verdict);
        (void) test_read_identifier(reader, &place, "id", &finding->id);
        test_read_text(reader, &place, "object", &finding->object);
        test_read_text(reader, &place, "message", &finding->message);
        test_read_text(reader, &place, "hint", &finding->hint);
        test_read_text(reader, &place, "domain", &finding->domain);
        test_read_small(reader, &place, "line", 0, G_MAXINT32, &finding->line);
        check_text(reader, &place, "object", finding->object, MORTISE_NAME_LIMIT);
        check_text(reader, &place, "message", finding->message, MORTISE_MESSAGE_LIMIT);
        check_text(reader, &place, "hint", finding->hint, MORTISE_MESSAGE_LIMIT);
        if (finding->id == NULL || finding->message == NULL) {
            test_read_refuse(reader, &place, NULL, "a finding needs \"id\" and \"message\"");
        }
    }
}

/* Events are planned for domains that the world has. */
static void
check_events(TestReader *reader, const TestPlace *top, const TestWorld *world, GHashTable *names)
{
    for (guint i = 0; i < world->events->len && reader->failure == NULL; i++) {
        const TestEventPlan *event = g_ptr_array_index(world->events, i);
        if (!g_hash_table_contains(names, event->domain)) {
            g_autofree char *key = g_strdup_printf("events[%u].domain", i);
            test_read_refuse(reader, top, key, "the world has no domain named '%.80s'", event->domain);
        }
    }
}

static void
read_top(TestReader *reader, const TestPlace *top, TestWorld *world)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    guint64 format = 0;

    test_read_unsigned(reader, top, "format", 1, G_MAXINT64, &format);
    if (reader->failure == NULL && format == 0) {
        test_read_refuse(reader, top, "format", "missing; write \"format\": 1");
    } else if (reader->failure == NULL && format != TEST_WORLD_FORMAT) {
        test_read_refuse(reader, top, "format", "%" G_GUINT64_FORMAT " is newer than this driver, which knows format 1",
                         format);
    }
    test_read_only(reader, top, top_members);
    read_host(reader, top, &world->host);
    read_migration(reader, top, &world->migration);
    test_read_script(reader, top, FALSE, world->script);
    test_read_domains(reader, top, world, names);
    read_events(reader, top, world);
    check_events(reader, top, world, names);
    read_findings(reader, top, world);
}

TestWorld *
test_world_parse(const char *text, gsize length, const char *file, DriverFailure **failure)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(TestWorld) world = test_world_new();
    g_autoptr(GError) error = NULL;
    TestReader reader = {.file = file};
    g_auto(TestPlace) top = {.path = g_strdup("")};

    if (!test_json_check(text, length, file, failure)) {
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize) length, &error)) {
        driver_failure_set(failure, "invalid-argument", file, NULL, "%s: %s", file, error->message);
        return NULL;
    }
    JsonNode *root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        test_read_refuse(&reader, &top, NULL, "a world is an object: {\"format\": 1, ...}");
    } else {
        top.object = json_node_get_object(root);
        read_top(&reader, &top, world);
    }
    if (reader.failure != NULL) {
        driver_failure_propagate(failure, reader.failure);
        return NULL;
    }
    return g_steal_pointer(&world);
}

static void
refuse_file(DriverFailure **failure, const char *shown, int number)
{
    const char *reason = number == ENOENT || number == ENOTDIR ? "file-missing"
                         : number == EACCES || number == EPERM ? "permission-denied" : "file-error";

    driver_failure_set(failure, reason, shown, "use test:///default, or test:// and the absolute path of a world",
                       "cannot read the world %s: %s", shown, g_strerror(number));
}

TestWorld *
test_world_load(const char *path, DriverFailure **failure)
{
    g_autofree char *shown = g_filename_display_name(path);
    g_autofree char *text = NULL;
    gsize length = 0;
    struct stat status;

    /* Not blocking: the path may name a FIFO that nobody writes to. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0) {
        refuse_file(failure, shown, errno);
        if (fd >= 0) {
            (void) close(fd);
        }
        return NULL;
    }
    gboolean regular = S_ISREG(status.st_mode);
    g_autoptr(GInputStream) stream = g_unix_input_stream_new(fd, TRUE);
    if (!regular) {
        driver_failure_set(failure, "file-error", shown, NULL, "the world %s is no regular file", shown);
        return NULL;
    }
    text = g_malloc(TEST_WORLD_LIMIT + 1);
    g_autoptr(GError) error = NULL;
    if (!g_input_stream_read_all(stream, text, TEST_WORLD_LIMIT + 1, &length, NULL, &error)) {
        driver_failure_set(failure, "file-error", shown, NULL, "cannot read the world %s: %s", shown, error->message);
        return NULL;
    }
    if (length > TEST_WORLD_LIMIT) {
        driver_failure_set(failure, "limit-exceeded", shown, NULL, "the world %s has more than %u bytes", shown,
                           TEST_WORLD_LIMIT);
        return NULL;
    }
    return test_world_parse(text, length, shown, failure);
}

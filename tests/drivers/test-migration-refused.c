// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A guest with an invariant TSC that its destination cannot give: refused before anything is sent or started, counted
// on the channel itself, while it counts on; and the same way taken when the destination can scale its TSC.
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <gmodule.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel-counter.h"
#include "driver-json.h"
#include "keeper/keeper-protocol.h"
#include "kvm-host.h"
#include "migration-test.h"
#include "mortise-test.h"
#include "qmp-server.h"

/* The median counts, so an odd number. */
#define REFUSALS 9u
#define OTHER_KHZ 2000000
/* Of a guest that has just begun to count; the emulator's own part is less than half of it. */
#define LEAST_BYTES (128u * 1024u)
#define QBOOT "/usr/share/qemu/qboot.rom"
#define FIRMWARE "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>" \
    "<qemu:arg value='-bios'/><qemu:arg value='qboot.rom'/></qemu:commandline>"

/* What the driver hears of this host's KVM instead of the truth; 0: the truth. */
static gint scripted_khz;
static gint scripted_scaling;

/* The driver's, too: a module takes it from the program. The emulators, being others, always hear the truth. */
G_MODULE_EXPORT int answer_ioctl(int fd, unsigned long request, ...) __asm__("ioctl");

int
answer_ioctl(int fd, unsigned long request, ...)
{
    const int khz = g_atomic_int_get(&scripted_khz);
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (khz > 0 && request == KVM_GET_TSC_KHZ) {
        return khz;
    }
    if (khz > 0 && request == KVM_CHECK_EXTENSION && GPOINTER_TO_INT(argument) == KVM_CAP_TSC_CONTROL) {
        return g_atomic_int_get(&scripted_scaling);
    }
    return (int) syscall(SYS_ioctl, fd, request, argument);
}

static void
script(int khz, int scaling)
{
    g_atomic_int_set(&scripted_scaling, scaling);
    g_atomic_int_set(&scripted_khz, khz);
}

/* ---- the guest ---- */

typedef struct {
    Pair pair;
    char *xml;
    int console;
    guint64 count;
    guint64 khz;           /* of this host */
} Scene;

static char *
tuned_xml(guint64 khz)
{
    g_autofree char *os = g_strdup_printf("<type arch='x86_64' machine='pc'>hvm</type><kernel>%s/tests/guest/"
                                          "mortise-guest.elf</kernel><cmdline>report=50</cmdline>",
                                          g_getenv("MORTISE_TEST_BUILD"));
    g_autofree char *more = g_strdup_printf("<features><acpi/></features><cpu mode='custom'><model>qemu64</model>"
                                            "<feature policy='require' name='invtsc'/></cpu><clock offset='utc'>"
                                            "<timer name='tsc' frequency='%" G_GUINT64_FORMAT "000'/></clock>"
                                            "<devices><console type='pty'/></devices>" FIRMWARE, khz);

    return engine_any_xml(pair_number(), "kvm", 1, os, more);
}

static void
open_side(Scene *scene, guint side, const char *root)
{
    scene->pair.hosts[side] = fake_host_new("qemu", root);
    scene->pair.domains[side] = fake_domain_open(scene->pair.hosts[side], scene->xml);
}

static gboolean
scene_open(Scene *scene)
{
    KvmHost host;

    *scene = (Scene){.console = -1};
    kvm_host_ask(&host);
    if (host.access != KVM_USABLE || host.tsc.khz == 0 || host.tsc.scaling != 0 ||
        tsc_verdict(OTHER_KHZ * G_GUINT64_CONSTANT(1000), &host.tsc, TSC_TOLERANCE_PPM).verdict != TSC_INCOMPATIBLE) {
        mortise_test_skip("a refused invariant TSC", "there is no KVM with a TSC that is not 2 GHz and has no scaling");
        return FALSE;
    }
    scene->khz = host.tsc.khz;
    scene->xml = tuned_xml(scene->khz);
    open_side(scene, 0, NULL);
    open_side(scene, 1, NULL);
    CHECK_INT(fake_start(scene->pair.domains[0], 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    scene->console = engine_open_console(scene->pair.domains[0]);
    scene->count = pair_hear_count(scene->console);
    return TRUE;
}

static void
scene_close(Scene *scene)
{
    CHECK_INT(fake_stop(scene->pair.domains[scene->pair.at], 0), MORTISE_OK);
    CHECK(engine_is_clean(scene->pair.hosts[0]));
    CHECK(engine_is_clean(scene->pair.hosts[1]));
    (void) close(scene->console);
    pair_close(&scene->pair);
    g_free(scene->xml);
}

/* The directory of the guest that runs there, to be freed. */
static char *
guest_directory(const Scene *scene, guint side)
{
    g_autofree char *run = g_build_filename(fake_host_root(scene->pair.hosts[side]), "run", NULL);
    g_autoptr(GDir) names = g_dir_open(run, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(names))) {
        g_autofree char *path = g_build_filename(run, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            return g_steal_pointer(&path);
        }
    }
    CHECK(!"a guest's directory");
    return g_strdup("");
}

/* Whether the source's emulator has said one of them. */
static gboolean
source_has_said(const Scene *scene, const char *event)
{
    g_autofree char *directory = guest_directory(scene, 0);
    g_autofree char *path = g_build_filename(directory, KEEPER_EVENTS_FILE, NULL);
    g_autofree char *text = NULL;

    CHECK(g_file_get_contents(path, &text, NULL, NULL));
    return text && strstr(text, event);
}

/* The emulator's own answer, asked without any owner: an object, to be unreferenced. */
static JsonNode *
ask_emulator(const char *directory, const char *command)
{
    g_autofree char *path = g_build_filename(directory, "m", NULL);
    g_autofree char *line = g_strdup_printf("{\"execute\":\"%s\"}\n", command);
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocketConnection) connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL,
                                                                      NULL);
    QmpServer monitor = {-1, g_string_new(NULL)};
    JsonNode *answer = NULL;

    CHECK(connection != NULL);
    if (connection) {
        monitor.fd = dup(g_socket_get_fd(g_socket_connection_get_socket(connection)));
        g_free(qmp_server_hear(&monitor));
        qmp_server_say(&monitor, "{\"execute\":\"qmp_capabilities\"}\n");
        g_free(qmp_server_hear(&monitor));
        qmp_server_say(&monitor, line);
    }
    for (g_autofree char *heard = connection ? qmp_server_hear(&monitor) : NULL; heard && !answer;) {
        g_autoptr(JsonNode) node = json_from_string(heard, NULL);
        if (json_object_has_member(json_node_get_object(node), "return")) {
            answer = json_node_copy(json_object_get_member(json_node_get_object(node), "return"));
            break;
        }
        g_free(heard);
        heard = qmp_server_hear(&monitor);
    }
    qmp_server_close(&monitor);
    return answer;
}

/* What the emulator at that side says of migrations: "" when it knows of none. To be freed. */
static char *
migration_status(Scene *scene, guint side)
{
    g_autofree char *root = g_strdup(fake_host_root(scene->pair.hosts[side]));
    g_autofree char *directory = guest_directory(scene, side);
    g_autoptr(JsonNode) migration = NULL;
    g_autoptr(JsonNode) status = NULL;
    char *word;

    engine_leave(scene->pair.hosts[side]);
    migration = ask_emulator(directory, "query-migrate");
    status = ask_emulator(directory, "query-status");
    word = g_strdup(driver_json_text(driver_json_object(migration), "status", ""));
    CHECK_TEXT(driver_json_text(driver_json_object(status), "status", NULL), "running");
    open_side(scene, side, root);
    pair_wait_known(&scene->pair, side);
    return word;
}

/* ---- the way ---- */

typedef struct {
    ChannelCounter *counter;
    int watch;             /* an inotify descriptor on the destination's run directory */
    gint64 answer_us;      /* begin and prepare together */
    gboolean stopped;      /* the source's emulator has said STOP in perform */
} Way;

static void
way_open(Way *way, const Scene *scene, gboolean tcp)
{
    g_autofree char *run = g_build_filename(fake_host_root(scene->pair.hosts[1]), "run", NULL);

    *way = (Way){.counter = channel_counter_new(tcp), .watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    CHECK(inotify_add_watch(way->watch, run, IN_CREATE | IN_MOVED_TO) >= 0);
}

/* How many bytes, connections, and whether anything was made in the destination's run directory. */
static void
way_close(Way *way, guint *connections, guint64 *bytes, gboolean *made)
{
    char events[4096];

    channel_counter_end(way->counter, connections, bytes);
    *made = read(way->watch, events, sizeof(events)) > 0;
    (void) close(way->watch);
}

/* The ticket as the source gets it: its place is the counter's, which sends on to the destination's. To be freed. */
static char *
redirect(const Way *way, const char *ticket)
{
    g_autoptr(JsonNode) root = json_from_string(ticket, NULL);
    JsonObject *object = json_node_get_object(root);

    channel_counter_send_on(way->counter, json_object_get_string_member(object, "uri"));
    json_object_set_string_member(object, "uri", channel_counter_uri(way->counter));
    return json_to_string(root, FALSE);
}

static MortiseResult
hand_over(Scene *scene, Way *way, const MortiseMigrationArguments *arguments, const char *ticket)
{
    const MortiseMigration *migration = pair_migration(&scene->pair, 0);
    g_autofree char *redirected = redirect(way, ticket);
    g_autoptr(MortiseSink) outcome = fake_sink_new();
    void *source = fake_domain_handle(scene->pair.domains[0]);
    void *destination = fake_domain_handle(scene->pair.domains[1]);
    MortiseResult result;

    fake_call_begin(FAKE_AMPLE_MS);
    result = migration->perform(source, arguments, redirected, outcome);
    if (result == MORTISE_OK) {
        // Its keeper notes what it has said, in its own time.
        way->stopped = engine_wait_event(fake_host_root(scene->pair.hosts[0]), NULL, "\"STOP\"");
        result = migration->finish(destination, arguments, outcome->text->str, TRUE);
    } else {
        CHECK_TEXT(fake_call_error()->message, NULL);
        (void) migration->finish(destination, arguments, NULL, FALSE);
    }
    (void) migration->confirm(source, arguments, result == MORTISE_OK);
    scene->pair.at = result == MORTISE_OK;
    return result;
}

/* The five steps, as far as they go; the error is that of the step that failed. */
static MortiseResult
migrate(Scene *scene, Way *way, gboolean tcp, const char *xml)
{
    const MortiseMigration *migration = pair_migration(&scene->pair, 0);
    MortiseMigrationArguments arguments = pair_arguments(0);
    g_autoptr(MortiseSink) offer = fake_sink_new();
    g_autoptr(MortiseSink) ticket = fake_sink_new();
    gint64 before;
    MortiseResult result;

    arguments.transport = tcp ? "tcp:127.0.0.1" : "unix";
    arguments.xml = xml;
    fake_call_begin(FAKE_AMPLE_MS);
    before = g_get_monotonic_time();
    result = migration->begin(fake_domain_handle(scene->pair.domains[0]), &arguments, offer);
    if (result == MORTISE_OK) {
        result = migration->prepare(fake_domain_handle(scene->pair.domains[1]), &arguments, offer->text->str, ticket);
    }
    way->answer_us = g_get_monotonic_time() - before;
    return result == MORTISE_OK ? hand_over(scene, way, &arguments, ticket->text->str) : result;
}

/* ---- what is shown ---- */

static gint
compare_times(gconstpointer one, gconstpointer other)
{
    const gint64 difference = *(const gint64 *) one - *(const gint64 *) other;

    return difference < 0 ? -1 : difference > 0;
}

/* Refused again and again, to destinations of 2 GHz; returns the median time. */
static gint64
refuse_often(Scene *scene, gboolean tcp)
{
    gint64 times[REFUSALS] = {0};
    guint connections = 0;
    guint64 bytes = 0;
    gboolean made = FALSE;
    Way way;

    way_open(&way, scene, tcp);
    script(OTHER_KHZ, 0);
    for (guint i = 0; i < REFUSALS && scene->pair.at == 0; i++) {
        CHECK_INT(migrate(scene, &way, tcp, NULL), MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
        CHECK_CONTAINS(fake_call_error()->message, "tsc-frequency: a TSC of ");
        times[i] = way.answer_us;
    }
    script(0, 0);
    way_close(&way, &connections, &bytes, &made);
    CHECK_INT(connections, 0);
    CHECK_INT(bytes, 0);
    CHECK(!made);
    if (scene->pair.at != 0) {
        return G_MAXINT64;
    }
    CHECK(!source_has_said(scene, "\"STOP\""));
    CHECK(!source_has_said(scene, "MIGRATION"));
    pair_require_back(&scene->pair, scene->console, &scene->count);
    qsort(times, REFUSALS, sizeof(*times), compare_times);
    return times[REFUSALS / 2];
}

/* The same way, to a destination that can scale: everything that was counted as none is there. */
static gint64
allow(Scene *scene, gboolean tcp)
{
    g_autofree char *uuid = pair_uuid();
    guint connections = 0;
    guint64 bytes = 0;
    gboolean made = FALSE;
    Way way;

    way_open(&way, scene, tcp);
    script(OTHER_KHZ, 1);
    CHECK_INT(migrate(scene, &way, tcp, NULL), MORTISE_OK);
    script(0, 0);
    way_close(&way, &connections, &bytes, &made);
    CHECK_INT(connections, 1);
    CHECK(bytes > LEAST_BYTES);
    CHECK(made);
    CHECK(way.stopped);
    fprintf(stderr, "%" G_GUINT64_FORMAT " bytes were sent\n", bytes);
    CHECK(pair_count_emulators(uuid, 1));
    pair_require_count(&scene->pair, &scene->console, &scene->count);
    return way.answer_us;
}

/* For a reader: how long it takes is the machine's business as well. That nothing was started is what is checked. */
static void
tell_times(gint64 refused, gint64 allowed)
{
    fprintf(stderr, "refused within %" G_GINT64_FORMAT " us (median of %u), allowed within %" G_GINT64_FORMAT " us\n",
            refused, REFUSALS, allowed);
}

static void
refuse_and_allow(gboolean tcp)
{
    g_autofree char *status = NULL;
    g_autofree char *arrived = NULL;
    gint64 refused;
    Scene scene;

    if (!scene_open(&scene)) {
        return;
    }
    refused = refuse_often(&scene, tcp);
    if (scene.pair.at != 0) {
        scene_close(&scene);
        return;
    }
    status = migration_status(&scene, 0);
    CHECK_TEXT(status, "");
    pair_require_back(&scene.pair, scene.console, &scene.count);
    tell_times(refused, allow(&scene, tcp));
    arrived = migration_status(&scene, 1);
    CHECK_TEXT(arrived, "completed");
    scene_close(&scene);
}

static void
test_unix(void)
{
    refuse_and_allow(FALSE);
}

static void
test_tcp(void)
{
    refuse_and_allow(TRUE);
}

/* All numbers become N. To be freed. */
static char *
without_numbers(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("[0-9]+", 0, 0, NULL);

    return g_regex_replace_literal(regex, text ? text : "", -1, 0, "N", 0, NULL);
}

/* What dumpxml says of the running guest, but for the frequency. To be freed. */
static char *
other_definition(const Scene *scene)
{
    g_autoptr(GRegex) regex = g_regex_new("frequency=\"[0-9]+\"", 0, 0, NULL);
    g_autofree char *live = fake_domain_live_xml(scene->pair.domains[0]);

    CHECK(g_regex_match(regex, live, 0, NULL));
    return g_regex_replace_literal(regex, live, -1, 0, "frequency=\"2000000000\"", 0, NULL);
}

/* Nothing is scripted: the guest's new definition asks this very host for 2 GHz. */
static void
test_other_definition(void)
{
    g_autofree char *xml = NULL;
    g_autofree char *scripted = NULL;
    g_autofree char *real = NULL;
    guint connections = 0;
    guint64 bytes = 0;
    gboolean made = FALSE;
    Scene scene;
    Way way;

    if (!scene_open(&scene)) {
        return;
    }
    xml = other_definition(&scene);
    way_open(&way, &scene, FALSE);
    // Slower than the host in both cases.
    script((int) (scene.khz * 13 / 10), 0);
    CHECK_INT(migrate(&scene, &way, FALSE, NULL), MORTISE_FAILED);
    scripted = without_numbers(fake_call_error()->message);
    script(0, 0);
    CHECK_INT(migrate(&scene, &way, FALSE, xml), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_CONTAINS(fake_call_error()->message, "tsc-frequency: a TSC of 2000000 kHz cannot be had");
    real = without_numbers(fake_call_error()->message);
    CHECK_TEXT(real, scripted);
    way_close(&way, &connections, &bytes, &made);
    CHECK_INT(connections + bytes, 0);
    CHECK(!made);
    pair_require_back(&scene.pair, scene.console, &scene.count);
    scene_close(&scene);
}

static const MortiseTest tests[] = {
    {"2 GHz without scaling, by unix socket", test_unix},
    {"2 GHz without scaling, by TCP", test_tcp},
    {"a definition that asks this host for 2 GHz", test_other_definition},
};

int
main(void)
{
    if (access(KVM_DEVICE, R_OK | W_OK) != 0) {
        mortise_test_skip("a refused invariant TSC", KVM_DEVICE " cannot be used");
        return 77;
    }
    if (access(QBOOT, R_OK) != 0 || !engine_has_guest()) {
        mortise_test_skip("a refused invariant TSC", "there is no qboot.rom or no test guest");
        return 77;
    }
    return engine_require("qemu") ? mortise_test_main("migration-refused", tests, G_N_ELEMENTS(tests)) : 77;
}

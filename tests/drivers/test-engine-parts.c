// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parts of the engine alone: states by events, the keeper's log, running states good and bad, answers of the monitor.
#include "host-topology.h"
#include "keeper/keeper-protocol.h"
#include "mortise-test.h"
#include "qemu-adopt-log.h"
#include "qemu-adopt-record.h"
#include "qemu-capabilities.h"
#include "qemu-engine-state.h"
#include "qemu-monitor-socket.h"
#include "qemu-monitor.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <mortise/driver/abi.h>
#include <string.h>
#include <unistd.h>

/* Events, each as NAME or NAME{data}, and the state after them. */
typedef struct {
    const char *events[6];
    guint state;
    const char *reason;
} Course;

/* Events with what they say, in one text each. */
#define PANIC "GUEST_PANICKED{\"action\": \"pause\"}"
#define WATCHDOG "WATCHDOG{\"action\": \"pause\"}"

static const Course courses[] = {
    {{NULL}, MORTISE_STATE_PAUSED, "starting-up"},
    {{"RESUME"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "STOP"}, MORTISE_STATE_PAUSED, "user"},
    {{"RESUME", "RESUME"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "STOP", "STOP", "RESUME", "RESUME"}, MORTISE_STATE_RUNNING, "unpaused"},
    {{"RESUME", "BLOCK_IO_ERROR{\"action\": \"stop\"}", "STOP", "STOP"}, MORTISE_STATE_PAUSED, "io-error"},
    {{"RESUME", "STOP", "RESUME"}, MORTISE_STATE_RUNNING, "unpaused"},
    {{"RESUME", "POWERDOWN"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "SHUTDOWN{\"reason\": \"guest-shutdown\"}"}, MORTISE_STATE_SHUTDOWN, "user"},
    {{"RESUME", "SHUTDOWN", "STOP"}, MORTISE_STATE_PAUSED, "shutting-down"},
    {{"RESUME", "SHUTDOWN", "STOP", "RESET"}, MORTISE_STATE_PAUSED, "starting-up"},
    {{"RESUME", "SHUTDOWN", "STOP", "RESET", "RESUME"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "RESET"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "SUSPEND"}, MORTISE_STATE_SUSPENDED, "guest"},
    {{"RESUME", "SUSPEND", "WAKEUP"}, MORTISE_STATE_RUNNING, "wakeup"},
    {{"RESUME", "SUSPEND", "RESET"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", PANIC}, MORTISE_STATE_CRASHED, "panicked"},
    {{"RESUME", PANIC, "STOP"}, MORTISE_STATE_CRASHED, "panicked"},
    {{"RESUME", PANIC, "STOP", "RESET", "RESUME"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "GUEST_PANICKED{\"action\": \"run\"}"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "BLOCK_IO_ERROR{\"action\": \"stop\"}", "STOP"}, MORTISE_STATE_PAUSED, "io-error"},
    {{"RESUME", "BLOCK_IO_ERROR{\"action\": \"report\"}", "STOP"}, MORTISE_STATE_PAUSED, "user"},
    {{"RESUME", "BLOCK_IO_ERROR{\"action\": \"stop\"}", "STOP", "RESUME", "STOP"}, MORTISE_STATE_PAUSED, "user"},
    {{"RESUME", WATCHDOG, "STOP"}, MORTISE_STATE_PAUSED, "watchdog"},
    {{"RESUME", "NEW_EVENT_OF_A_LATER_QEMU"}, MORTISE_STATE_RUNNING, "booted"},
    {{"RESUME", "SHUTDOWN{\"reason\": 7}"}, MORTISE_STATE_SHUTDOWN, "user"},
};

static void
take(QemuState *state, const char *event)
{
    const char *brace = strchr(event, '{');
    g_autofree char *name = brace ? g_strndup(event, (gsize) (brace - event)) : g_strdup(event);
    g_autoptr(JsonNode) data = brace ? json_from_string(brace, NULL) : NULL;

    (void) qemu_state_take_event(state, name, data ? json_node_get_object(data) : NULL);
}

static void
test_states(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++) {
        QemuState state;
        qemu_state_init(&state);
        for (guint k = 0; courses[i].events[k]; k++) {
            take(&state, courses[i].events[k]);
        }
        CHECK_INT(state.state, courses[i].state);
        CHECK_TEXT(state.reason, courses[i].reason);
        qemu_state_clear(&state);
    }
}

static void
test_status(void)
{
    QemuState state;

    qemu_state_init(&state);
    CHECK(qemu_state_take_status(&state, "running"));
    CHECK_TEXT(state.reason, "booted");
    CHECK(!qemu_state_take_status(&state, "running"));
    take(&state, "BLOCK_IO_ERROR{\"action\": \"stop\"}");
    take(&state, "STOP");
    // What the events told is kept when QEMU's one word says less.
    CHECK(!qemu_state_take_status(&state, "paused"));
    CHECK_TEXT(state.reason, "io-error");
    CHECK(qemu_state_take_status(&state, "guest-panicked"));
    CHECK_INT(state.state, MORTISE_STATE_CRASHED);
    CHECK(qemu_state_take_status(&state, "a new word"));
    CHECK_INT(state.state, MORTISE_STATE_UNKNOWN);
    qemu_state_clear(&state);
}

static void
check_kind(const char *event, const char *data, const char *kind, const char *detail)
{
    g_autoptr(JsonNode) root = data ? json_from_string(data, NULL) : NULL;
    g_autofree char *told = NULL;

    CHECK_TEXT(qemu_state_event_kind(event, root ? json_node_get_object(root) : NULL, &told), kind);
    CHECK_TEXT(told, detail);
}

static void
test_kinds(void)
{
    check_kind("RESET", "{\"reason\": \"guest-reset\"}", "reboot", "guest-reset");
    check_kind("RESET", NULL, "reboot", NULL);
    check_kind("WATCHDOG", "{\"action\": \"reset\"}", "watchdog", "reset");
    check_kind("BLOCK_IO_ERROR",
               "{\"device\": \"\", \"node-name\": \"n0\", \"operation\": \"read\", \"reason\": \"x\"}", "io-error",
               "n0: read: x");
    check_kind("RTC_CHANGE", "{\"offset\": -3600}", "rtc-change", "-3600");
    check_kind("BALLOON_CHANGE", "{\"actual\": 1048576}", "balloon-change", "1048576");
    check_kind("GUEST_PANICKED", "{\"action\": \"pause\"}", "panicked", "pause");
    check_kind("POWERDOWN", NULL, "powerdown", NULL);
    check_kind("STOP", NULL, NULL, NULL);
    check_kind("VNC_CONNECTED", "{}", NULL, NULL);
}

/* A keeper's log, and how the end is explained from it. */
typedef struct {
    const char *text;
    QemuEndCause cause;
    const char *reason;
    const char *detail;
} End;

#define STARTED "{\"keeper\":\"started\",\"pid\":7,\"start_time\":8,\"keeper_pid\":5,\"keeper_start_time\":6}\n"
#define COMMITTED STARTED "{\"keeper\":\"committed\"}\n{\"event\":\"RESUME\"}\n"
#define ENDED(status, signal) "{\"keeper\":\"ended\",\"status\":" status ",\"signal\":" signal ",\"output\":\"\"}\n"
#define SHUTDOWN(reason) "{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"" reason "\"}}\n"

static const End ends[] = {
    {"", QEMU_END_BY_ITSELF, "unknown", "How it ended is not known"},
    {STARTED, QEMU_END_BY_ITSELF, "unknown", "How it ended is not known"},
    {COMMITTED, QEMU_END_BY_ITSELF, "unknown", "How it ended is not known"},
    {COMMITTED, QEMU_END_BY_OWNER, "destroyed", "It was destroyed."},
    {COMMITTED ENDED("0", "0"), QEMU_END_BY_ITSELF, "shutdown", "The emulator ended with exit status 0."},
    {COMMITTED ENDED("1", "0"), QEMU_END_BY_ITSELF, "crashed", "The emulator ended with exit status 1."},
    {COMMITTED
     "{\"keeper\":\"ended\",\"status\":1,\"signal\":0,\"output\":\"a\\nterminating on signal 15\\nlast\\n\"}\n",
     QEMU_END_BY_ITSELF, "crashed", "exit status 1: a; last."},
    {COMMITTED "{\"keeper\":\"ended\",\"status\":1,\"signal\":0,"
               "\"output\":\"2026-11-22T00:00:00.123456Z qemu: bad\\n\"}\n",
     QEMU_END_BY_ITSELF, "crashed", "exit status 1: qemu: bad."},
    {COMMITTED ENDED("-1", "11"), QEMU_END_BY_ITSELF, "crashed", "killed by signal 11 (Segmentation fault)."},
    {COMMITTED ENDED("-1", "9"), QEMU_END_BY_ITSELF, "crashed", "killed by signal 9 (Killed)."},
    {COMMITTED ENDED("-1", "9"), QEMU_END_BY_OWNER, "destroyed", "It was destroyed."},
    {COMMITTED SHUTDOWN("guest-shutdown") ENDED("0", "0"), QEMU_END_BY_ITSELF, "shutdown",
     "The guest shut itself down."},
    {COMMITTED SHUTDOWN("guest-reset") ENDED("0", "0"), QEMU_END_BY_ITSELF, "shutdown", "on_reboot says destroy"},
    {COMMITTED SHUTDOWN("guest-panic") ENDED("0", "0"), QEMU_END_BY_ITSELF, "crashed", "The guest panicked."},
    {COMMITTED SHUTDOWN("host-signal") ENDED("0", "0"), QEMU_END_BY_ITSELF, "destroyed", "by a signal of the host"},
    {COMMITTED SHUTDOWN("host-qmp-quit") ENDED("0", "0"), QEMU_END_BY_ITSELF, "destroyed", "(host-qmp-quit)"},
    {COMMITTED SHUTDOWN("guest-reset") SHUTDOWN("host-qmp-quit") ENDED("0", "0"), QEMU_END_BY_ITSELF, "shutdown",
     "on_reboot says destroy"},
    {COMMITTED SHUTDOWN("guest-shutdown") SHUTDOWN("host-signal") ENDED("0", "0"), QEMU_END_BY_ITSELF, "destroyed",
     "by a signal of the host"},
    {COMMITTED SHUTDOWN("guest-shutdown") ENDED("-1", "6"), QEMU_END_BY_ITSELF, "crashed", "signal 6"},
    {STARTED "{\"keeper\":\"ended\",\"status\":-1,\"signal\":9,\"aborted\":true}\n", QEMU_END_BY_ITSELF, "failed",
     "Its start was interrupted."},
    {STARTED ENDED("1", "0"), QEMU_END_BY_ITSELF, "failed", "Its start was interrupted."},
    /* Torn, foreign and lying lines. */
    {COMMITTED "{\"keeper\":\"ended\",\"sta", QEMU_END_BY_ITSELF, "unknown", "not known"},
    {COMMITTED "[[[[\n\n7\n\"x\"\n{}\n{\"keeper\":5}\n" ENDED("1", "0"), QEMU_END_BY_ITSELF, "crashed", "status 1"},
    {COMMITTED "{\"event\":\"X\",\"keeper\":\"ended\",\"status\":0}\n", QEMU_END_BY_ITSELF, "unknown", "not known"},
};

static void
check_end(const End *end, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, KEEPER_EVENTS_FILE, NULL);
    const int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autofree char *detail = NULL;
    QemuEventsLog log;

    CHECK(g_file_set_contents(path, end->text, -1, NULL));
    qemu_events_log_read(&log, directory);
    CHECK_TEXT(qemu_events_log_end(&log, end->cause, &detail), end->reason);
    CHECK_CONTAINS(detail, end->detail);
    qemu_events_log_clear(&log);
    (void) close(directory);
    (void) g_unlink(path);
}

static void
test_ends(void)
{
    g_autofree char *folder = g_dir_make_tmp("mortise-parts-XXXXXX", NULL);
    g_autofree char *bomb = g_strnfill(100000, '[');
    g_autofree char *text = g_strconcat(COMMITTED, bomb, "\n", ENDED("0", "0"), NULL);
    const End bombed = {text, QEMU_END_BY_ITSELF, "shutdown", "exit status 0"};

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        check_end(&ends[i], folder);
    }
    check_end(&bombed, folder);
    CHECK_INT(g_rmdir(folder), 0);
}

static void
test_record(void)
{
    g_autoptr(QemuRecord) record = qemu_record_new();
    g_autoptr(QemuRecord) read = NULL;
    g_autofree char *text = NULL;

    record->phase = QEMU_PHASE_STOPPING;
    record->boot = g_strdup("b");
    record->directory = g_strdup("0123abcd");
    record->emulator = (ProcessIdentity){17, 18};
    record->keeper = (ProcessIdentity){15, 16};
    record->maximum_vcpus = 4;
    record->reboot_ends = TRUE;
    record->poweroff_pauses = TRUE;
    record->xml = g_strdup("<domain>\"\xc3\xa9</domain>");
    qemu_record_add_console(record, "serial0", "/dev/pts/1", TRUE);
    qemu_record_add_disk(record, "virtio-disk0", "vda");
    text = qemu_record_to_text(record);
    read = qemu_record_parse(text, NULL);
    CHECK(read != NULL);
    CHECK_INT(read->phase, QEMU_PHASE_STOPPING);
    CHECK_TEXT(read->boot, "b");
    CHECK_TEXT(read->directory, "0123abcd");
    CHECK(read->emulator.pid == 17 && read->emulator.start == 18 && read->keeper.pid == 15);
    CHECK_INT(read->maximum_vcpus, 4);
    CHECK(read->reboot_ends && read->poweroff_pauses);
    CHECK_TEXT(read->xml, record->xml);
    CHECK_INT(read->consoles->len, 1);
    CHECK_TEXT(((QemuConsole *) read->consoles->pdata[0])->path, "/dev/pts/1");
    CHECK_TEXT(((QemuDiskName *) read->disks->pdata[0])->target, "vda");
}

typedef struct {
    const char *text;
    const char *reason;
    const char *words;
} Unreadable;

#define GOOD "\"boot\":\"b\",\"directory\":\"0a\",\"phase\":\"running\""

static const Unreadable unreadable[] = {
    {"", "state-unknown", "no JSON object with a format"},
    {"rubbish", "state-unknown", "no JSON object with a format"},
    {"[]", "state-unknown", "no JSON object with a format"},
    {"{", "state-unknown", "no JSON object with a format"},
    {"{" GOOD "}", "state-unknown", "no JSON object with a format"},
    {"{\"format\":\"1\"," GOOD "}", "state-unknown", "no JSON object with a format"},
    {"{\"format\":2," GOOD "}", "state-schema", "has format 2; this version knows format 1"},
    {"{\"format\":0}", "state-schema", "has format 0"},
    {"{\"format\":1}", "state-unknown", "boot, directory or phase"},
    {"{\"format\":1,\"boot\":\"b\",\"directory\":\"0a\",\"phase\":\"dancing\"}", "state-unknown", "phase"},
    {"{\"format\":1,\"boot\":\"b\",\"directory\":\"../../etc\",\"phase\":\"running\"}", "state-unknown", "directory"},
    {"{\"format\":1,\"boot\":\"b\",\"directory\":\"\",\"phase\":\"running\"}", "state-unknown", "directory"},
    {"{\"format\":1,\"boot\":7,\"directory\":\"0a\",\"phase\":\"running\"}", "state-unknown", "boot"},
};

static void
test_unreadable(void)
{
    const char *odd = "{\"format\":1," GOOD ",\"emulator\":[1],\"keeper\":{\"pid\":-5,\"start\":\"x\"},"
                      "\"consoles\":[7,{\"alias\":1},{\"alias\":\"a\",\"path\":\"p\"}],\"disks\":{},\"xml\":[],"
                      "\"maximum_vcpus\":99999999999}";
    g_autofree char *bomb = g_strnfill(1000000, '{');
    g_autoptr(DriverFailure) bombed = NULL;
    g_autoptr(QemuRecord) read = qemu_record_parse(odd, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(unreadable); i++) {
        g_autoptr(DriverFailure) failure = NULL;
        CHECK(qemu_record_parse(unreadable[i].text, &failure) == NULL);
        CHECK_TEXT(failure->reason, unreadable[i].reason);
        CHECK_CONTAINS(failure->message, unreadable[i].words);
    }
    CHECK(qemu_record_parse(bomb, &bombed) == NULL);
    // What is odd inside of a record counts as not there.
    CHECK(read && read->emulator.pid == 0 && read->keeper.pid == 0 && read->xml == NULL && read->consoles->len == 1);
}

static void
test_answers(void)
{
    g_autoptr(JsonNode) cpus = json_from_string("[{\"cpu-index\": 1, \"thread-id\": 22, \"qom-path\": \"/b\"}, 7, {},"
                                                "{\"cpu-index\": 0, \"thread-id\": 21, \"qom-path\": \"/a\"},"
                                                "{\"cpu-index\": -1}, {\"cpu-index\": 2, \"thread-id\": \"x\"}]",
                                                NULL);
    g_autoptr(JsonNode) ptys = json_from_string("[{\"label\": \"charserial0\", \"filename\": \"pty:/dev/pts/4\"},"
                                                "{\"label\": \"charserial1\", \"filename\": \"file\"}, {\"label\": 1},"
                                                "{\"label\": \"charx\", \"filename\": \"pty:/etc/passwd\"}]",
                                                NULL);
    g_autoptr(JsonNode) machine = json_from_string("\"pc-i440fx-7.2-machine\"", NULL);
    g_autoptr(JsonNode) vnc = json_from_string("{\"service\": \"5901\"}", NULL);
    g_autoptr(JsonNode) wrong = json_from_string("{\"service\": \"x\", \"actual\": \"y\"}", NULL);
    g_autoptr(GPtrArray) list = qemu_monitor_cpus(cpus);
    g_autoptr(GPtrArray) none = qemu_monitor_cpus(wrong);
    g_autoptr(GPtrArray) disks = qemu_monitor_disks(cpus);
    g_autoptr(GHashTable) table = qemu_monitor_ptys(ptys);
    g_autofree char *type = qemu_monitor_machine(machine);
    g_autofree char *no_type = qemu_monitor_machine(cpus);

    CHECK_INT(list->len, 3);
    CHECK_INT(((QemuMonitorCpu *) list->pdata[0])->thread, 21);
    CHECK_TEXT(((QemuMonitorCpu *) list->pdata[1])->path, "/b");
    CHECK_INT(((QemuMonitorCpu *) list->pdata[2])->thread, -1);
    CHECK_INT(none->len, 0);
    CHECK_INT(disks->len, 0);
    CHECK_INT(g_hash_table_size(table), 1);
    CHECK_TEXT(g_hash_table_lookup(table, "serial0"), "/dev/pts/4");
    CHECK_TEXT(type, "pc-i440fx-7.2");
    CHECK_TEXT(no_type, NULL);
    CHECK_INT(qemu_monitor_vnc_port(vnc), 5901);
    CHECK_INT(qemu_monitor_vnc_port(wrong), 0);
    CHECK_INT(qemu_monitor_vnc_port(NULL), 0);
    CHECK_INT(qemu_monitor_number(wrong, "actual"), -1);
}

static void
test_directories(void)
{
    static const char *const uuids[] = {
        "12345678-aaaa-4000-8000-000000000001",
        "12345678-aaaa-4000-8000-000000000002",
        "12345678-bbbb-4000-8000-000000000001",
    };
    g_autofree char *run = g_dir_make_tmp("mortise-parts-XXXXXX", NULL);
    g_autoptr(DriverFailure) failure = NULL;
    RunDirectory directories[G_N_ELEMENTS(uuids)];
    RunDirectory again;

    for (guint i = 0; i < G_N_ELEMENTS(uuids); i++) {
        CHECK(run_directory_create(&directories[i], run, uuids[i], NULL));
        CHECK(run_directory_is_held(&directories[i]));
    }
    CHECK_TEXT(directories[0].name, "12345678");
    CHECK(strlen(directories[1].name) > 8 && strlen(directories[2].name) > 8);
    CHECK(!g_str_equal(directories[1].name, directories[2].name));
    for (guint i = 0; i < G_N_ELEMENTS(uuids); i++) {
        g_autofree char *name = run_directory_find(run, uuids[i]);
        CHECK_TEXT(name, directories[i].name);
    }
    CHECK(!run_directory_create(&again, run, uuids[0], &failure));
    CHECK_TEXT(failure->reason, "resource-busy");
    for (guint i = 0; i < G_N_ELEMENTS(uuids); i++) {
        run_directory_remove(&directories[i]);
        run_directory_close(&directories[i]);
    }
    CHECK_INT(g_rmdir(run), 0);
}

static void
test_cpu_lists(void)
{
    CHECK_INT(host_cpu_list_count("0"), 1);
    CHECK_INT(host_cpu_list_count("0-3,8,10-11"), 7);
    CHECK_INT(host_cpu_list_count(""), 0);
    CHECK_INT(host_cpu_list_count("3-1"), 0);
    CHECK_INT(host_cpu_list_count("0-4294967295"), 0);
    CHECK_INT(host_cpu_list_count("x"), 0);
}

static void
test_cache(void)
{
    g_autofree char *folder = g_dir_make_tmp("mortise-parts-XXXXXX", NULL);
    g_autofree char *key = qemu_capabilities_key("/bin/sh", FALSE);
    g_autofree char *other = qemu_capabilities_key("/bin/ls", FALSE);
    g_autoptr(QemuCapabilities) made = qemu_capabilities_new(7002022);
    g_autoptr(QemuCapabilities) found = NULL;
    g_autofree char *file = NULL;
    g_autoptr(GDir) directory = NULL;

    qemu_capabilities_add_machine(made, "pc-i440fx-7.2", "pc", 255, TRUE);
    qemu_capabilities_add_machine(made, "q35-7.2", NULL, 288, FALSE);
    CHECK(key && other && !g_str_equal(key, other));
    CHECK(qemu_capabilities_key("/nonexistent", FALSE) == NULL);
    CHECK(qemu_capabilities_load(folder, "/bin/sh", key) == NULL);
    qemu_capabilities_store(folder, "/bin/sh", key, made);
    found = qemu_capabilities_load(folder, "/bin/sh", key);
    CHECK(found && found->version == 7002022 && found->machines->len == 2);
    CHECK_TEXT(((QemuMachineType *) found->machines->pdata[0])->alias, "pc");
    CHECK_INT(((QemuMachineType *) found->machines->pdata[1])->maximum_vcpus, 288);
    CHECK(qemu_capabilities_load(folder, "/bin/sh", "another key") == NULL);
    directory = g_dir_open(folder, 0, NULL);
    file = g_build_filename(folder, g_dir_read_name(directory), NULL);
    CHECK(g_file_set_contents(file, "{\"key\": 3, \"machines\": []}", -1, NULL));
    CHECK(qemu_capabilities_load(folder, "/bin/sh", key) == NULL);
    CHECK(g_file_set_contents(file, "[[[[", -1, NULL));
    CHECK(qemu_capabilities_load(folder, "/bin/sh", key) == NULL);
    CHECK_INT(g_unlink(file), 0);
    CHECK_INT(g_rmdir(folder), 0);
}

static const MortiseTest tests[] = {
    {"states by events", test_states},
    {"query-status", test_status},
    {"kinds of events", test_kinds},
    {"ends", test_ends},
    {"running state", test_record},
    {"running states that cannot be read", test_unreadable},
    {"answers of the monitor", test_answers},
    {"run directories", test_directories},
    {"lists of CPUs", test_cpu_lists},
    {"cache of capabilities", test_cache},
};

MORTISE_TEST_MAIN("engine-parts", tests)

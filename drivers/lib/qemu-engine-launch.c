// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of a start with QEMU: executed under its keeper, asked about itself, recorded, set running.
#include "qemu-engine-start.h"

#include <unistd.h>

#include "keeper/keeper-protocol.h"
#include "qemu-engine-vcpu.h"
#include "qemu-live-xml.h"
#include "qemu-monitor.h"
#include "qemu-process.h"

#define PATH_LIMIT 4096u

gboolean
qemu_start_keep(QemuStart *start, DriverFailure **failure)
{
    g_autofree char *text = qemu_record_to_text(start->guest->record);

    if (start->driver->host->domain_running_state(start->domain->host, text) == MORTISE_OK) {
        return TRUE;
    }
    driver_failure_set(failure, "file-error", start->domain->name, "Check the disk that the run directory is on.",
                       "The running state of %s could not be kept on disk.", start->domain->name);
    return FALSE;
}

static gboolean
make_guest(QemuStart *start, DriverFailure **failure)
{
    const DomainEndActions *end = &start->command->end;
    RunDirectory directory;
    QemuRecord *record;

    if (!run_directory_create(&directory, start->engine->run_directory, start->domain->uuid, failure)) {
        return FALSE;
    }
    record = qemu_record_new();
    record->phase = QEMU_PHASE_STARTING;
    record->boot = g_strdup(start->engine->boot);
    record->directory = g_strdup(directory.name);
    record->maximum_vcpus = start->definition->maximum_vcpus;
    record->tsc_given = start->definition->clock.tsc_frequency > 0;
    record->vcpus = start->definition->current_vcpus;
    record->most_vcpus = record->vcpus;
    record->reboot_ends = end->reboot == DOMAIN_END_DESTROY;
    record->poweroff_pauses = end->poweroff != DOMAIN_END_DESTROY;
    record->arrived = start->incoming != NULL;
    record->migration = qemu_migration_record_copy(start->migration);
    start->guest = qemu_guest_new(record, &directory);
    return TRUE;
}

static gboolean
execute(QemuStart *start, DriverFailure **failure)
{
    char keeper[PATH_LIMIT];
    g_autofree char *log_name = g_strconcat(start->domain->uuid, ".log", NULL);
    QemuLaunch launch = {
        .keeper = keeper,
        .arguments = start->command->arguments,
        .environment = start->command->environment,
        .end = &start->command->end,
        .directory = &start->guest->directory,
        .queues = start->queues ? (const int *) (void *) start->queues->data : NULL,
        .queue_count = start->queues ? start->queues->len : 0,
        .listening = &start->listening,
    };

    if (start->driver->host->helper_path(start->driver->self, KEEPER_PROGRAM, keeper, sizeof(keeper)) != MORTISE_OK) {
        driver_failure_set(failure, "program-missing", KEEPER_PROGRAM, "Reinstall Mortise.",
                           "The program %s, which stays beside each guest, is not installed.", KEEPER_PROGRAM);
        return FALSE;
    }
    start->log = g_build_filename(start->engine->log_directory, log_name, NULL);
    launch.log = start->log;
    return qemu_process_launch(&launch, &start->control, failure);
}

/*
 * An emulator that ends before it has taken the connection closes nothing that we would see: its socket is ours as
 * well. Its process tells.
 */
static gboolean
handle_early_end(int fd G_GNUC_UNUSED, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    QemuStart *start = data;

    qmp_client_abort(start->client, "monitor-closed", "The emulator has ended.");
    return G_SOURCE_REMOVE;
}

static void
watch_early_end(gpointer data)
{
    QemuStart *start = data;

    if (start->guest->emulator < 0) {
        (void) handle_early_end(-1, G_IO_IN, start);
        return;
    }
    start->domain->emulator_watch = driver_loop_watch(start->engine->loop, start->guest->emulator, G_IO_IN,
                                                      handle_early_end, start);
}

static gboolean
connect_monitor(QemuStart *start, DriverFailure **failure)
{
    const int fd = qemu_monitor_socket_connect(&start->guest->directory, start->domain->name, failure);

    if (fd < 0) {
        return FALSE;
    }
    start->client = qemu_domain_client(start->domain, fd);
    driver_loop_call(start->engine->loop, watch_early_end, start);
    DRIVER_LOCK_SCOPE(&start->domain->lock);
    // There, the interruption of the connection finds it.
    start->domain->client = qmp_client_ref(start->client);
    return TRUE;
}

gboolean
qemu_start_launch(QemuStart *start, DriverFailure **failure)
{
    QemuGuest *guest;

    if (!make_guest(start, failure) || !qemu_start_connect(start, failure) || !execute(start, failure)) {
        return FALSE;
    }
    qemu_start_disconnect(start);
    guest = start->guest;
    // Keeper and emulator hold the lock from here on, and nobody else.
    (void) close(guest->directory.lock);
    guest->directory.lock = -1;
    if (!qemu_process_await(start->control, start->engine->interrupt, start->deadline, start->command->arguments[0],
                            &guest->record->emulator, &guest->record->keeper, failure)) {
        return FALSE;
    }
    qemu_guest_find_processes(guest);
    return connect_monitor(start, failure);
}

/* What is asked in one go; each may be NULL when it was not asked for. */
typedef struct {
    QmpRequest *machine;
    QmpRequest *characters;
    QmpRequest *cpus;
    QmpRequest *vnc;
    QmpRequest *balloon;
    GPtrArray *links;          /* QmpRequest; never NULL */
} Questions;

typedef struct {
    JsonNode *machine;
    JsonNode *characters;
    JsonNode *cpus;
    JsonNode *vnc;
} Answers;

static void
answers_clear(Answers *answers)
{
    g_clear_pointer(&answers->machine, json_node_unref);
    g_clear_pointer(&answers->characters, json_node_unref);
    g_clear_pointer(&answers->cpus, json_node_unref);
    g_clear_pointer(&answers->vnc, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answers, answers_clear)

static JsonObject *
property_of(const char *path, const char *property)
{
    JsonObject *arguments = qmp_argument("path", path);

    json_object_set_string_member(arguments, "property", property);
    return arguments;
}

static gboolean
wants_pins(const DomainDefinition *definition)
{
    return definition->cpus || definition->emulator_cpus || definition->vcpu_pins->len > 0;
}

/* Before the guest runs, so that it never sees a link that is to be down. */
static void
pull_cables(const QemuStart *start, Questions *questions)
{
    for (guint i = 0; start->command->links_down[i]; i++) {
        JsonObject *arguments = qmp_argument("name", start->command->links_down[i]);
        json_object_set_boolean_member(arguments, "up", FALSE);
        g_ptr_array_add(questions->links, qmp_client_send(start->client, "set_link", arguments));
    }
}

static void
ask(const QemuStart *start, Questions *questions)
{
    const DomainDefinition *definition = start->definition;

    questions->machine = qmp_client_send(start->client, "qom-get", property_of("/machine", "type"));
    if (definition->serials->len > 0) {
        questions->characters = qmp_client_send(start->client, "query-chardev", NULL);
    }
    if (*start->command->required_features || start->driver->accelerator->kvm || wants_pins(definition)) {
        questions->cpus = qmp_client_send(start->client, "query-cpus-fast", NULL);
    }
    if (definition->graphics->len > 0) {
        questions->vnc = qmp_client_send(start->client, "query-vnc", NULL);
    }
    // The balloon comes with the guest's memory.
    if (start->command->balloon_bytes > 0 && !start->incoming) {
        JsonObject *arguments = json_object_new();
        json_object_set_int_member(arguments, "value", (gint64) start->command->balloon_bytes);
        questions->balloon = qmp_client_send(start->client, "balloon", arguments);
    }
    pull_cables(start, questions);
}

/* Every request must be waited for, even when an earlier one has failed; the first failure is kept. */
static gboolean
hear(QmpRequest *request, gint64 deadline, JsonNode **value, DriverFailure **failure)
{
    return !request || qmp_request_wait(request, deadline, value, failure);
}

static gboolean
listen_to(const QemuStart *start, const Questions *questions, Answers *answers, DriverFailure **failure)
{
    gboolean good = hear(questions->machine, start->deadline, &answers->machine, failure);

    good &= hear(questions->characters, start->deadline, &answers->characters, failure);
    good &= hear(questions->cpus, start->deadline, &answers->cpus, failure);
    good &= hear(questions->vnc, start->deadline, &answers->vnc, failure);
    good &= hear(questions->balloon, start->deadline, NULL, failure);
    for (guint i = 0; i < questions->links->len; i++) {
        good &= hear(questions->links->pdata[i], start->deadline, NULL, failure);
    }
    return good;
}

static gboolean
require_features(const QemuStart *start, const char *cpu, DriverFailure **failure)
{
    g_autoptr(JsonNode) value = NULL;
    g_auto(GStrv) missing = NULL;

    if (!*start->command->required_features) {
        return TRUE;
    }
    if (!qmp_client_call(start->client, "qom-get", property_of(cpu, "unavailable-features"), start->deadline, &value,
                         failure)) {
        return FALSE;
    }
    missing = qemu_monitor_strings(value);
    for (guint i = 0; start->command->required_features[i]; i++) {
        const char *feature = start->command->required_features[i];
        if (g_strv_contains((const char *const *) missing, feature)) {
            driver_failure_set(failure, "host-unsupported", feature,
                               "Remove the feature from <cpu>, make its policy 'optional', or choose another host.",
                               "The CPU feature %s, which %s requires, is not available here.", feature,
                               start->domain->name);
            return FALSE;
        }
    }
    return TRUE;
}

/* Hz that the guest's TSC runs at; 0 when there is none. Only asked under KVM: elsewhere it is emulated. */
static guint64
ask_tsc(const QemuStart *start, const char *cpu)
{
    g_autoptr(JsonNode) value = NULL;

    if (!start->driver->accelerator->kvm || !start->command->plan->machine->x86 ||
        !qmp_client_call(start->client, "qom-get", property_of(cpu, "tsc-frequency"), start->deadline, &value, NULL) ||
        !value || json_node_get_value_type(value) != G_TYPE_INT64) {
        return 0;
    }
    return (guint64) MAX(0, json_node_get_int(value));
}

static void
note_consoles(QemuStart *start, GHashTable *ptys)
{
    const DomainDefinition *definition = start->definition;
    const QemuPlan *plan = start->command->plan;

    for (guint i = 0; i < definition->consoles->len + definition->serials->len; i++) {
        const gboolean is_console = i >= definition->serials->len;
        const DomainConsole *console = is_console ? definition->consoles->pdata[i - definition->serials->len] : NULL;
        const DomainSerial *serial = console ? console->serial : definition->serials->pdata[i];
        const QemuPlannedDevice *port = serial ? qemu_plan_find(plan, &serial->device) : NULL;
        const QemuPlannedDevice *row = console ? qemu_plan_find(plan, &console->device) : port;
        const char *path = port ? g_hash_table_lookup(ptys, port->alias) : NULL;

        if (row && serial && serial->type == DOMAIN_CHARACTER_FILE) {
            qemu_record_add_console(start->guest->record, row->alias, serial->path, FALSE);
        } else if (row && path) {
            qemu_record_add_console(start->guest->record, row->alias, path, TRUE);
        }
    }
}

static void
note_disks(QemuStart *start)
{
    const GPtrArray *disks = start->definition->disks;

    for (guint i = 0; i < disks->len; i++) {
        const DomainDisk *disk = disks->pdata[i];
        const QemuPlannedDevice *row = qemu_plan_find(start->command->plan, &disk->device);
        if (row) {
            qemu_record_add_disk(start->guest->record, row->alias, disk->target);
        }
    }
}

/* Names of the host's devices by alias; borrowed from the record. */
static GHashTable *
targets_of(const QemuRecord *record)
{
    GHashTable *targets = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < record->interfaces->len; i++) {
        const QemuInterfaceName *interface = record->interfaces->pdata[i];
        if (*interface->target) {
            (void) g_hash_table_insert(targets, interface->alias, interface->target);
        }
    }
    return targets;
}

static gboolean
describe(QemuStart *start, const Answers *answers, guint64 tsc, DriverFailure **failure)
{
    g_autoptr(GHashTable) ptys = qemu_monitor_ptys(answers->characters);
    g_autoptr(GHashTable) targets = targets_of(start->guest->record);
    g_autofree char *machine = qemu_monitor_machine(answers->machine);
    const DomainOs *os = &start->definition->os;
    const QemuLiveFacts facts = {
        .id = start->guest->record->emulator.pid,
        .emulator = start->command->arguments[0],
        .architecture = os->architecture ? os->architecture : start->context.host_architecture,
        .machine = machine,
        .ptys = ptys,
        .targets = targets,
        .vnc_port = qemu_monitor_vnc_port(answers->vnc),
        .tsc_frequency = tsc,
    };

    note_consoles(start, ptys);
    note_disks(start);
    start->guest->record->xml = qemu_live_xml_build(start->definition, start->command->plan, &facts, failure);
    return start->guest->record->xml != NULL;
}

/*
 * The guest is set running while its record is completed; when it runs, which is noted, the start is committed. Until
 * then the end of this process in any way is still the end of the guest, and what was committed runs.
 */
static gboolean
finish(QemuStart *start, DriverFailure **failure)
{
    QmpRequest *running = start->paused ? NULL : qmp_client_send(start->client, "cont", NULL);
    gboolean good;

    start->guest->record->phase = QEMU_PHASE_RUNNING;
    good = qemu_start_keep(start, failure);
    // An emulator whose monitor is closed forgets what it has not read, and the keeper may not listen to it yet.
    good &= hear(running, start->deadline, NULL, failure);
    if (good && running) {
        qemu_events_log_note(start->guest->directory.fd, "RESUME");
    }
    good = good && qemu_process_commit(start->control, failure);
    qemu_monitor_socket_widen(start->listening);
    return good && qemu_process_confirm(start->control, start->deadline, failure);
}

/* Before the guest has run, so that none of its threads ever was elsewhere for longer. */
static gboolean
pin(const QemuStart *start, JsonNode *cpus, DriverFailure **failure)
{
    g_auto(QemuVcpuReport) report = {.threads = NULL};
    QemuRecord *record = start->guest->record;

    if (wants_pins(start->definition)) {
        qemu_vcpu_report_look(cpus, record->emulator.pid, &report);
    }
    return qemu_pins_begin(start->definition, &report, record, failure);
}

/* Not committed: that is for the end of the migration. What whoever comes next has to know is kept now. */
static gboolean
receive(QemuStart *start, DriverFailure **failure)
{
    qemu_monitor_socket_widen(start->listening);
    return start->incoming->receive(start, failure) && qemu_start_keep(start, failure);
}

gboolean
qemu_start_converse(QemuStart *start, DriverFailure **failure)
{
    g_autoptr(GPtrArray) cpus = NULL;
    g_auto(Answers) answers = {NULL, NULL, NULL, NULL};
    g_autoptr(GPtrArray) links = g_ptr_array_new();
    Questions questions = {.links = links};
    const char *cpu;
    gboolean kept;

    ask(start, &questions);
    // The first record is made while the emulator sets itself up. An owner that dies before it leaves a directory.
    kept = qemu_start_keep(start, failure);
    if (!listen_to(start, &questions, &answers, failure) || !kept) {
        return FALSE;
    }
    cpus = qemu_monitor_cpus(answers.cpus);
    cpu = cpus->len > 0 ? ((const QemuMonitorCpu *) cpus->pdata[0])->path : "";
    return require_features(start, cpu, failure) && pin(start, answers.cpus, failure) &&
           describe(start, &answers, ask_tsc(start, cpu), failure) &&
           (start->incoming ? receive(start, failure) : finish(start, failure));
}

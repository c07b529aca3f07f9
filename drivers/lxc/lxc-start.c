// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting a container: checked, written down, run by the helper, written down again.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-engine.h"
#include "lxc-network.h"

/* How long a monitor may take to clean up after a start that failed. */
#define PATIENCE (10 * G_USEC_PER_SEC)

typedef struct {
    LxcDomain *domain;
    const LxcDefinition *definition;
    LxcGuest *guest;
    char *shares[LXC_SHARES];
    char *log;
    gint64 deadline;
    gboolean paused;           /* to be stopped before init is executed */
} Start;

static void
start_clear(Start *start)
{
    lxc_guest_unref(start->guest);
    g_free(start->log);
    for (guint i = 0; i < LXC_SHARES; i++) {
        g_free(start->shares[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static gint64
init_of(LxcDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == LXC_ACTIVE || domain->phase == LXC_SETTLING ? domain->guest->record->init.pid : 0;
}

/* The init of another domain of this connection; 0: it does not run. */
static gint64
find_init(LxcEngine *engine, const char *name)
{
    gint64 found = 0;

    DRIVER_LOCK_SCOPE(&engine->lock);
    for (guint i = 0; i < engine->domains->len; i++) {
        LxcDomain *domain = engine->domains->pdata[i];
        if (g_str_equal(domain->name, name)) {
            found = init_of(domain);
        }
    }
    return found;
}

/* liblxc takes it by this path later, and would not say whose it was. */
static gboolean
may_share(const LxcShare *share, guint what, guint64 pid, DriverFailure **failure)
{
    static const char *const names[LXC_SHARES] = {"net", "ipc", "uts"};
    g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/ns/%s", pid, names[what]);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int error = errno;

    if (fd < 0) {
        driver_failure_set(failure, error == EACCES ? "permission-denied" : "no-device", share->value,
                           error == EACCES ? "It takes the user of that process, and the capabilities that it has."
                                           : "Give the number of a process that runs.",
                           "line %u: %s, which is to be shared, cannot be opened: %s", share->line, path,
                           g_strerror(error));
        return FALSE;
    }
    (void) close(fd);
    return TRUE;
}

static gboolean
resolve_share(Start *start, guint what, DriverFailure **failure)
{
    const LxcShare *share = &start->definition->shares[what];
    guint64 pid = 0;

    if (share->from == LXC_SHARE_NETNS) {
        start->shares[what] = g_build_filename("/run/netns", share->value, NULL);
    } else if (share->from == LXC_SHARE_PID && g_ascii_string_to_unsigned(share->value, 10, 1, G_MAXINT, &pid, NULL)) {
        start->shares[what] = g_strdup(share->value);
    } else if (share->from == LXC_SHARE_NAME) {
        pid = (guint64) find_init(start->domain->engine, share->value);
        start->shares[what] = g_strdup_printf("%" G_GUINT64_FORMAT, pid);
    }
    // Nothing is sent: this asks whether there is such a process.
    if (share->from == LXC_SHARE_PID && pid > 0 && kill((pid_t) pid, 0) != 0 && errno == ESRCH) {
        pid = 0;
    }
    if ((share->from == LXC_SHARE_NETNS && strchr(share->value, '/') == NULL &&
         access(start->shares[what], F_OK) == 0) || pid > 0) {
        return pid == 0 || may_share(share, what, pid, failure);
    }
    driver_failure_set(failure, "no-device", share->value,
                       share->from == LXC_SHARE_NETNS  ? "List them with: ip netns"
                       : share->from == LXC_SHARE_NAME ? "Start it first."
                                                       : "Give the number of a process that runs.",
                       "line %u: the %s '%s', %s is to be shared, is not there", share->line,
                       share->from == LXC_SHARE_NETNS ? "network namespace"
                                                      : share->from == LXC_SHARE_PID ? "process" : "running domain",
                       share->value, share->from == LXC_SHARE_NETNS ? "which" : "whose namespace");
    return FALSE;
}

static gboolean
resolve_shares(Start *start, DriverFailure **failure)
{
    for (guint i = 0; i < LXC_SHARES; i++) {
        if (start->definition->shares[i].from != LXC_SHARE_NONE && !resolve_share(start, i, failure)) {
            return FALSE;
        }
    }
    return TRUE;
}

static LxcRecord *
make_record(const Start *start)
{
    const LxcDefinition *definition = start->definition;
    LxcRecord *record = lxc_record_new();

    record->boot = g_strdup(start->domain->engine->boot);
    record->group = lxc_config_group(start->domain->uuid, start->domain->engine->run_directory);
    record->place = lxc_cgroup_place(start->domain->engine->cgroups, record->group);
    record->memory_kib = lxc_definition_memory(definition);
    record->vcpus = definition->base->maximum_vcpus;
    record->consoles = definition->consoles;
    record->held = start->paused;
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        if (lxc_network_is_made(interface)) {
            g_ptr_array_add(record->links, lxc_network_entry(interface));
        }
        g_ptr_array_add(record->interfaces, lxc_network_names(interface));
    }
    return record;
}

static gboolean
write_file(const RunDirectory *directory, const char *name, const char *text, DriverFailure **failure)
{
    const int fd = openat(directory->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const gssize length = (gssize) strlen(text);
    const gboolean good = fd >= 0 && write(fd, text, (gsize) length) == length;

    if (!good) {
        driver_failure_set(failure, "file-error", directory->path, NULL, "Writing %s in %s failed: %s.", name,
                           directory->path, g_strerror(errno));
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return good;
}

/* In version 2, what starts a life has to be in no group that others are to be below. */
static gboolean
take_leaf(const LxcCgroups *cgroups, char **list, DriverFailure **failure)
{
    g_autofree char *group = lxc_cgroup_path(cgroups, lxc_cgroups_find(cgroups, "memory"), LXC_CGROUP_LEAF);

    *list = g_build_filename(group, LXC_CGROUP_PROCESSES, NULL);
    return lxc_cgroups_take_own(cgroups, failure);
}

/* liblxc makes a user's groups where its own process is, and leaves that one elsewhere at the end of each life. */
static gboolean
write_groups(const Start *start, DriverFailure **failure)
{
    const LxcCgroups *cgroups = start->domain->engine->cgroups;
    g_autofree char *lists = NULL;

    if (geteuid() == 0) {
        return TRUE;
    }
    if (!lxc_cgroups_are_unified(cgroups)) {
        g_autofree char *membership = lxc_cgroups_membership();
        lists = lxc_cgroups_own_lists(cgroups, membership);
    } else if (!take_leaf(cgroups, &lists, failure)) {
        return FALSE;
    }
    return write_file(&start->guest->directory, HELPER_GROUPS, lists, failure);
}

/* Where liblxc finds no group that it may use, it takes none, and says nothing of it: the helper looks in each life. */
static gboolean
write_limited(const Start *start, DriverFailure **failure)
{
    const LxcCgroups *cgroups = start->domain->engine->cgroups;
    g_autofree char *path = lxc_cgroup_path(cgroups, lxc_cgroups_find(cgroups, "memory"), start->guest->record->place);

    return geteuid() == 0 || write_file(&start->guest->directory, HELPER_LIMITED, path, failure);
}

/* What the helper does beside liblxc: groups, image files, routes, and stopping before init is executed. */
static gboolean
write_tasks(const Start *start, DriverFailure **failure)
{
    const RunDirectory *directory = &start->guest->directory;
    g_autofree char *images = lxc_config_images(start->definition);
    g_autofree char *routes = lxc_config_routes(start->definition);
    g_autofree char *freezer = lxc_cgroup_freezer_file(start->domain->engine->cgroups, start->guest->record->place);

    return write_groups(start, failure) && write_limited(start, failure) &&
           (images == NULL || write_file(directory, HELPER_IMAGES, images, failure)) &&
           (routes == NULL || write_file(directory, HELPER_ROUTES, routes, failure)) &&
           (!start->paused || write_file(directory, HELPER_PAUSED, freezer, failure));
}

static gboolean
write_directory(const Start *start, DriverFailure **failure)
{
    const RunDirectory *directory = &start->guest->directory;
    LxcConfigContext context = {
        .cgroups = start->domain->engine->cgroups,
        .group = start->guest->record->group,
        .directory = directory->path,
        .paused = start->paused,
    };
    g_autofree char *seccomp = lxc_config_seccomp();
    g_autofree char *config = NULL;

    for (guint i = 0; i < LXC_SHARES; i++) {
        context.shares[i] = start->shares[i];
    }
    config = lxc_config_make(start->definition, &context);
    // Of an earlier run: liblxc makes its own.
    lxc_cgroup_remove(start->domain->engine->cgroups, start->guest->record->place);
    // Made here, and not by the first line of the monitor: whoever watches the directory can rely on it.
    return write_file(directory, HELPER_EVENTS, "", failure) && write_file(directory, HELPER_CONFIG, config, failure) &&
           write_file(directory, LXC_SECCOMP_FILE, seccomp, failure) && write_tasks(start, failure);
}

/* After the record was kept, so that whoever comes after us knows what to remove. */
static gboolean
make_links(const Start *start, DriverFailure **failure)
{
    g_autoptr(GString) made = g_string_new(NULL);

    if (!lxc_network_make_all(start->domain->engine, start->definition, start->domain->uuid, made, failure)) {
        // Nothing was made, and nothing is to be looked for.
        g_ptr_array_set_size(start->guest->record->links, made->len == 0 ? 0 : (gint) start->guest->record->links->len);
        return FALSE;
    }
    return made->len == 0 || write_file(&start->guest->directory, HELPER_LINKS, made->str, failure);
}

static gboolean
prepare(Start *start, DriverFailure **failure)
{
    LxcEngine *engine = start->domain->engine;
    RunDirectory directory;

    if (!resolve_shares(start, failure) ||
        !run_directory_create(&directory, engine->run_directory, start->domain->uuid, failure)) {
        return FALSE;
    }
    start->guest = lxc_guest_new(make_record(start), &directory);
    start->guest->record->directory = g_strdup(directory.name);
    start->log = g_strdup_printf("%s/%s.log", engine->log_directory, start->domain->uuid);
    (void) unlink(start->log);
    if (!write_directory(start, failure)) {
        return FALSE;
    }
    if (!lxc_domain_keep(start->domain, start->guest->record)) {
        driver_failure_set(failure, "file-error", start->domain->name, NULL, "The running state cannot be written.");
        return FALSE;
    }
    return make_links(start, failure);
}

/* Whether there will be something at the end that only the monitor knows how to give back or to remove. */
static gboolean
gives_back(const LxcDefinition *definition)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        if (interface->type == LXC_INTERFACE_PHYSICAL) {
            return TRUE;
        }
    }
    // What was moved into a namespace that is not the container's does not go with it; nor can a user remove the groups
    // that the container's ids have made in its own.
    return geteuid() != 0 || definition->shares[LXC_SHARE_NET].from != LXC_SHARE_NONE;
}

static char *
flags_of(const LxcDefinition *definition, gboolean paused)
{
    const DomainEndActions *end = &definition->base->end;
    GString *flags = g_string_new("-");

    if (paused) {
        (void) g_string_append_c(flags, HELPER_START_PAUSED);
    }
    if (!gives_back(definition)) {
        (void) g_string_append_c(flags, HELPER_LEAVE_REST);
    }
    if (end->poweroff == DOMAIN_END_RESTART) {
        (void) g_string_append_c(flags, HELPER_RESTART_POWEROFF);
    }
    if (end->crash == DOMAIN_END_RESTART) {
        (void) g_string_append_c(flags, HELPER_RESTART_CRASH);
    }
    if (end->reboot == DOMAIN_END_RESTART) {
        (void) g_string_append_c(flags, HELPER_RESTART_REBOOT);
    }
    return g_string_free(flags, FALSE);
}

static gboolean
launch(const Start *start, DriverFailure **failure)
{
    const LxcDefinition *definition = start->definition;
    const RunDirectory *directory = &start->guest->directory;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autofree char *flags = flags_of(definition, start->paused);
    const char *first[] = {"run", start->guest->record->group, directory->path, start->log, flags, "--",
                           definition->init};

    for (guint i = 0; i < G_N_ELEMENTS(first); i++) {
        g_ptr_array_add(words, (gpointer) first[i]);
    }
    for (guint i = 0; i < definition->arguments->len; i++) {
        g_ptr_array_add(words, definition->arguments->pdata[i]);
    }
    g_ptr_array_add(words, NULL);
    return lxc_helper_run(start->domain->engine->driver, (const char *const *) words->pdata, directory->lock,
                          start->domain->engine->interrupt, start->deadline, NULL, failure);
}

/* Nothing of a start that failed stays. */
static void
take_back(Start *start)
{
    LxcGuest *guest = start->guest;
    LxcEvents events;
    int monitor;

    if (guest == NULL) {
        return;
    }
    lxc_events_read(&events, guest->directory.fd);
    monitor = process_identity_open(&events.monitor);
    // By itself when liblxc has failed; not so when it was us who gave up.
    if (monitor >= 0 && !process_has_ended(monitor, events.init > 0 ? 0 : g_get_monotonic_time() + PATIENCE / 10)) {
        (void) process_signal(monitor, SIGKILL);
        (void) process_has_ended(monitor, g_get_monotonic_time() + PATIENCE);
    }
    if (monitor >= 0) {
        (void) close(monitor);
    }
    lxc_remove_remains(start->domain->engine, guest, start->domain->uuid);
    (void) lxc_domain_keep(start->domain, NULL);
}

/* Returns when nothing of a container runs that is to be paused. */
static gboolean
await_stop(const Start *start, DriverFailure **failure)
{
    return !start->paused || lxc_cgroup_freeze(start->domain->engine->cgroups, start->guest->record->place, TRUE,
                                               start->deadline, failure);
}

/* The container runs. */
static MortiseResult
finish(Start *start, DriverFailure **failure)
{
    LxcDomain *domain = start->domain;
    LxcGuest *guest = start->guest;
    LxcEvents events;

    (void) close(guest->directory.lock);
    guest->directory.lock = -1;
    lxc_events_read(&events, guest->directory.fd);
    guest->record->xml = lxc_live_xml(start->definition, events.init);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->guest = lxc_guest_ref(guest);
    }
    lxc_activate(domain, &events, "booted");
    if (!lxc_domain_keep(domain, guest->record)) {
        driver_failure_set(failure, "file-error", domain->name, NULL, "The running state cannot be written.");
        driver_loop_run(domain->engine->loop, lxc_domain_watch, domain);
        (void) lxc_stop(domain, 0);
        return MORTISE_FAILED;
    }
    driver_loop_run(domain->engine->loop, lxc_domain_watch, domain);
    return MORTISE_OK;
}

static MortiseResult
run(Start *start, DriverFailure **failure)
{
    LxcDomain *domain = start->domain;

    if (prepare(start, failure) && launch(start, failure) && await_stop(start, failure)) {
        return finish(start, failure);
    }
    if (start->log != NULL) {
        lxc_explain(start->definition, start->log, failure);
    }
    take_back(start);
    lxc_domain_set_phase(domain, LXC_IDLE);
    return MORTISE_FAILED;
}

/* Whether a start may begin; the phase is STARTING then. */
static gboolean
begin(LxcDomain *domain, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    // The end of an earlier one is just being handled.
    while (domain->phase == LXC_ENDING && driver_lock_wait(&domain->lock, lxc_deadline(domain->engine->driver))) {
        continue;
    }
    if (domain->refusal != NULL || domain->phase != LXC_IDLE) {
        driver_failure_set(failure, domain->refusal != NULL ? domain->refusal->reason : "domain-busy", domain->name,
                           domain->refusal != NULL ? domain->refusal->hint : "Try again in a moment.", "%s",
                           domain->refusal != NULL ? domain->refusal->message : "It is just starting or ending.");
        return FALSE;
    }
    domain->phase = LXC_STARTING;
    return TRUE;
}

MortiseResult
lxc_start(void *domain, const MortiseStartArguments *arguments)
{
    LxcDomain *started = domain;
    const LxcDriver *driver = started->engine->driver;
    DriverFailure *failure = NULL;
    g_autoptr(LxcDefinition) definition = NULL;
    g_auto(Start) start = {.domain = started, .deadline = lxc_deadline(driver)};

    start.paused = (arguments->flags & MORTISE_START_PAUSED) != 0;
    if (start.paused && lxc_cgroups_freezer(started->engine->cgroups) == NULL) {
        driver_failure_set(&failure, "host-unsupported", "freezer",
                           "Mount the freezer, or control groups of version 2.",
                           "This host's control groups cannot freeze, so that nothing can be started paused.");
        return lxc_fail(driver, failure);
    }
    definition = lxc_definition_parse(arguments->xml, &failure);
    if (definition == NULL) {
        return lxc_fail(driver, failure);
    }
    start.definition = definition;
    lxc_check_host(definition, started->engine->cgroups, TRUE);
    if (!domain_findings_require_none(definition->base->findings, &failure) || !begin(started, &failure)) {
        return lxc_fail(driver, failure);
    }
    return run(&start, &failure) == MORTISE_OK ? MORTISE_OK : lxc_fail(driver, failure);
}

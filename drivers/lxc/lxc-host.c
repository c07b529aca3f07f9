// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the LXC driver says of the host: facts, the <capabilities> document, findings with what to do about them.
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "driver-host.h"
#include "helper/lxc-helper.h"
#include "host-topology.h"
#include "lxc-config.h"
#include "lxc-engine.h"

#define PATIENCE (5 * G_USEC_PER_SEC)

typedef struct {
    const LxcDriver *driver;
    MortiseSink *sink;
} Probe;

static void
add(const Probe *probe, guint verdict, const char *id, const char *object, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(6, 7);

static void
add(const Probe *probe, guint verdict, const char *id, const char *object, const char *hint, const char *format, ...)
{
    const MortiseFinding finding = {
        .struct_size = sizeof(finding), .verdict = verdict, .id = id, .object = object, .hint = hint,
    };
    va_list arguments;

    va_start(arguments, format);
    driver_host_finding(probe->driver->host, probe->sink, &finding, format, arguments);
    va_end(arguments);
}

/* The version of liblxc, to be freed; NULL when the helper does not run. */
static char *
ask_version(const LxcDriver *driver, DriverFailure **failure)
{
    static const char *const words[] = {"version", NULL};
    char *output = NULL;

    if (!lxc_helper_run(driver, words, -1, -1, g_get_monotonic_time() + PATIENCE, &output, failure)) {
        g_free(output);
        return NULL;
    }
    return g_strstrip(output);
}

static void
probe_liblxc(const Probe *probe)
{
    DriverFailure *failure = NULL;
    g_autofree char *version = ask_version(probe->driver, &failure);

    if (version != NULL) {
        add(probe, MORTISE_VERDICT_GOOD, "liblxc", HELPER_PROGRAM, NULL, "liblxc %s is usable.", version);
    } else {
        add(probe, MORTISE_VERDICT_BAD, "liblxc", HELPER_PROGRAM,
            "Install liblxc (Debian: liblxc1), or reinstall the driver.", "No container can start: %s",
            failure->message);
    }
    driver_failure_free(failure);
}

static char *
list_controllers(const LxcCgroups *cgroups, gboolean unified)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        for (guint j = 0; hierarchy->unified == unified && hierarchy->controllers[j] != NULL; j++) {
            const char *name = hierarchy->controllers[j];
            if (*name != '\0' && !g_str_equal(name, "rw") && !g_str_equal(name, "relatime")) {
                g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
            }
        }
    }
    return g_string_free(list, FALSE);
}

static void
probe_cgroups(const Probe *probe)
{
    static const char *const wanted[] = {"memory", "cpu", "cpuset"};
    g_autoptr(LxcCgroups) cgroups = lxc_cgroups_new_host();
    g_autofree char *first = list_controllers(cgroups, FALSE);
    g_autofree char *second = list_controllers(cgroups, TRUE);

    if (cgroups->hierarchies->len == 0) {
        add(probe, MORTISE_VERDICT_BAD, "cgroups", "/sys/fs/cgroup", "Mount them: mount -t cgroup2 none /sys/fs/cgroup",
            "No control groups are mounted: no container can start.");
        return;
    }
    add(probe, MORTISE_VERDICT_GOOD, "cgroups", "/sys/fs/cgroup", NULL,
        "Control groups: version 1 with %s; version 2 with %s.", *first != '\0' ? first : "nothing",
        *second != '\0' ? second : "nothing");
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        if (lxc_cgroups_find(cgroups, wanted[i]) == NULL) {
            add(probe, MORTISE_VERDICT_WARNING, "cgroup-controller", wanted[i],
                "Enable it with the kernel's command line, or have systemd delegate it.",
                "The controller %s is not there: containers that need it cannot start.", wanted[i]);
        }
    }
    if (lxc_cgroups_freezer(cgroups) == NULL) {
        add(probe, MORTISE_VERDICT_WARNING, "cgroup-controller", "freezer", "Mount the freezer.",
            "Containers cannot be suspended: there is no freezer.");
    }
}

static void
probe_namespaces(const Probe *probe)
{
    g_autofree char *most = NULL;

    if (access("/proc/self/ns/user", F_OK) != 0) {
        add(probe, MORTISE_VERDICT_WARNING, "user-namespaces", "CONFIG_USER_NS", "Use a kernel that has them.",
            "The kernel has no user namespaces: containers with <idmap> cannot start.");
        return;
    }
    (void) g_file_get_contents("/proc/sys/user/max_user_namespaces", &most, NULL, NULL);
    if (most != NULL && g_str_equal(g_strstrip(most), "0")) {
        add(probe, MORTISE_VERDICT_WARNING, "user-namespaces", "user.max_user_namespaces",
            "Allow them: sysctl user.max_user_namespaces=15000",
            "User namespaces are switched off: containers with <idmap> cannot start.");
        return;
    }
    add(probe, MORTISE_VERDICT_GOOD, "user-namespaces", "user.max_user_namespaces", NULL,
        "User namespaces are usable.");
}

static void
probe_user(const Probe *probe)
{
    if (geteuid() == 0) {
        return;
    }
    if (access("/usr/bin/newuidmap", X_OK) != 0 || access("/usr/bin/newgidmap", X_OK) != 0) {
        add(probe, MORTISE_VERDICT_WARNING, "newuidmap", "/usr/bin/newuidmap", "Install it (Debian: uidmap).",
            "Without root, containers need newuidmap and newgidmap.");
    }
    add(probe, MORTISE_VERDICT_WARNING, "user", NULL, "Run as root, and use lxc:///system.",
        "This user is not root: only containers with an <idmap> of subordinate ids can start, if at all.");
}

MortiseResult
lxc_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    const Probe probe = {driver, findings};

    if (full != 0) {
        probe_liblxc(&probe);
    }
    probe_cgroups(&probe);
    probe_namespaces(&probe);
    probe_user(&probe);
    return MORTISE_OK;
}

static guint64
version_number(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text != NULL ? text : "", ".", 4);
    guint64 numbers[3] = {0, 0, 0};

    for (guint i = 0; i < 3 && parts[i] != NULL; i++) {
        (void) g_ascii_string_to_unsigned(parts[i], 10, 0, 999, &numbers[i], NULL);
    }
    return numbers[0] * 1000000 + numbers[1] * 1000 + numbers[2];
}

MortiseResult
lxc_host_information(void *connection, MortiseHostInformation *information)
{
    const LxcEngine *engine = connection;
    MortiseHostInformation facts = {.struct_size = sizeof(facts)};
    g_autofree char *version = ask_version(engine->driver, NULL);
    HostTopology topology;
    struct utsname host;

    host_topology_read(&topology);
    facts.cpus = topology.cpus;
    facts.mhz = topology.mhz;
    facts.numa_nodes = topology.nodes;
    facts.sockets = topology.sockets;
    facts.cores = topology.cores;
    facts.threads = topology.threads;
    facts.memory_kib = topology.memory_kib;
    facts.hypervisor_version = version_number(version);
    if (uname(&host) == 0) {
        (void) g_strlcpy(facts.model, host.machine, sizeof(facts.model));
    }
    (void) g_strlcpy(facts.hostname, g_get_host_name(), sizeof(facts.hostname));
    (void) g_strlcpy(facts.hypervisor, "LXC", sizeof(facts.hypervisor));
    facts.struct_size = MIN(information->struct_size, (uint32_t) sizeof(facts));
    memcpy(information, &facts, facts.struct_size);
    return MORTISE_OK;
}

MortiseResult
lxc_capabilities(void *connection, MortiseSink *xml)
{
    const LxcEngine *engine = connection;
    g_autofree char *text = NULL;
    struct utsname host;

    if (uname(&host) != 0) {
        (void) g_strlcpy(host.machine, "unknown", sizeof(host.machine));
    }
    text = g_markup_printf_escaped("<capabilities>\n  <host>\n    <cpu>\n      <arch>%s</arch>\n    </cpu>\n  </host>\n"
                                   "  <guest>\n    <os_type>exe</os_type>\n    <arch name='%s'>\n"
                                   "      <wordsize>%u</wordsize>\n      <domain type='lxc'/>\n    </arch>\n"
                                   "    <features>\n      <privnet/>\n    </features>\n  </guest>\n</capabilities>\n",
                                   host.machine, host.machine, (guint) sizeof(void *) * 8);
    engine->driver->host->sink_text(xml, text, strlen(text));
    return MORTISE_OK;
}

MortiseResult
lxc_check(void *connection, const char *xml, MortiseSink *findings)
{
    const LxcEngine *engine = connection;
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(xml, &failure);

    if (definition == NULL) {
        driver_host_unreadable(engine->driver->host, findings, failure);
        return MORTISE_OK;
    }
    lxc_check_host(definition, engine->cgroups, FALSE);
    driver_host_findings(engine->driver->host, findings, definition->base->findings);
    return MORTISE_OK;
}

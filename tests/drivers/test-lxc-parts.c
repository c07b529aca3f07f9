// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parts of the LXC driver alone: control groups of both versions on given trees, records, events, configuration.
#include <mortise/driver/abi.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "folder-test.h"
#include "lxc-config.h"
#include "lxc-device.h"
#include "lxc-engine.h"
#include "lxc-limits.h"
#include "lxc-record.h"
#include "lxc-stats.h"
#include "mortise-test.h"

#define GROUP "mortise-lxc-1"
#define HEAD "<domain type='lxc'><name>web one</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>" \
             "<memory unit='MiB'>64</memory>"
#define ROOT "<filesystem><source dir='/srv/web'/><target dir='/'/></filesystem>"
#define NETWORK(more) "<interface type='bridge'><source bridge='b'/>" more "</interface>"
#define TEXT(body, devices) \
    HEAD "<os><type>exe</type><init>/sbin/init</init></os>" body "<devices>" ROOT devices "</devices></domain>"

/* A tree of control groups in a folder of its own. */
typedef struct {
    Folder *folder;
    GString *mounts;
} Tree;

static void
tree_init(Tree *tree)
{
    tree->folder = folder_new();
    tree->mounts = g_string_new("proc /proc proc rw 0 0\n");
}

static void
put(const Tree *tree, const char *hierarchy, const char *group, const char *file, const char *text)
{
    g_autofree char *name = g_build_filename(hierarchy, group, file, NULL);

    folder_put(tree->folder, name, text);
}

static void
add_mount(Tree *tree, const char *hierarchy, const char *type, const char *options)
{
    g_string_append_printf(tree->mounts, "cgroup %s/%s %s rw,relatime,%s 0 0\n", tree->folder, hierarchy, type,
                           options);
}

static void
tree_clear(Tree *tree)
{
    folder_remove(tree->folder);
    g_string_free(tree->mounts, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tree, tree_clear)

static LxcCgroups *
make_old(Tree *tree)
{
    add_mount(tree, "cpu,cpuacct", "cgroup", "cpu,cpuacct");
    add_mount(tree, "memory", "cgroup", "memory");
    add_mount(tree, "blkio", "cgroup", "blkio");
    add_mount(tree, "freezer", "cgroup", "freezer");
    put(tree, "cpu,cpuacct", GROUP, "cpuacct.usage", "1500000000\n");
    put(tree, "cpu,cpuacct", GROUP, "cpuacct.stat", "user 100\nsystem 50\n");
    put(tree, "memory", GROUP, "memory.usage_in_bytes", "2097152\n");
    put(tree, "memory", GROUP, "memory.limit_in_bytes", "67108864\n");
    put(tree, "memory", GROUP, "memory.stat", "cache 4096\nrss 1\ntotal_rss 1048576\n");
    put(tree, "blkio", GROUP, "blkio.throttle.io_service_bytes_recursive",
        "254:0 Read 8192\n254:0 Write 4096\n254:0 Sync 0\n254:0 Total 12288\n7:0 Read 512\nTotal 12800\n");
    put(tree, "blkio", GROUP, "blkio.throttle.io_serviced_recursive", "254:0 Read 2\n254:0 Write 1\n");
    put(tree, "freezer", GROUP, "freezer.state", "FROZEN\n");
    return lxc_cgroups_new(tree->mounts->str, "");
}

static LxcCgroups *
make_unified(Tree *tree)
{
    add_mount(tree, "unified", "cgroup2", "nsdelegate");
    put(tree, "unified", "", "cgroup.controllers", "cpuset cpu io memory pids\n");
    put(tree, "unified", "user/" GROUP, "cpu.stat", "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n");
    put(tree, "unified", "user/" GROUP, "memory.current", "2097152\n");
    put(tree, "unified", "user/" GROUP, "memory.max", "max\n");
    put(tree, "unified", "user/" GROUP, "memory.stat", "anon 1048576\nfile 0\n");
    put(tree, "unified", "user/" GROUP, "io.stat",
        "254:0 rbytes=8192 wbytes=4096 rios=2 wios=1 dbytes=0 dios=0\n7:0 rbytes=512 wbytes=0 rios=1 wios=0\n");
    put(tree, "unified", "user/" GROUP, "cgroup.events", "populated 1\nfrozen 1\n");
    return lxc_cgroups_new(tree->mounts->str, "/user");
}

static void
check_numbers(const LxcCgroups *cgroups, guint64 maximum)
{
    g_autoptr(GArray) blocks = lxc_stats_blocks(cgroups, GROUP);
    const LxcBlock *block = &g_array_index(blocks, LxcBlock, 0);
    LxcCpuTimes times;
    LxcMemory memory;

    lxc_stats_cpu(cgroups, GROUP, &times);
    lxc_stats_memory(cgroups, GROUP, &memory);
    CHECK(times.known);
    CHECK_INT(times.time, G_GUINT64_CONSTANT(1500000000));
    CHECK_INT(times.user, G_GUINT64_CONSTANT(1000000000));
    CHECK_INT(times.system, G_GUINT64_CONSTANT(500000000));
    CHECK(memory.known);
    CHECK_INT(memory.current_kib, 2048);
    CHECK_INT(memory.maximum_kib, maximum);
    CHECK_INT(memory.resident_kib, 1024);
    CHECK_INT(blocks->len, 2);
    CHECK_TEXT(block->device, "254:0");
    CHECK_INT(block->read_bytes, 8192);
    CHECK_INT(block->written_bytes, 4096);
    CHECK_INT(block->read_requests, 2);
    CHECK_INT(block->write_requests, 1);
    CHECK(lxc_cgroup_is_frozen(cgroups, GROUP));
}

static void
test_version_1(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autoptr(LxcCgroups) cgroups = NULL;

    tree_init(&tree);
    cgroups = make_old(&tree);
    check_numbers(cgroups, 65536);
    CHECK(NULL == lxc_cgroups_find(cgroups, "io"));
    put(&tree, "memory", GROUP, "memory.limit_in_bytes", "9223372036854771712\n");
    lxc_cgroup_remove(cgroups, GROUP);
}

static void
test_version_2(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autoptr(LxcCgroups) cgroups = NULL;

    tree_init(&tree);
    cgroups = make_unified(&tree);
    check_numbers(cgroups, 0);
    CHECK(NULL != lxc_cgroups_find(cgroups, "io"));
    CHECK(NULL == lxc_cgroups_find(cgroups, "devices"));
}

static void
test_nothing(void)
{
    g_autoptr(LxcCgroups) cgroups = lxc_cgroups_new("none\n\ncgroup /x cgroup\n", "");
    g_autoptr(GArray) blocks = lxc_stats_blocks(cgroups, GROUP);
    LxcCpuTimes times;
    LxcMemory memory;

    lxc_stats_cpu(cgroups, GROUP, &times);
    lxc_stats_memory(cgroups, GROUP, &memory);
    CHECK(!times.known && !memory.known && !lxc_cgroup_is_frozen(cgroups, GROUP));
    CHECK_INT(blocks->len, 0);
    CHECK(NULL == lxc_cgroups_freezer(cgroups));
}

static void
test_links(void)
{
    static const char text[] = "Inter-|   Receive                   |  Transmit\n"
                               " face |bytes    packets errs drop fifo frame compressed multicast|bytes ...\n"
                               "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
                               "  eth0:  100    7    0    1    0     0          0         0      200       8    2    "
                               "3    0     0       0          0\n";
    LxcTraffic received;
    LxcTraffic sent;

    CHECK(lxc_stats_link(text, "eth0", &received, &sent));
    CHECK(received.bytes == 100 && received.packets == 7 && received.errors == 0 && received.drops == 1);
    CHECK(sent.bytes == 200 && sent.packets == 8 && sent.errors == 2 && sent.drops == 3);
    CHECK(!lxc_stats_link(text, "eth1", &received, &sent));
    CHECK(!lxc_stats_link("eth1: 1 2 x", "eth1", &received, &sent));
}

static void
check_end(const char *text, gboolean asked, guint wanted_state, const char *wanted)
{
    g_autofree char *detail = NULL;
    LxcEvents events = {.init = 0};
    guint state = 0;

    lxc_events_parse(&events, text);
    CHECK_TEXT(lxc_events_end(&events, asked, &state, &detail), wanted);
    CHECK_INT(state, wanted_state);
}

static void
test_events(void)
{
    LxcEvents events = {.init = 0};

    lxc_events_parse(&events, "monitor 12 345\ninit 13\nagain rebooted 0\ninit 14\nended kil");
    CHECK(events.monitor.pid == 12 && events.monitor.start == 345 && events.init == 14 && !events.ended);
    lxc_events_parse(&events, "again rebooted 0\nnonsense\ninit x\ninit -1\n\n");
    CHECK_INT(events.init, 0);
    check_end("init 1\nended halted 0\n", FALSE, MORTISE_STATE_SHUTOFF, "shutdown");
    check_end("init 1\nended rebooted 0\n", FALSE, MORTISE_STATE_SHUTOFF, "shutdown");
    check_end("init 1\nended exited 3\n", FALSE, MORTISE_STATE_SHUTOFF, "failed");
    check_end("init 1\nended killed 11\n", FALSE, MORTISE_STATE_CRASHED, "crashed");
    check_end("init 1\nended killed 9\n", TRUE, MORTISE_STATE_SHUTOFF, "destroyed");
    check_end("init 1\nended looping 0\n", FALSE, MORTISE_STATE_CRASHED, "crashed");
    check_end("init 1\n", FALSE, MORTISE_STATE_CRASHED, "crashed");
}

static void
test_record(void)
{
    static const char *const wrong[] = {
        "", "null", "[]", "{}", "{\"version\":1}", "{\"version\":\"1\"}",
        "{\"version\":1,\"phase\":\"running\",\"directory\":\"../x\",\"group\":\"g\"}",
        "{\"version\":1,\"phase\":\"running\",\"directory\":\"x\",\"group\":\"../g\"}",
        "{\"version\":1,\"phase\":\"running\",\"directory\":\"..\",\"group\":\"g\"}",
        "{\"version\":1,\"phase\":\"walking\",\"directory\":\"x\",\"group\":\"g\"}",
    };
    g_autoptr(LxcRecord) record = lxc_record_new();
    g_autoptr(LxcRecord) again = NULL;
    g_autofree char *text = NULL;
    DriverFailure *failure = NULL;

    record->phase = LXC_RECORD_STOPPING;
    record->boot = g_strdup("boot");
    record->directory = g_strdup("1234");
    record->group = g_strdup(GROUP);
    record->init = (ProcessIdentity){12, G_MAXINT64};
    record->held = TRUE;
    g_ptr_array_add(record->links, g_strdup("mlx1.0"));
    record->xml = g_strdup("<domain/>");
    record->change = g_new0(LxcRecordChange, 1);
    *record->change = (LxcRecordChange){TRUE, g_strdup("<domain></domain>"), 3, {12, 34}, NULL, NULL, {NULL}};
    record->change->files[LXC_FILE_CONFIG] = g_strdup("a = b\n");
    record->change->files[LXC_FILE_IMAGES] = g_strdup("");
    text = lxc_record_to_text(record);
    again = lxc_record_parse(text, &failure);
    CHECK(NULL != again);
    if (again == NULL) {
        return;
    }
    CHECK(again->phase == LXC_RECORD_STOPPING && again->held);
    CHECK(again->init.pid == 12 && again->init.start == G_MAXINT64);
    CHECK_TEXT(again->links->pdata[0], "mlx1.0");
    CHECK(NULL != again->change && again->change->detaches && again->change->place == 3);
    if (again->change != NULL) {
        CHECK_INT(again->change->init.start, 34);
        CHECK_TEXT(again->change->xml, "<domain></domain>");
        CHECK(NULL == again->change->handed && NULL == again->change->files[LXC_FILE_LINKS]);
        CHECK_TEXT(again->change->files[LXC_FILE_CONFIG], "a = b\n");
        CHECK_TEXT(again->change->files[LXC_FILE_IMAGES], "");
    }
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        CHECK(NULL == lxc_record_parse(wrong[i], &failure));
        CHECK_TEXT(failure->reason, "driver-failed");
        g_clear_pointer(&failure, driver_failure_free);
    }
    CHECK(NULL == lxc_record_parse("{\"version\":2}", &failure));
    CHECK_TEXT(failure->reason, "state-schema");
    driver_failure_free(failure);
}

static char *
configure(const char *text, LxcCgroups *cgroups)
{
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(text, NULL);
    const LxcConfigContext context = {.cgroups = cgroups, .group = GROUP, .directory = "/run/x"};

    CHECK(NULL != definition);
    CHECK_INT(domain_findings_count(definition->base->findings), 0);
    return lxc_config_make(definition, &context);
}

#define LIMITS \
    "<vcpu cpuset='0-2,^2'>2</vcpu><memtune><soft_limit unit='MiB'>32</soft_limit><swap_hard_limit unit='MiB'>96" \
    "</swap_hard_limit></memtune><cputune><shares>1024</shares><period>50000</period><quota>25000</quota></cputune>"

#define DEVICES \
    "<filesystem type='mount'><source dir='/my data'/><target dir='/data'/><readonly/></filesystem>" \
    "<interface type='bridge'><source bridge='br0'/><ip address='2001:db8::1' prefix='64'/>" \
    "<ip address='192.0.2.70' prefix='26'/></interface>"

static void
test_configuration(void)
{
    g_auto(Tree) old = {NULL, NULL};
    g_auto(Tree) unified = {NULL, NULL};
    g_autoptr(LxcCgroups) first = NULL;
    g_autoptr(LxcCgroups) second = NULL;
    g_autofree char *one = NULL;
    g_autofree char *other = NULL;

    tree_init(&old);
    tree_init(&unified);
    first = make_old(&old);
    second = make_unified(&unified);
    one = configure(TEXT(LIMITS, DEVICES), first);
    other = configure(TEXT(LIMITS, ""), second);
    CHECK(NULL != strstr(one, "lxc.uts.name = web-one\n"));
    CHECK(NULL != strstr(one, "lxc.mount.entry = /my\\040data data none bind,create=file,ro 0 0\n") ||
                           strstr(one, "lxc.mount.entry = /my\\040data data none bind,create=dir,ro 0 0\n"));
    CHECK(NULL != strstr(one, geteuid() == 0 ? "lxc.net.0.type = phys\nlxc.net.0.link = mlp6695eb01.0\n"
                                             : "lxc.net.0.type = veth\nlxc.net.0.link = br0\n"));
    CHECK(NULL != strstr(one, "lxc.net.0.ipv6.address = 2001:db8::1/64\n"
                              "lxc.net.0.ipv4.address = 192.0.2.70/26 192.0.2.127\n"));
    CHECK(NULL != strstr(one, "lxc.cgroup.memory.limit_in_bytes = 67108864\n"));
    CHECK(NULL != strstr(one, "lxc.cgroup.memory.memsw.limit_in_bytes = 100663296\n"));
    CHECK(NULL != strstr(one, "lxc.cgroup.cpu.shares = 1024\n"));
    CHECK(NULL != strstr(one, "lxc.cgroup.cpu.cfs_quota_us = 25000\n"));
    CHECK(NULL != strstr(one, "lxc.cap.drop = mknod\n"));
    CHECK(NULL != strstr(other, LXC_CONFIG_NO_NETWORK));
    CHECK(NULL != strstr(other, "lxc.cgroup2.memory.max = 67108864\n"));
    CHECK(NULL != strstr(other, "lxc.cgroup2.memory.high = 33554432\n"));
    CHECK(NULL != strstr(other, "lxc.cgroup2.memory.swap.max = 33554432\n"));
    CHECK(NULL != strstr(other, "lxc.cgroup2.cpu.max = 25000 50000\n"));
    CHECK(NULL != strstr(other, "lxc.cgroup2.cpu.weight = 39\n"));
    CHECK(NULL != strstr(other, "lxc.cgroup2.cpuset.cpus = 0-1\n"));
}

/* Each is refused with a finding of this path. */
static void
test_refusals(void)
{
    static const struct {
        const char *text;
        const char *path;
    } cases[] = {
        {HEAD "<os><type>exe</type><init>/i</init></os><devices/></domain>", "domain"},
        {HEAD "<os><type>hvm</type><init>/i</init></os><devices>" ROOT "</devices></domain>", "domain/os/type"},
        {HEAD "<os><type>exe</type></os><devices>" ROOT "</devices></domain>", "domain/os"},
        {HEAD "<os><type>exe</type><init>init</init></os><devices>" ROOT "</devices></domain>", "domain/os/init"},
        {TEXT("<features><acpi/></features>", ""), "domain/features/acpi"},
        {TEXT("<features><capabilities><fly state='on'/></capabilities></features>", ""),
         "domain/features/capabilities/fly"},
        {TEXT("<clock offset='localtime'/>", ""), "domain/clock/@offset"},
        {TEXT("<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>", ""), "domain/cputune/vcpupin"},
        {TEXT("<cputune><quota>12</quota></cputune>", ""), "domain/cputune/quota"},
        {TEXT("<vcpu cpuset='0,^0'>1</vcpu>", ""), "domain/vcpu/@cpuset"},
        {TEXT("<vcpu cpuset='one'>1</vcpu>", ""), "domain/vcpu/@cpuset"},
        {TEXT("", NETWORK("<guest dev='lan'/>") NETWORK("<guest dev='lan'/>")), "domain/devices/interface/guest/@dev"},
        {TEXT("<idmap><uid start='0' target='1' count='1'/></idmap>", ""), "domain/idmap"},
        {TEXT("<idmap><uid start='0' target='1' count='1'/><gid start='1' target='1' count='1'/></idmap>", ""),
         "domain/idmap"},
        {TEXT("", "<disk type='file'/>"), "domain/devices/disk"},
        {TEXT("", "<filesystem type='template'/>"), "domain/devices/filesystem/@type"},
        {TEXT("", "<filesystem type='ram'><source usage='1'/><target dir='//'/></filesystem>"),
         "domain/devices/filesystem/target/@dir"},
        {TEXT("", "<filesystem accessmode='mapped'><source dir='/a'/><target dir='/b'/></filesystem>"),
         "domain/devices/filesystem/@accessmode"},
        {TEXT("", "<interface type='user'/>"), "domain/devices/interface/@type"},
        {TEXT("", "<interface type='bridge'><source bridge='a/b'/></interface>"),
         "domain/devices/interface/source/@bridge"},
        {TEXT("", "<interface type='bridge'><source bridge='b'/><ip address='1.2.3'/></interface>"),
         "domain/devices/interface/ip/@address"},
        {TEXT("", "<interface type='bridge'><source bridge='b'/><model type='virtio'/></interface>"),
         "domain/devices/interface/model"},
        {TEXT("", NETWORK("<route gateway='1.2.3.4' address='::'/>")),
         "domain/devices/interface/route/@address"},
        {TEXT("", NETWORK("<route gateway='1.2.3.4' address='1.0.0.0' netmask='255.0.255.0'/>")),
         "domain/devices/interface/route/@netmask"},
        {TEXT("", NETWORK("<route gateway='1.2.3.4' prefix='33'/>")), "domain/devices/interface/route/@prefix"},
        {TEXT("", "<interface type='direct'><source dev='b'/><bandwidth/></interface>"),
         "domain/devices/interface/bandwidth"},
        {TEXT("", "<hostdev mode='subsystem' type='usb'/>"), "domain/devices/hostdev/@mode"},
        {TEXT("", "<hostdev mode='capabilities' type='misc'><source><char>/dev/../etc/x</char></source></hostdev>"),
         "domain/devices/hostdev/source/char"},
        {TEXT("", "<console type='file'/>"), "domain/devices/console/@type"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(LxcDefinition) definition = lxc_definition_parse(cases[i].text, NULL);
        gboolean found = FALSE;
        CHECK(NULL != definition);
        for (guint j = 0; j < domain_findings_count(definition->base->findings); j++) {
            const DomainFinding *finding = domain_findings_at(definition->base->findings, j);
            found |= strcmp(finding->path, cases[i].path) == 0 && finding->line > 0;
        }
        CHECK_TEXT(found ? cases[i].path : "no finding", cases[i].path);
    }
}

static void
test_routes(void)
{
    static const char text[] = TEXT("", NETWORK(
        "<route gateway='192.0.2.9'/><route family='ipv6' gateway='2001:db8::9' address='::'/>"
        "<route gateway='192.0.2.8' address='198.51.100.77' prefix='22'/>"
        "<route gateway='192.0.2.8' address='198.51.100.77' netmask='255.255.255.128' metric='3'/>"
        "<route gateway='192.0.2.8' address='203.0.113.1'/><route gateway='192.0.2.7' metric='9'/>"
        "<route gateway='2001:db8::8' address='2001:db8:1:2::3' prefix='47'/>"));
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(text, NULL);
    g_autoptr(LxcDefinition) none = lxc_definition_parse(TEXT("", NETWORK("")), NULL);
    const LxcInterface *interface = definition->interfaces->pdata[0];
    g_autofree char *routes = lxc_config_routes(definition);

    CHECK_INT(domain_findings_count(definition->base->findings), 0);
    CHECK_TEXT(interface->gateway, "192.0.2.9");
    CHECK_TEXT(interface->gateway6, "2001:db8::9");
    CHECK_TEXT(routes, "eth0 198.51.100.0/22 192.0.2.8 0\neth0 198.51.100.0/25 192.0.2.8 3\n"
                       "eth0 203.0.113.1/32 192.0.2.8 0\neth0 0.0.0.0/0 192.0.2.7 9\n"
                       "eth0 2001:db8::/47 2001:db8::8 0\n");
    CHECK(NULL == lxc_config_routes(none));
}

/* What libvirt itself writes. */
static void
test_habits(void)
{
    static const char text[] =
        HEAD "<currentMemory unit='KiB'>65536</currentMemory><vcpu placement='static'>1</vcpu>"
        "<resource><partition>/machine</partition></resource><os><type arch='x86_64'>exe</type><init>/sbin/init</init>"
        "<initarg>--one</initarg></os><features><privnet/></features><clock offset='utc'/>"
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash><devices>"
        "<emulator>/usr/lib/libvirt/libvirt_lxc</emulator><filesystem type='mount' accessmode='passthrough'>"
        "<source dir='/srv/web'/><target dir='/'/></filesystem><console type='pty'><target type='lxc' port='0'/>"
        "</console></devices></domain>";
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(text, NULL);

    CHECK(NULL != definition);
#if defined(__x86_64__)
    CHECK_INT(domain_findings_count(definition->base->findings), 0);
#endif
    CHECK_INT(definition->consoles, 1);
    CHECK_TEXT(definition->arguments->pdata[0], "--one");
}

static gboolean
set_limit(const LxcCgroups *cgroups, const char *key, gint64 number, GString *lines, DriverFailure **failure)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_SIGNED, .key = key, .number = (uint64_t) number,
    };

    return lxc_limits_write(cgroups, GROUP, &value, 1, lines, failure);
}

static void
check_limit(const LxcCgroups *cgroups, const char *key, gint64 wanted)
{
    gint64 number = 0;

    CHECK(lxc_limit_read(cgroups, GROUP, key, &number));
    CHECK_INT(number, wanted);
}

/* Version 2, whose scales and files are others. */
static void
test_limits(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autoptr(LxcCgroups) cgroups = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *high = NULL;
    DriverFailure *failure = NULL;
    gint64 number = 0;

    tree_init(&tree);
    cgroups = make_unified(&tree);
    put(&tree, "unified", "user/" GROUP, "memory.high", "max\n");
    put(&tree, "unified", "user/" GROUP, "memory.swap.max", "max\n");
    put(&tree, "unified", "user/" GROUP, "cpu.weight", "39\n");
    put(&tree, "unified", "user/" GROUP, "cpu.max", "max 100000\n");
    check_limit(cgroups, "hard_limit", MORTISE_TUNING_UNLIMITED);
    check_limit(cgroups, "cpu_shares", 998);
    check_limit(cgroups, "vcpu_period", 100000);
    check_limit(cgroups, "vcpu_quota", MORTISE_TUNING_UNLIMITED);
    CHECK(!lxc_limit_read(cgroups, GROUP, "weight", &number));
    // Less than in use: processes would be killed.
    CHECK(!set_limit(cgroups, "hard_limit", 1024, NULL, &failure));
    CHECK_TEXT(failure->reason, "resource-busy");
    g_clear_pointer(&failure, driver_failure_free);
    check_limit(cgroups, "hard_limit", MORTISE_TUNING_UNLIMITED);
    // A file that is no control group's keeps the end of what was in it.
    high = lxc_cgroup_read(cgroups, lxc_cgroups_find(cgroups, "memory"), GROUP, "memory.high");
    CHECK(NULL != high && g_str_has_prefix(high, "max"));
    // This host has no weight.
    CHECK(!set_limit(cgroups, "weight", 100, NULL, &failure));
    CHECK_TEXT(failure->reason, "host-unsupported");
    driver_failure_free(failure);
    put(&tree, "unified", "user/" GROUP, "cpu.max", "max 100000\n");
    CHECK(set_limit(cgroups, "vcpu_quota", 25000, lines, NULL));
    CHECK(g_str_has_prefix(lines->str, "lxc.cgroup2.cpu.max = 25000 100000"));
    check_limit(cgroups, "vcpu_quota", 25000);
}

static void
test_configuration_edited(void)
{
    static const char config[] = "lxc.net.0.type = phys\nlxc.net.0.name = eth0\nlxc.cgroup.cpu.shares = 1024\n"
                                 "lxc.mount.entry = /my\\040data a\\040b none bind,create=dir 0 0\n";
    g_autofree char *limits = lxc_limits_configure(config, "lxc.cgroup.cpu.shares = 2\n");
    g_autofree char *network = lxc_config_without_interface(config, "eth0");
    g_autofree char *other = lxc_config_without_interface(config, "eth1");
    g_autofree char *mount = lxc_config_without_mount(config, "/a b");

    CHECK(NULL != strstr(limits, "lxc.cgroup.cpu.shares = 2\n"));
    CHECK(NULL == strstr(limits, "1024") && NULL != strstr(limits, "eth0"));
    CHECK(NULL == strstr(network, "eth0") && NULL != strstr(network, LXC_CONFIG_NO_NETWORK));
    CHECK_TEXT(other, config);
    CHECK(NULL == strstr(mount, "lxc.mount") && NULL != strstr(mount, "eth0"));
}

static void
test_configuration_extended(void)
{
    static const char config[] = "lxc.arch = x86_64\n" LXC_CONFIG_NO_NETWORK;
    static const char more[] = "lxc.net.0.type = phys\nlxc.net.0.link = c1.0\nlxc.net.0.name = eth0\n";
    g_autofree char *one = lxc_config_with(config, more, FALSE);
    g_autofree char *hooked = lxc_config_with(config, more, TRUE);
    g_autofree char *again = lxc_config_with(hooked, "lxc.mount.entry = a b\n", TRUE);
    g_autofree char *handed = lxc_config_handed(one, "eth0");
    g_autofree char *without = lxc_config_without_line(one, "type = phys");

    CHECK(NULL == strstr(one, "empty") && NULL != strstr(one, "lxc.net.0.name = eth0\n"));
    CHECK(g_str_has_prefix(hooked, LXC_CONFIG_HOOK "lxc.arch"));
    CHECK(g_str_has_prefix(again, LXC_CONFIG_HOOK "lxc.arch") && g_str_has_suffix(again, "= a b\n"));
    CHECK_TEXT(handed, "c1.0");
    CHECK(lxc_config_hands(one, "c1.0") && !lxc_config_hands(one, "c1"));
    CHECK(lxc_config_free_number(one) == 1 && lxc_config_free_number(config) == 1);
    CHECK(NULL == strstr(without, "phys") && NULL != strstr(without, "eth0"));
}

static gboolean
read_label(const Tree *tree, gboolean selinux, MortiseNamespaces *opened, DriverFailure **failure)
{
    g_autofree char *folder = g_build_filename(tree->folder, "attr", NULL);

    *opened = (MortiseNamespaces){.struct_size = sizeof(*opened)};
    return lxc_label_read(folder, selinux, opened, failure);
}

static void
test_label(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autofree char *name = g_strnfill(MORTISE_NAMESPACE_LABEL_SIZE, 'a');
    DriverFailure *failure = NULL;
    MortiseNamespaces opened;

    tree_init(&tree);
    CHECK(read_label(&tree, TRUE, &opened, NULL) && *opened.label == '\0' && opened.flags == 0);
    put(&tree, "attr", "", "current", "system_u:system_r:container_t:s0:c1,c2\n");
    CHECK(read_label(&tree, TRUE, &opened, NULL));
    CHECK_TEXT(opened.label, "system_u:system_r:container_t:s0:c1,c2");
    CHECK_INT(opened.flags, MORTISE_NAMESPACE_SELINUX);
    put(&tree, "attr", "apparmor", "current", "unconfined\n");
    CHECK(read_label(&tree, FALSE, &opened, NULL) && *opened.label == '\0' && opened.flags == 0);
    put(&tree, "attr", "apparmor", "current", "a (b)//&:c:unconfined (mixed)\n");
    CHECK(read_label(&tree, FALSE, &opened, NULL));
    CHECK_TEXT(opened.label, "a (b)//&:c:unconfined");
    CHECK_INT(opened.flags, MORTISE_NAMESPACE_APPARMOR);
    // One that is cut off would be another one.
    put(&tree, "attr", "apparmor", "current", name);
    CHECK(!read_label(&tree, FALSE, &opened, &failure) && *opened.label == '\0' && opened.flags == 0);
    CHECK_TEXT(failure->reason, "limit-exceeded");
    driver_failure_free(failure);
}

static void
test_configured_devices(void)
{
    static const char config[] = "lxc.mount.entry = /srv/image9 one none bind,create=dir 0 0\n"
                                 "lxc.mount.entry = /run/x\\040y/image12 a\\040b ext4 nodev,create=dir 0 0\n";
    g_autofree char *image = lxc_config_image_of(config, "/a b");
    g_autofree char *rule = lxc_config_rule(TRUE, makedev(7, 300));
    g_autoptr(LxcCgroups) pure = lxc_cgroups_new("none /sys/fs/cgroup cgroup2 rw 0 0\n", "");
    g_autoptr(LxcCgroups) hybrid = lxc_cgroups_new("none /sys/fs/cgroup/unified cgroup2 rw 0 0\n", "");

    CHECK_TEXT(image, "12");
    CHECK(NULL == lxc_config_image_of(config, "/b"));
    CHECK(lxc_config_free_image("") == 0 && lxc_config_free_image("0 ro /a 7 b\n4 rw /5\n") == 5);
    CHECK_TEXT(rule, "b 7:300 rw");
    CHECK(lxc_config_has_device(FALSE, makedev(1, 3)) && lxc_config_has_device(FALSE, makedev(136, 4)));
    CHECK(!lxc_config_has_device(TRUE, makedev(1, 3)) && !lxc_config_has_device(FALSE, makedev(1, 11)));
    CHECK(lxc_cgroups_are_pure(pure) && !lxc_cgroups_are_pure(hybrid));
}

static const MortiseTest tests[] = {
    {"control groups of version 1", test_version_1},
    {"control groups of version 2", test_version_2},
    {"no control groups", test_nothing},
    {"network devices", test_links},
    {"events", test_events},
    {"record", test_record},
    {"configuration", test_configuration},
    {"refusals", test_refusals},
    {"routes", test_routes},
    {"limits of what runs", test_limits},
    {"configuration edited", test_configuration_edited},
    {"configuration extended", test_configuration_extended},
    {"configured devices", test_configured_devices},
    {"what libvirt writes", test_habits},
    {"security labels", test_label},
};

MORTISE_TEST_MAIN("lxc-parts", tests)

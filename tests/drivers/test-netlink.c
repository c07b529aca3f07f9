// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking, in network namespaces of its own: what it makes, changes, counts and takes back.
#include "network-test.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPBACK_ONLY 1

static const MortiseNetworkInterface *table;
static MortiseNetwork *network;
static MortiseProblem problem;
static const guint8 mac[6] = {0x52, 0x54, 0x00, 0x01, 0x02, 0x03};

/* Each test has an empty namespace. */
static void
begin(void)
{
    problem = (MortiseProblem){.struct_size = sizeof problem};
    CHECK(network_enter_new());
    CHECK_INT(table->open(-1, &network, &problem), MORTISE_OK);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
}

static void
end(void)
{
    table->close(network);
    network = NULL;
}

static MortiseResult
make(MortiseLinkSettings settings, MortiseLink *made)
{
    problem = (MortiseProblem){.struct_size = sizeof problem};
    return table->create(network, &settings, made, &problem);
}

static void
make_bridge(const char *name)
{
    CHECK_INT(make(network_settings(MORTISE_LINK_BRIDGE, name), NULL), MORTISE_OK);
}

static void
test_bridge(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_BRIDGE, "br0");
    MortiseLink made = {.struct_size = sizeof made};

    begin();
    settings.set = MORTISE_LINK_SET_STP | MORTISE_LINK_SET_UP | MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_MTU |
                   MORTISE_LINK_SET_ALIAS;
    settings.stp = 1;
    settings.up = 1;
    settings.mtu = 1400;
    settings.alias = "of a test";
    memcpy(settings.mac, mac, sizeof mac);
    CHECK_INT(make(settings, &made), MORTISE_OK);
    CHECK_TEXT(problem.message, "");
    CHECK(made.index > 1);
    CHECK_INT(made.kind, MORTISE_LINK_BRIDGE);
    CHECK_INT(made.mtu, 1400);
    CHECK(made.flags & MORTISE_LINK_FLAG_UP);
    CHECK_TEXT(made.alias, "of a test");
    CHECK_TEXT(made.kind_name, "bridge");
    CHECK(memcmp(made.mac, mac, sizeof mac) == 0);
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "there is a device 'br0' already", NULL);
    CHECK_INT(table->remove(network, "br0", made.index + 1, &problem), MORTISE_OK);
    CHECK_INT(network_link(table, network, "br0").index, made.index);
    CHECK_INT(table->remove(network, "br0", made.index, &problem), MORTISE_OK);
    CHECK_INT(table->remove(network, "br0", made.index, &problem), MORTISE_OK);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    end();
}

static void
test_veth(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "veth%d");
    MortiseLink first = {.struct_size = sizeof first};
    MortiseLink second = {.struct_size = sizeof second};

    begin();
    make_bridge("br0");
    settings.peer = "peer%d";
    settings.set = MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_PEER_MAC | MORTISE_LINK_SET_MTU;
    settings.master = "br0";
    settings.mtu = 1300;
    memcpy(settings.peer_mac, mac, sizeof mac);
    CHECK_INT(make(settings, &first), MORTISE_OK);
    CHECK_INT(make(settings, &second), MORTISE_OK);
    CHECK_TEXT(first.name, "veth0");
    CHECK_TEXT(second.name, "veth1");
    CHECK_INT(first.master, network_link(table, network, "br0").index);
    MortiseLink peer = network_link(table, network, "peer0");
    CHECK_INT(peer.index, first.lower);
    CHECK_INT(peer.mtu, 1300);
    CHECK(memcmp(peer.mac, mac, sizeof mac) == 0);
    settings.name = "veth7";
    settings.peer = "peer0";
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "'peer0'", NULL);
    CHECK_INT(table->remove(network, "veth0", 0, &problem), MORTISE_OK);
    CHECK_INT(network_link(table, network, "peer0").index, 0);
    end();
}

static void
test_veth_into_namespace(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "outside");
    MortiseNetwork *there = NULL;

    begin();
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    CHECK(network_enter_new());
    int other = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    CHECK_INT(table->open(other, &there, &problem), MORTISE_OK);
    // From here on the thread is in the other namespace, and the instance is still in its own.
    settings.peer = "inside";
    settings.set = MORTISE_LINK_SET_PEER_NAMESPACE;
    settings.peer_namespace = other;
    CHECK_INT(make(settings, NULL), MORTISE_OK);
    CHECK_INT(network_count(table, network), 2);
    CHECK(network_link(table, there, "inside").index > 0);
    CHECK_INT(network_link(table, there, "outside").index, 0);
    CHECK_INT(table->move(network, "outside", other, 0, "inside", &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "was not moved", NULL);
    CHECK(network_link(table, network, "outside").index > 0);
    CHECK_INT(table->move(network, "outside", other, 0, "eth7", &problem), MORTISE_OK);
    CHECK(network_link(table, there, "eth7").index > 0);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    CHECK_INT(table->move(there, "eth7", here, 0, NULL, &problem), MORTISE_OK);
    CHECK(network_link(table, network, "eth7").index > 0);
    table->close(there);
    (void) close(here);
    (void) close(other);
    end();
}

static void
test_move_by_pid(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "one");
    char byte = 0;
    int pipes[2] = {-1, -1};
    int ready[2] = {-1, -1};

    begin();
    settings.peer = "other";
    CHECK_INT(make(settings, NULL), MORTISE_OK);
    CHECK(pipe2(pipes, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        gboolean good = network_enter_new() && write(ready[1], &byte, 1) == 1;
        (void) close(pipes[1]);
        _exit(good && read(pipes[0], &byte, 1) == 0 ? 0 : 1);
    }
    (void) close(pipes[0]);
    CHECK(read(ready[0], &byte, 1) == 1);
    CHECK_INT(table->move(network, "other", -1, child, "eth0", &problem), MORTISE_OK);
    CHECK_INT(network_count(table, network), 2);
    CHECK_INT(table->move(network, "one", -1, 0, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "neither a namespace nor a process", NULL);
    (void) close(pipes[1]);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    // The kernel may have taken "one" away by now, with the namespace that the other end was in.
    settings.name = "two";
    settings.peer = "three";
    CHECK_INT(make(settings, NULL), MORTISE_OK);
    CHECK_INT(table->move(network, "two", -1, child, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "there is no process", NULL);
    CHECK_INT(table->move(network, "none", -1, child, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "device 'none' does not exist", NULL);
    (void) close(ready[0]);
    (void) close(ready[1]);
    end();
}

static void
test_names(void)
{
    static const struct {
        const char *name;
        const char *message;
    } bad[] = {
        {"sixteen-bytes-xx", "too long for a network device: 16 bytes, at most 15"},
        {"a/b", "cannot be the name"},
        {"a b", "cannot be the name"},
        {"a:b", "cannot be the name"},
        {"..", "cannot be the name"},
        {"a%s", "cannot be the name"},
        {"a%d%d", "cannot be the name"},
        {"\xc3\xa4", "cannot be the name"},
        {"", "missing"},
        {NULL, "missing"},
    };

    begin();
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        CHECK_INT(make(network_settings(MORTISE_LINK_BRIDGE, bad[i].name), NULL), MORTISE_FAILED);
        network_check_problem(&problem, "invalid-argument", bad[i].message, NULL);
        CHECK_INT(table->remove(network, bad[i].name, 0, &problem), MORTISE_FAILED);
    }
    make_bridge("exactly-15-byte");
    CHECK(network_link(table, network, "exactly-15-byte").index > 0);
    CHECK_INT(network_link(table, network, "sixteen-bytes-xx").index, 0);
    CHECK_INT(network_count(table, network), 2);
    end();
}

static void
test_bad_settings(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "veth0");

    begin();
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "peer", NULL);
    settings = network_settings(MORTISE_LINK_MACVLAN, "m0");
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    settings.parent = "none";
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "device 'none' does not exist", NULL);
    settings = network_settings(MORTISE_LINK_LAST + 1, "m0");
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    settings = network_settings(MORTISE_LINK_BRIDGE, "b0");
    settings.set = MORTISE_LINK_SET_MTU;
    settings.mtu = 10;
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "10 cannot be the MTU", NULL);
    settings.set = MORTISE_LINK_SET_OWNER;
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "unsupported", "cannot be given", NULL);
    settings.set = 0;
    settings.struct_size = 8;
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    CHECK_INT(table->create(network, &settings, NULL, NULL), MORTISE_FAILED);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    end();
}

static void
test_take_back(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "veth0");

    begin();
    // The bridge is looked for before, and loopback is none.
    settings.peer = "peer0";
    settings.set = MORTISE_LINK_SET_MASTER;
    settings.master = "br7";
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "bridge 'br7' does not exist",
                          "create it with: ip link add br7 type bridge");
    CHECK_TEXT(problem.object, "br7");
    settings.master = "lo";
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "is no bridge", NULL);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    // A bridge is never the port of a bridge: the last step fails after others went well.
    make_bridge("br0");
    settings = network_settings(MORTISE_LINK_BRIDGE, "br1");
    settings.set = MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_ALIAS | MORTISE_LINK_SET_UP;
    settings.master = "br0";
    settings.alias = "half";
    settings.up = 1;
    CHECK_INT(make(settings, NULL), MORTISE_FAILED);
    CHECK_CONTAINS(problem.message, "Can not enslave a bridge to a bridge");
    CHECK_INT(network_count(table, network), 2);
    end();
}

static void
test_change(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_ANY, "br0");

    begin();
    make_bridge("br0");
    make_bridge("br1");
    settings.set = MORTISE_LINK_SET_UP | MORTISE_LINK_SET_MTU | MORTISE_LINK_SET_ALIAS | MORTISE_LINK_SET_STP |
                   MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_NAME;
    settings.up = 1;
    settings.mtu = 1234;
    settings.stp = 1;
    settings.alias = "changed";
    settings.new_name = "br1";
    memcpy(settings.mac, mac, sizeof mac);
    const MortiseLink before = network_link(table, network, "br0");
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "renaming 'br0' failed", NULL);
    MortiseLink after = network_link(table, network, "br0");
    CHECK(memcmp(&before, &after, offsetof(MortiseLink, rx_bytes)) == 0);
    settings.new_name = "br2";
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_OK);
    after = network_link(table, network, "br2");
    CHECK_INT(after.index, before.index);
    CHECK_INT(after.mtu, 1234);
    CHECK_TEXT(after.alias, "changed");
    CHECK(after.flags & MORTISE_LINK_FLAG_UP);
    settings = network_settings(MORTISE_LINK_ANY, "lo");
    settings.set = MORTISE_LINK_SET_STP;
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "is no bridge", NULL);
    settings.name = "none";
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "'none'", NULL);
    end();
}

static void
test_ports(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, "veth0");

    begin();
    make_bridge("br0");
    settings.peer = "peer0";
    CHECK_INT(make(settings, NULL), MORTISE_OK);
    settings = network_settings(MORTISE_LINK_ANY, "veth0");
    settings.set = MORTISE_LINK_SET_MASTER;
    settings.master = "br0";
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_OK);
    CHECK_INT(network_link(table, network, "veth0").master, network_link(table, network, "br0").index);
    settings.master = NULL;
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_OK);
    CHECK_INT(network_link(table, network, "veth0").master, 0);
    end();
}

static void
test_vlans(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_BRIDGE, "br0");
    const MortiseVlan vlans[] = {
        {sizeof(MortiseVlan), MORTISE_VLAN_NATIVE | MORTISE_VLAN_UNTAGGED, 10, 10}, {sizeof(MortiseVlan), 0, 20, 30},
    };
    const MortiseVlan bad = {sizeof(MortiseVlan), 0, 0, 4095};

    begin();
    settings.set = MORTISE_LINK_SET_VLAN_FILTERING;
    settings.vlan_filtering = 1;
    MortiseResult result = make(settings, NULL);
    if (result == MORTISE_UNSUPPORTED) {
        network_check_problem(&problem, "unsupported", "br0", NULL);
        CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
        mortise_test_skip("VLANs of a bridge's port", problem.message);
        end();
        return;
    }
    CHECK_INT(result, MORTISE_OK);
    settings = network_settings(MORTISE_LINK_VETH, "veth0");
    settings.peer = "peer0";
    CHECK_INT(make(settings, NULL), MORTISE_OK);
    CHECK_INT(table->vlans(network, "veth0", vlans, 2, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "no port of a bridge", NULL);
    settings = network_settings(MORTISE_LINK_ANY, "veth0");
    settings.set = MORTISE_LINK_SET_MASTER;
    settings.master = "br0";
    CHECK_INT(table->change(network, &settings, &problem), MORTISE_OK);
    CHECK_INT(table->vlans(network, "veth0", &bad, 1, &problem), MORTISE_FAILED);
    CHECK_INT(table->vlans(network, "veth0", vlans, 2, &problem), MORTISE_OK);
    CHECK_INT(table->vlans(network, "veth0", vlans, 1, &problem), MORTISE_OK);
    CHECK_INT(table->vlans(network, "veth0", NULL, 0, &problem), MORTISE_OK);
    end();
}

static void
close_queues(int *queues, guint count)
{
    for (guint i = 0; i < count; i++) {
        CHECK(close(queues[i]) == 0);
    }
}

static void
test_tap_with_queues(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_TAP, "tap%d");
    MortiseLink opened = {.struct_size = sizeof opened};
    struct ifreq request = {.ifr_flags = 0};
    int queues[4] = {-1, -1, -1, -1};

    begin();
    make_bridge("br0");
    settings.set = MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_MTU | MORTISE_LINK_SET_UP;
    settings.master = "br0";
    settings.mtu = 1480;
    settings.up = 1;
    memcpy(settings.mac, mac, sizeof mac);
    CHECK_INT(table->open_tap(network, &settings, MORTISE_TAP_CREATE | MORTISE_TAP_VNET_HEADER, queues, 4, &opened,
                              &problem), MORTISE_OK);
    CHECK_TEXT(problem.message, "");
    CHECK_TEXT(opened.name, "tap0");
    CHECK_INT(opened.kind, MORTISE_LINK_TAP);
    CHECK_INT(opened.mtu, 1480);
    CHECK_INT(opened.master, network_link(table, network, "br0").index);
    CHECK(opened.flags & MORTISE_LINK_FLAG_UP);
    for (guint i = 0; i < 4; i++) {
        CHECK(ioctl(queues[i], TUNGETIFF, &request) == 0);
        CHECK_TEXT(request.ifr_name, "tap0");
        CHECK(request.ifr_flags & IFF_VNET_HDR && request.ifr_flags & IFF_MULTI_QUEUE);
        CHECK(fcntl(queues[i], F_GETFD) & FD_CLOEXEC);
    }
    settings.name = "tap0";
    CHECK_INT(table->open_tap(network, &settings, MORTISE_TAP_CREATE, queues, 1, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "'tap0'", NULL);
    close_queues(queues, 4);
    CHECK_INT(network_count(table, network), 2);
    end();
}

static void
test_tap_taken_back(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_TAP, "tap0");
    int queues[2] = {-1, -1};

    begin();
    settings.set = MORTISE_LINK_SET_MASTER;
    settings.master = "br0";
    CHECK_INT(table->open_tap(network, &settings, MORTISE_TAP_CREATE, queues, 2, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "bridge 'br0' does not exist", "ip link add br0 type bridge");
    CHECK_INT(queues[0], -1);
    settings.set = 0;
    CHECK_INT(table->open_tap(network, &settings, MORTISE_TAP_CREATE, queues, 0, NULL, &problem), MORTISE_FAILED);
    CHECK_INT(table->open_tap(network, &settings, MORTISE_TAP_CREATE, queues, MORTISE_TAP_QUEUES_LIMIT + 1, NULL,
                              &problem), MORTISE_FAILED);
    CHECK_INT(table->open_tap(network, &settings, 0, queues, 1, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "'tap0'", NULL);
    settings.name = "lo";
    CHECK_INT(table->open_tap(network, &settings, 0, queues, 1, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "is no tap device", NULL);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    end();
}

static void
test_tap_that_stays(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_TAP, "tap5");
    MortiseLink made = {.struct_size = sizeof made};
    int queue = -1;
    int other = -1;

    begin();
    settings.set = MORTISE_LINK_SET_OWNER | MORTISE_LINK_SET_UP;
    settings.user = 1;
    settings.group = 1;
    settings.up = 1;
    CHECK_INT(make(settings, &made), MORTISE_OK);
    CHECK_TEXT(problem.message, "");
    CHECK_INT(network_link(table, network, "tap5").index, made.index);
    settings.set = 0;
    CHECK_INT(table->open_tap(network, &settings, 0, &queue, 1, NULL, &problem), MORTISE_OK);
    CHECK_INT(table->open_tap(network, &settings, 0, &other, 1, NULL, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "resource-busy", "used by another program", NULL);
    CHECK(close(queue) == 0);
    CHECK_INT(network_link(table, network, "tap5").index, made.index);
    CHECK_INT(table->remove(network, "tap5", 0, &problem), MORTISE_OK);
    CHECK_INT(network_count(table, network), LOOPBACK_ONLY);
    end();
}

static void
test_macvlan(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_MACVLAN, "mac%d");
    MortiseLink made = {.struct_size = sizeof made};

    begin();
    if (network_has(table, network, MORTISE_LINK_MACVLAN, "macvlan")) {
        make_bridge("br0");
        settings.parent = "br0";
        for (guint mode = 0; mode < MORTISE_MACVLAN_PASSTHROUGH; mode++) {
            settings.mode = mode;
            CHECK_INT(make(settings, &made), MORTISE_OK);
            CHECK_INT(made.mode, mode);
            CHECK_INT(made.lower, network_link(table, network, "br0").index);
        }
        settings.mode = MORTISE_MACVLAN_PASSTHROUGH;
        CHECK_INT(make(settings, &made), MORTISE_FAILED);
        CHECK_INT(network_count(table, network), 5);
    }
    end();
}

static void
test_macvtap(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_MACVTAP, "macvtap%d");
    MortiseLinkSettings opening = network_settings(MORTISE_LINK_MACVTAP, "macvtap0");
    MortiseLink made = {.struct_size = sizeof made};
    struct ifreq request = {.ifr_flags = 0};
    int queues[2] = {-1, -1};

    begin();
    if (network_has(table, network, MORTISE_LINK_MACVTAP, "macvtap")) {
        make_bridge("br0");
        settings.parent = "br0";
        settings.set = MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_UP;
        settings.up = 1;
        memcpy(settings.mac, mac, sizeof mac);
        CHECK_INT(make(settings, &made), MORTISE_OK);
        CHECK_INT(table->open_tap(network, &opening, MORTISE_TAP_VNET_HEADER, queues, 2, NULL, &problem), MORTISE_OK);
        CHECK_TEXT(problem.message, "");
        CHECK(ioctl(queues[1], TUNGETIFF, &request) == 0);
        CHECK_TEXT(request.ifr_name, "macvtap0");
        CHECK(request.ifr_flags & IFF_VNET_HDR);
        close_queues(queues, 2);
        CHECK_INT(table->remove(network, "macvtap0", made.index, &problem), MORTISE_OK);
        CHECK_INT(network_count(table, network), 2);
    }
    end();
}

static const MortiseTest tests[] = {
    {"a bridge", test_bridge},
    {"veth pairs, names by number", test_veth},
    {"veth into another namespace, and back", test_veth_into_namespace},
    {"moved to a process", test_move_by_pid},
    {"names that cannot be", test_names},
    {"settings that cannot be", test_bad_settings},
    {"what failed is taken back", test_take_back},
    {"changes, all or none", test_change},
    {"ports of a bridge", test_ports},
    {"VLANs of a port", test_vlans},
    {"a tap with queues", test_tap_with_queues},
    {"a tap that failed", test_tap_taken_back},
    {"a tap that stays", test_tap_that_stays},
    {"macvlan", test_macvlan},
    {"macvtap", test_macvtap},
};

int
main(int argc, char **argv)
{
    table = argc == 2 ? network_provider(argv[1]) : NULL;
    if (table == NULL) {
        return 1;
    }
    return network_enter_new() ? mortise_test_main("netlink", tests, G_N_ELEMENTS(tests)) : 77;
}

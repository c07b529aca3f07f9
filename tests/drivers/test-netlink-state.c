// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking: addresses, routes, statistics, limits, events, threads, and a maker that is killed.
#include "network-test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 100
#define THREADS 6
#define ROUNDS 10
#define DEADLINE_MILLISECONDS 120000

static const MortiseNetworkInterface *table;
static MortiseNetwork *network;
static MortiseProblem problem;

static void
begin(void)
{
    problem = (MortiseProblem){.struct_size = sizeof problem};
    CHECK(network_enter_new());
    CHECK_INT(table->open(-1, &network, &problem), MORTISE_OK);
}

static void
end(void)
{
    table->close(network);
    network = NULL;
}

static MortiseResult
make_pair(const char *name, const char *peer)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_VETH, name);

    settings.peer = peer;
    settings.set = MORTISE_LINK_SET_UP;
    settings.up = 1;
    return table->create(network, &settings, NULL, &problem);
}

static MortiseResult
set_up(const char *name)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_ANY, name);

    settings.set = MORTISE_LINK_SET_UP;
    settings.up = 1;
    return table->change(network, &settings, &problem);
}

static MortiseResult
address(const char *link, const char *text, const char *peer, gboolean remove)
{
    MortiseAddress given = {.struct_size = sizeof given};

    (void) g_strlcpy(given.address, text, sizeof given.address);
    (void) g_strlcpy(given.peer, peer, sizeof given.peer);
    problem = (MortiseProblem){.struct_size = sizeof problem};
    return table->address(network, link, &given, remove, &problem);
}

static void
test_addresses(void)
{
    MortiseAddress found[8] = {{.struct_size = sizeof found[0]}};
    uint32_t count = 0;

    begin();
    CHECK_INT(address("lo", "192.0.2.1/24", "", FALSE), MORTISE_OK);
    CHECK_INT(address("lo", "2001:db8::1/64", "", FALSE), MORTISE_OK);
    CHECK_INT(address("lo", "198.51.100.1", "198.51.100.9/32", FALSE), MORTISE_OK);
    CHECK_INT(address("lo", "192.0.2.1/24", "", FALSE), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "has the address 192.0.2.1/24 already", NULL);
    CHECK_INT(table->addresses(network, "lo", found, G_N_ELEMENTS(found), &count, &problem), MORTISE_OK);
    CHECK_INT(count, 3);
    CHECK_TEXT(found[0].address, "192.0.2.1/24");
    CHECK_TEXT(found[0].broadcast, "192.0.2.255");
    CHECK_TEXT(found[1].address, "198.51.100.1");
    CHECK_TEXT(found[1].peer, "198.51.100.9");
    CHECK_TEXT(found[2].address, "2001:db8::1/64");
    CHECK_INT(table->addresses(network, "lo", NULL, 0, &count, &problem), MORTISE_OK);
    CHECK_INT(count, 3);
    CHECK_INT(address("lo", "2001:db8::1/64", "", TRUE), MORTISE_OK);
    CHECK_INT(address("lo", "2001:db8::1/64", "", TRUE), MORTISE_OK);
    CHECK_INT(address("lo", "192.0.2.1/24", "", TRUE), MORTISE_OK);
    CHECK_INT(table->addresses(network, "lo", NULL, 0, &count, &problem), MORTISE_OK);
    CHECK_INT(count, 1);
    end();
}

static void
test_bad_addresses(void)
{
    static const char *const bad[] = {"", "192.0.2", "192.0.2.1/33", "2001:db8::/129", "here", "52:54:00:01:02:03"};

    begin();
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        CHECK_INT(address("lo", bad[i], "", FALSE), MORTISE_FAILED);
        CHECK_TEXT(problem.reason, "invalid-argument");
    }
    CHECK_INT(address("none", "192.0.2.1/24", "", FALSE), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "device 'none' does not exist", NULL);
    MortiseAddress endless = {.struct_size = sizeof endless};
    memset(endless.address, '1', sizeof endless.address);
    CHECK_INT(table->address(network, "lo", &endless, 0, &problem), MORTISE_FAILED);
    end();
}

static MortiseResult
route(const char *destination, const char *gateway, const char *link, gboolean remove)
{
    MortiseRoute given = {
        .struct_size = sizeof given, .destination = destination, .gateway = gateway, .link = link,
    };

    problem = (MortiseProblem){.struct_size = sizeof problem};
    return table->route(network, &given, remove, &problem);
}

/* Whether the kernel knows a way, by asking it for the source address that it would take. */
static gboolean
has_way(const char *to)
{
    struct sockaddr_in address_of = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    gboolean good = inet_pton(AF_INET, to, &address_of.sin_addr) == 1 &&
                    connect(fd, (const struct sockaddr *) &address_of, sizeof address_of) == 0;

    (void) close(fd);
    return good;
}

static void
test_routes(void)
{
    begin();
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(set_up("peer0"), MORTISE_OK);
    CHECK_INT(address("veth0", "192.0.2.1/24", "", FALSE), MORTISE_OK);
    CHECK(!has_way("203.0.113.5"));
    CHECK_INT(route("0.0.0.0/0", "192.0.2.254", NULL, FALSE), MORTISE_OK);
    CHECK_TEXT(problem.message, "");
    CHECK(has_way("203.0.113.5"));
    CHECK_INT(route("0.0.0.0/0", "192.0.2.254", NULL, FALSE), MORTISE_FAILED);
    network_check_problem(&problem, "link-exists", "there is a route", NULL);
    CHECK_INT(route("0.0.0.0/0", "192.0.2.254", NULL, TRUE), MORTISE_OK);
    CHECK_INT(route("0.0.0.0/0", "192.0.2.254", NULL, TRUE), MORTISE_OK);
    CHECK(!has_way("203.0.113.5"));
    CHECK_INT(route("203.0.113.0/24", NULL, "veth0", FALSE), MORTISE_OK);
    CHECK(has_way("203.0.113.5"));
    CHECK_INT(route("2001:db8:7::/48", NULL, "veth0", FALSE), MORTISE_OK);
    CHECK_INT(route("10.0.0.0/8", "172.16.0.1", NULL, FALSE), MORTISE_FAILED);
    CHECK_TEXT(problem.reason, "invalid-argument");
    CHECK_CONTAINS(problem.message, "Nexthop has invalid gateway");
    CHECK_INT(route("anywhere", NULL, "veth0", FALSE), MORTISE_FAILED);
    network_check_problem(&problem, "invalid-argument", "'anywhere' is no destination", "192.0.2.1/24");
    CHECK_INT(route("10.0.0.0/8", NULL, "none", FALSE), MORTISE_FAILED);
    network_check_problem(&problem, "link-missing", "'none'", NULL);
    end();
}

static void
make_many(void)
{
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("br%u", i);
        MortiseLinkSettings settings = network_settings(MORTISE_LINK_BRIDGE, name);
        CHECK_INT(table->create(network, &settings, NULL, &problem), MORTISE_OK);
    }
}

static void
test_many_links(void)
{
    static const char *const names[] = {"br7", "none", "br99", "lo", "br0", "far too long for a link"};
    g_autofree MortiseLink *links = g_new0(MortiseLink, MANY + 1);
    MortiseLink few[G_N_ELEMENTS(names)] = {{.struct_size = sizeof few[0]}};
    uint32_t count = 0;

    begin();
    make_many();
    links[0].struct_size = sizeof links[0];
    CHECK_INT(table->links(network, NULL, links, MANY + 1, &count, &problem), MORTISE_OK);
    CHECK_INT(count, MANY + 1);
    CHECK_INT(links[0].kind, MORTISE_LINK_LOOPBACK);
    for (guint i = 1; i < count; i++) {
        CHECK(links[i].index > links[i - 1].index && links[i].kind == MORTISE_LINK_BRIDGE);
    }
    links[0].struct_size = sizeof links[0];
    links[3] = (MortiseLink){.index = 77};
    CHECK_INT(table->links(network, NULL, links, 3, &count, &problem), MORTISE_OK);
    CHECK_INT(count, MANY + 1);
    CHECK_INT(links[3].index, 77);
    CHECK_INT(table->links(network, names, few, G_N_ELEMENTS(names), &count, &problem), MORTISE_OK);
    CHECK_INT(count, G_N_ELEMENTS(names));
    CHECK_TEXT(few[0].name, "br7");
    CHECK_INT(few[1].index, 0);
    CHECK_TEXT(few[1].name, "none");
    CHECK_TEXT(few[2].name, "br99");
    CHECK_INT(few[3].kind, MORTISE_LINK_LOOPBACK);
    CHECK_INT(few[4].index, network_link(table, network, "br0").index);
    CHECK_INT(few[5].index, 0);
    end();
}

/* A caller of a later version has longer structs, one of an earlier version shorter ones. */
static void
test_other_sizes(void)
{
    struct {
        MortiseLink link;
        char later[64];
    } links[2] = {{.link = {.struct_size = sizeof links[0]}}};
    MortiseLink shorter = {.struct_size = offsetof(MortiseLink, tx_dropped), .tx_dropped = 99};
    MortiseProblem small = {.struct_size = offsetof(MortiseProblem, hint), .hint = "mine"};
    const char *name = "lo";
    uint32_t count = 0;

    begin();
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(table->links(network, NULL, &links[0].link, 2, &count, &problem), MORTISE_OK);
    CHECK_INT(count, 3);
    CHECK_TEXT(links[1].link.name, "peer0");
    CHECK_INT(links[1].link.struct_size, sizeof links[1]);
    CHECK_INT(table->links(network, &name, &shorter, 1, &count, &problem), MORTISE_OK);
    CHECK_TEXT(shorter.name, "lo");
    CHECK_INT(shorter.tx_dropped, 99);
    CHECK_INT(table->remove(network, "a/b", 0, &small), MORTISE_FAILED);
    CHECK_TEXT(small.reason, "invalid-argument");
    CHECK_TEXT(small.hint, "mine");
    shorter.struct_size = 4;
    CHECK_INT(table->links(network, &name, &shorter, 1, &count, &problem), MORTISE_FAILED);
    end();
}

static void
send_ten_bytes(int fd)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};

    CHECK(inet_pton(AF_INET, "192.0.2.255", &to.sin_addr) == 1);
    CHECK(sendto(fd, "0123456789", 10, 0, (const struct sockaddr *) &to, sizeof to) == 10);
}

static int
open_sender(void)
{
    int one = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    CHECK(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one) == 0);
    return fd;
}

/* The kernel drops what is sent until it has noticed, by a work queue of its own, that the link has a carrier. */
static MortiseLink
await_first_packet(int fd, const char *name)
{
    const gint64 until = g_get_monotonic_time() + DEADLINE_MILLISECONDS * 1000;
    const MortiseLink before = network_link(table, network, name);
    MortiseLink now = before;

    while (now.tx_packets == before.tx_packets && g_get_monotonic_time() < until) {
        send_ten_bytes(fd);
        now = network_link(table, network, name);
    }
    CHECK(now.tx_packets > before.tx_packets);
    return now;
}

static void
test_statistics(void)
{
    begin();
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(set_up("peer0"), MORTISE_OK);
    CHECK_INT(address("veth0", "192.0.2.1/24", "", FALSE), MORTISE_OK);
    const int fd = open_sender();
    const MortiseLink sender_before = await_first_packet(fd, "veth0");
    const MortiseLink receiver_before = network_link(table, network, "peer0");
    for (guint i = 0; i < 10; i++) {
        send_ten_bytes(fd);
    }
    CHECK(close(fd) == 0);
    const MortiseLink sender = network_link(table, network, "veth0");
    CHECK(sender.tx_packets >= sender_before.tx_packets + 10);
    CHECK(sender.tx_bytes >= sender_before.tx_bytes + 10 * (10 + 8 + 20 + 14));
    // The other end takes them a moment later.
    const gint64 until = g_get_monotonic_time() + DEADLINE_MILLISECONDS * 1000;
    MortiseLink receiver = receiver_before;
    while (receiver.rx_packets < receiver_before.rx_packets + 10 && g_get_monotonic_time() < until) {
        receiver = network_link(table, network, "peer0");
    }
    CHECK(receiver.rx_packets >= receiver_before.rx_packets + 10);
    end();
}

static void
test_bandwidth(void)
{
    const MortiseBandwidth limit = {.struct_size = sizeof limit, .average = 1000000, .peak = 2000000, .burst = 65536};
    const MortiseBandwidth none = {.struct_size = sizeof none};
    const MortiseBandwidth huge = {.struct_size = sizeof huge, .average = G_MAXUINT64};

    begin();
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(table->bandwidth(network, "veth0", NULL, &huge, &problem), MORTISE_FAILED);
    network_check_problem(&problem, "limit-exceeded", "bytes a second", NULL);
    CHECK_INT(table->bandwidth(network, "none", NULL, &limit, &problem), MORTISE_FAILED);
    MortiseResult sent = table->bandwidth(network, "veth0", NULL, &limit, &problem);
    if (sent == MORTISE_UNSUPPORTED) {
        mortise_test_skip("a limit of what is sent", problem.message);
    } else {
        CHECK_INT(sent, MORTISE_OK);
        CHECK_INT(table->bandwidth(network, "veth0", NULL, &limit, &problem), MORTISE_OK);
        CHECK_INT(table->bandwidth(network, "veth0", NULL, &none, &problem), MORTISE_OK);
        CHECK_INT(table->bandwidth(network, "veth0", NULL, &none, &problem), MORTISE_OK);
    }
    MortiseResult received = table->bandwidth(network, "veth0", &limit, NULL, &problem);
    if (received == MORTISE_UNSUPPORTED) {
        network_check_problem(&problem, "unsupported", "limiting what is received from 'veth0' failed", "kernel");
        mortise_test_skip("a limit of what is received", problem.message);
    } else {
        CHECK_INT(received, MORTISE_OK);
    }
    CHECK_INT(table->bandwidth(network, "veth0", &none, &none, &problem), MORTISE_OK);
    end();
}

/* The next event about the link of that name; NONE when none comes. */
static guint
await_event(int fd, const char *name)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    MortiseLinkEvent event = {.struct_size = sizeof event, .kind = MORTISE_EVENT_LAST};

    do {
        if (event.kind == MORTISE_EVENT_NONE && poll(&watched, 1, DEADLINE_MILLISECONDS) != 1) {
            return MORTISE_EVENT_NONE;
        }
        CHECK_INT(table->next_event(network, &event, &problem), MORTISE_OK);
    } while (event.kind == MORTISE_EVENT_NONE || strcmp(event.link.name, name) != 0);
    return event.kind;
}

static void
test_events(void)
{
    MortiseLinkEvent event = {.struct_size = sizeof event};
    int fd = -1;
    int again = -1;

    begin();
    CHECK_INT(table->next_event(network, &event, &problem), MORTISE_FAILED);
    CHECK_INT(table->subscribe(network, &fd, &problem), MORTISE_OK);
    CHECK_INT(table->subscribe(network, &again, &problem), MORTISE_OK);
    CHECK_INT(fd, again);
    CHECK_INT(table->next_event(network, &event, &problem), MORTISE_OK);
    CHECK_INT(event.kind, MORTISE_EVENT_NONE);
    // What happens in a namespace is told there, wherever the thread is now.
    CHECK(network_enter_new());
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(await_event(fd, "veth0"), MORTISE_EVENT_LINK_CHANGED);
    CHECK_INT(set_up("peer0"), MORTISE_OK);
    CHECK_INT(await_event(fd, "peer0"), MORTISE_EVENT_LINK_CHANGED);
    CHECK_INT(table->remove(network, "veth0", 0, &problem), MORTISE_OK);
    guint kind = MORTISE_EVENT_LINK_CHANGED;
    while (kind == MORTISE_EVENT_LINK_CHANGED) {
        kind = await_event(fd, "peer0");
    }
    CHECK_INT(kind, MORTISE_EVENT_LINK_GONE);
    end();
}

/* A reader that is too slow is told so, and goes on. */
static void
test_lost_events(void)
{
    MortiseLinkEvent event = {.struct_size = sizeof event, .kind = MORTISE_EVENT_LAST};
    gboolean lost = FALSE;
    int least = 1;
    int enough = 256 * 1024;
    int fd = -1;

    begin();
    CHECK_INT(table->subscribe(network, &fd, &problem), MORTISE_OK);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) == 0);
    make_many();
    while (event.kind != MORTISE_EVENT_NONE) {
        CHECK_INT(table->next_event(network, &event, &problem), MORTISE_OK);
        lost |= event.kind == MORTISE_EVENT_LOST;
    }
    CHECK(lost);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &enough, sizeof enough) == 0);
    CHECK_INT(make_pair("veth0", "peer0"), MORTISE_OK);
    CHECK_INT(await_event(fd, "veth0"), MORTISE_EVENT_LINK_CHANGED);
    end();
}

/* Makes and deletes links with names of its own, on the instance of all. */
static gpointer
work(gpointer data)
{
    gsize failed = 0;

    for (guint i = 0; i < ROUNDS; i++) {
        g_autofree char *name = g_strdup_printf("br%u-%u", GPOINTER_TO_UINT(data), i);
        MortiseLinkSettings settings = network_settings(MORTISE_LINK_BRIDGE, name);
        MortiseLink made = {.struct_size = sizeof made};
        uint32_t count = 0;
        failed += table->create(network, &settings, &made, NULL) != MORTISE_OK || strcmp(made.name, name) != 0;
        failed += table->links(network, NULL, NULL, 0, &count, NULL) != MORTISE_OK || count < 2;
        failed += table->remove(network, name, made.index, NULL) != MORTISE_OK;
    }
    return GSIZE_TO_POINTER(failed);
}

static void
test_threads(void)
{
    GThread *threads[THREADS];

    begin();
    for (guint i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("worker", work, GUINT_TO_POINTER(i));
    }
    for (guint i = 0; i < THREADS; i++) {
        CHECK_INT(GPOINTER_TO_SIZE(g_thread_join(threads[i])), 0);
    }
    CHECK_INT(network_count(table, network), 1);
    end();
}

/* A process that is killed takes its taps along, open or half made. */
static void
test_killed_maker(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_TAP, "tap%d");
    int ready[2];
    char byte = 0;
    int fds[2];

    begin();
    CHECK(pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        gboolean good = table->open_tap(network, &settings, MORTISE_TAP_CREATE, fds, 2, NULL, NULL) == MORTISE_OK;
        (void) !write(ready[1], good ? "y" : "n", 1);
        for (;;) {
            (void) pause();
        }
    }
    CHECK(read(ready[0], &byte, 1) == 1 && byte == 'y');
    CHECK_INT(network_count(table, network), 2);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    CHECK_INT(network_count(table, network), 1);
    (void) close(ready[0]);
    (void) close(ready[1]);
    end();
}

static void
test_bad_namespaces(void)
{
    MortiseNetwork *other = NULL;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    begin();
    CHECK_INT(table->open(null, &other, &problem), MORTISE_FAILED);
    CHECK_TEXT(problem.reason, "invalid-argument");
    CHECK_INT(table->open(9999, &other, &problem), MORTISE_FAILED);
    CHECK(other == NULL);
    table->close(NULL);
    (void) close(null);
    end();
}

/* Without the privilege, everything is refused with the way out, and what may be read is read. */
static void
test_no_privilege(void)
{
    MortiseLinkSettings settings = network_settings(MORTISE_LINK_BRIDGE, "br0");
    int status = -1;

    begin();
    pid_t child = fork();
    if (child == 0) {
        gboolean good = setresuid(65534, 65534, 65534) == 0 &&
                        table->create(network, &settings, NULL, &problem) == MORTISE_FAILED &&
                        strcmp(problem.reason, "permission-denied") == 0 &&
                        strstr(problem.hint, "CAP_NET_ADMIN") != NULL && network_count(table, network) == 1;
        _exit(good ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    end();
}

static const MortiseTest tests[] = {
    {"addresses", test_addresses},
    {"addresses that cannot be", test_bad_addresses},
    {"routes", test_routes},
    {"many links, and some by name", test_many_links},
    {"structs of other sizes", test_other_sizes},
    {"statistics", test_statistics},
    {"limits of bandwidth", test_bandwidth},
    {"events", test_events},
    {"events that were lost", test_lost_events},
    {"several threads on one instance", test_threads},
    {"a maker that is killed", test_killed_maker},
    {"namespaces that are none", test_bad_namespaces},
    {"without privilege", test_no_privilege},
};

int
main(int argc, char **argv)
{
    table = argc == 2 ? network_provider(argv[1]) : NULL;
    if (table == NULL) {
        return 1;
    }
    return network_enter_new() ? mortise_test_main("netlink state", tests, G_N_ELEMENTS(tests)) : 77;
}

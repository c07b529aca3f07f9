// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Worlds of the test driver: what a file and a URI may say, and the error for each thing that they may not.
#include "test-driver-fixture.h"

#include "world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define DOMAINS "{'format': 1, 'domains': ["

typedef struct {
    const char *world;
    const char *expected;
} Case;

/* Texts that are no JSON, or none that keeps what its author wrote. */
static const Case syntax_cases[] = {
    {"", "w.json:1:1: the text ends where a value should stand"},
    {"{'format': 1", "w.json:1:13: the text ends where ',' or '}' should stand"},
    {"{'format': 1,}", "w.json:1:14: '}' stands where a key in double quotes should stand"},
    {"{'format' 1}", "w.json:1:11: '1' stands where ':' should stand"},
    {"{'format':\n  1;\n}", "w.json:2:4: ';' stands where ',' or '}' should stand"},
    {"{'format': 1} x", "w.json:1:15: 'x' stands where the end of the file should stand"},
    {"// a comment\n{'format': 1}", "w.json:1:1: '/' stands where a value should stand"},
    {"{'format': 01}", "w.json:1:12: a number that begins with 0"},
    {"{'format': 99999999999999999999}", "w.json:1:12: a number that is too large"},
    {"{'format': -}", "w.json:1:13: '}' stands where a digit should stand"},
    {"{'format': 1.}", "w.json:1:14: '}' stands where a digit should stand"},
    {"{'format': 1e}", "w.json:1:14: '}' stands where a digit should stand"},
    {"{'format': 1, 'format': 2}", "w.json:1:15: the key \"format\" stands twice in its object"},
    {"{'a': 'b\n'}", "w.json:1:7: a string that does not end on its line"},
    {"{'a': 'b", "w.json:1:7: a string that does not end"},
    {"{'a': 'b\x01'}", "w.json:1:9: a control character in a string"},
    {"{'a': '\\q'}", "w.json:1:8: a backslash with no escape of JSON behind it"},
    {"{'a': '\\u0000'}", "w.json:1:8: \\u without four hexadecimal digits of a character"},
    {"{'a': '\\u12'}", "w.json:1:8: \\u without four hexadecimal digits of a character"},
    {"{'a': '\\ud800x'}", "w.json:1:8: half of a surrogate pair"},
    {"{'a': '\\udc00'}", "w.json:1:8: \\u without four hexadecimal digits of a character"},
    {"{'ä': tru}", "w.json:1:7: 't' stands where a value should stand"},
    {"{'a': nul}", "w.json:1:7: 'n' stands where a value should stand"},
    {"{'a': \x02}", "w.json:1:7: the byte 0x02 stands where a value should stand"},
    {"{'a': '\xff'}", "w.json:1:8: not UTF-8"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "w.json:1:33: nested more than 32 deep"},
};

/* JSON that is no world: each error has the path of what is wrong. */
static const Case world_cases[] = {
    {"[]", "w.json: the top level: a world is an object: {\"format\": 1, ...}"},
    {"null", "w.json: the top level: a world is an object: {\"format\": 1, ...}"},
    {"{}", "w.json: format: missing; write \"format\": 1"},
    {"{'format': 2}", "w.json: format: 2 is newer than this driver, which knows format 1"},
    {"{'format': '1'}", "w.json: format: a text stands where a whole number should"},
    {"{'format': 1, 'domain': []}", "w.json: domain: there is no such member; known are format, comment, host, domains,"
                                    " latency_ms, late_ms, hang, fail, events, findings"},
    {"{'format': 1, 'host': []}", "w.json: host: an array stands where an object should"},
    {"{'format': 1, 'host': {'cpus': 0}}", "w.json: host.cpus: 0 is not from 1 to 4096"},
    {"{'format': 1, 'host': {'cpus': 1.5}}", "w.json: host.cpus: a number with a fraction stands where a whole number"
                                             " should"},
    {"{'format': 1, 'host': {'cpu': 1}}", "w.json: host.cpu: there is no such member; known are cpus,"},
    {"{'format': 1, 'host': {'tsc_scaling': 'yes'}}", "w.json: host.tsc_scaling: a text stands where true or false"
                                                      " should"},
    {"{'format': 1, 'host': {'cpus': 8, 'cores': 2}}", "w.json: host: 8 CPUs are more than numa_nodes * sockets * cores"
                                                       " * threads = 2"},
    {"{'format': 1, 'host': {'model': 'a\\nb'}}", "w.json: host.model: a control character in a text of one line"},
    {"{'format': 1, 'domains': {}}", "w.json: domains: an object stands where an array should"},
    {DOMAINS "1]}", "w.json: domains[0]: a whole number stands where an object should"},
    {DOMAINS "{}]}", "w.json: domains[0]: a domain needs a \"name\" or an \"xml\""},
    {DOMAINS "{'name': ''}]}", "w.json: domains[0].name: a name must not be empty"},
    {DOMAINS "{'name': 'a/b'}]}", "w.json: domains[0].name: a name must not contain '/' nor be '.' or '..'"},
    {DOMAINS "{'name': 'a'}, {'name': 'b', 'state': 'runing'}]}",
     "w.json: domains[1].state: 'runing' is no state; known are unknown, running, blocked, paused, shutdown, shutoff,"
     " crashed, suspended"},
    {DOMAINS "{'name': 'a', 'state': null}]}", "w.json: domains[0].state: null stands where a text should"},
    {DOMAINS "{'name': 'a'}, {'name': 'a'}]}", "w.json: domains[1]: the name 'a' belongs to another domain"},
    {DOMAINS "{'name': 'a', 'uuid': '" DEFAULT_UUID "'}, {'name': 'b', 'uuid': '" DEFAULT_UUID "'}]}",
     "w.json: domains[1]: the UUID " DEFAULT_UUID " belongs to another domain"},
    {DOMAINS "{'name': 'a', 'uuid': 'xyz'}]}", "w.json: domains[0].uuid: 'xyz' is no UUID"},
    {DOMAINS "{'name': 'a', 'uuid': '" DEFAULT_UUID "', 'count': 2}]}",
     "w.json: domains[0].uuid: several domains cannot have one UUID"},
    {DOMAINS "{'name': 'a', 'count': 100001}]}", "w.json: domains[0].count: 100001 is not from 1 to 100000"},
    {DOMAINS "{'name': 'a', 'count': 99999}, {'name': 'b', 'count': 2}]}",
     "w.json: domains[1].count: a world has at most 100000 domains"},
    {DOMAINS "{'name': 'a', 'vcpus': -1}]}", "w.json: domains[0].vcpus: -1 is not from 1 to 4096"},
    {DOMAINS "{'name': 'a', 'memory_kib': true}]}",
     "w.json: domains[0].memory_kib: a truth value stands where a whole number should"},
    {DOMAINS "{'name': 'a', 'vcpu_model': 'own'}]}",
     "w.json: domains[0].vcpu_model: 'own' is no thread model of vCPUs; known are none, shared, per-vcpu"},
    {DOMAINS "{'name': 'a', 'persistent': false}]}",
     "w.json: domains[0].state: a domain that is not persistent is gone when it does not run"},
    {DOMAINS "{'name': 'a', 'persistent': false, 'state': 'running', 'autostart': true}]}",
     "w.json: domains[0].autostart: only a persistent domain can be marked so"},
    {DOMAINS "{'name': 'a', 'hang': 'start'}]}", "w.json: domains[0].hang: a text stands where an array should"},
    {DOMAINS "{'name': 'a', 'hang': ['stats', 7]}]}", "w.json: domains[0].hang[1]: no word for a call"},
    {DOMAINS "{'name': 'a', 'hang': ['begin']}]}",
     "w.json: domains[0].hang[0]: 'begin' is no call; known are *, open, capabilities,"},
    {DOMAINS "{'name': 'a', 'hang': ['open']}]}",
     "w.json: domains[0].hang[0]: 'open' is a call on the connection: script it at the top level"},
    {DOMAINS "{'name': 'a', 'latency_ms': 5}]}", "w.json: domains[0].latency_ms: a whole number stands where an object"
                                                 " should"},
    {DOMAINS "{'name': 'a', 'latency_ms': {'start': 86400001}}]}",
     "w.json: domains[0].latency_ms.start: 86400001 is not from 0 to 86400000"},
    {DOMAINS "{'name': 'a', 'latency_ms': {'define': 1}}]}",
     "w.json: domains[0].latency_ms: 'define' is a call on the connection: script it at the top level"},
    {"{'format': 1, 'late_ms': {'*': '1'}}", "w.json: late_ms.*: a text stands where a whole number should"},
    {DOMAINS "{'name': 'a', 'fail': {'start': 'no'}}]}",
     "w.json: domains[0].fail.start: a text stands where an object should"},
    {DOMAINS "{'name': 'a', 'fail': {'start': {}}}]}",
     "w.json: domains[0].fail.start: a failure has a \"reason\" or a \"message\", or is \"silent\""},
    {DOMAINS "{'name': 'a', 'fail': {'start': {'reason': 'No Way'}}}]}",
     "w.json: domains[0].fail.start.reason: 'No Way' is no word of small letters, digits and '-'"},
    {DOMAINS "{'name': 'a', 'fail': {'start': {'silent': true, 'message': 'm'}}}]}",
     "w.json: domains[0].fail.start: a failure has a \"reason\" or a \"message\", or is \"silent\""},
    {DOMAINS "{'name': 'a', 'shutdown_ms': 'never'}]}",
     "w.json: domains[0].shutdown_ms: a text stands where a whole number should"},
    {DOMAINS "{'name': 'a', 'xml': '<domain/>'}]}", "w.json: domains[0].name: the XML of the domain tells this"},
    {DOMAINS "{'xml': '<domain>\\n</doman>'}]}", "w.json: domains[0].xml: line 2: Opening and ending tag mismatch"},
    {"{'format': 1, 'events': [{'event': 'crash'}]}", "w.json: events[0]: an event needs \"domain\" and \"event\""},
    {"{'format': 1, 'events': [{'domain': 'a', 'event': 'crash'}]}",
     "w.json: events[0].domain: the world has no domain named 'a'"},
    {DOMAINS "{'name': 'a'}], 'events': [{'domain': 'a', 'event': 'x', 'repeat': true}]}",
     "w.json: events[0].after_ms: a repeated event needs at least 1"},
    {"{'format': 1, 'findings': [{'id': 'x'}]}", "w.json: findings[0]: a finding needs \"id\" and \"message\""},
    {"{'format': 1, 'findings': [{'id': 'x', 'message': 'm', 'verdict': 'evil'}]}",
     "w.json: findings[0].verdict: 'evil' is no verdict; known are good, warning, bad, unknown"},
};

static void
check_refused(const Case *cases, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *text = quoted(cases[i].world);
        g_autofree char *expected = g_strdup(cases[i].expected);
        g_autoptr(DriverFailure) failure = NULL;
        g_autoptr(TestWorld) world = test_world_parse(text, strlen(text), "w.json", &failure);
        CHECK(world == NULL);
        CHECK(failure != NULL);
        if (failure != NULL) {
            CHECK_TEXT(failure->reason, "invalid-argument");
            CHECK_CONTAINS(failure->message, expected);
            CHECK(g_str_has_prefix(failure->message, "w.json:"));
            CHECK_CONTAINS(failure->hint, "README.md");
        }
    }
}

static void
test_syntax(void)
{
    check_refused(syntax_cases, G_N_ELEMENTS(syntax_cases));
}

static void
test_members(void)
{
    check_refused(world_cases, G_N_ELEMENTS(world_cases));
}

static void
test_nul(void)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(TestWorld) world = test_world_parse("{\"format\": 1}\0", 14, "w.json", &failure);

    CHECK(world == NULL);
    CHECK_TEXT(failure->message, "w.json:1:14: not UTF-8");
}

static void
test_good_world(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        "{'format': 1, 'comment': 'all members', 'host': {'cpus': 2, 'memory_kib': 5, 'mhz': 3, 'model': 'm',"
        " 'architecture': 'riscv64', 'hostname': 'h', 'numa_nodes': 1, 'sockets': 1, 'cores': 2, 'threads': 1},"
        " 'latency_ms': {'*': 0}, 'late_ms': {'stats': 0}, 'hang': [], 'fail': {},"
        " 'domains': [{'name': 'vm', 'count': 3}, {'name': 'ten', 'count': 10001},"
        " {'name': 'p', 'state': 'paused', 'comment': 'one'}, {'name': 'c', 'state': 'crashed'},"
        " {'name': 'u', 'state': 'unknown'}, {'name': 's', 'state': 'suspended', 'autostart': true},"
        " {'name': 't', 'state': 'running', 'persistent': false, 'uuid': '" DEFAULT_UUID "'},"
        " {'xml': '<domain type=\\u0027test\\u0027><name>x &amp; \\u00e4</name><memory>9</memory></domain>',"
        "  'state': 'blocked'}]}");
    MortiseHostInformation information = {.struct_size = sizeof information};

    CHECK_INT(fake_connection_count(fixture->listed), 3 + 10001 + 6);
    CHECK_STATE(fixture, "vm-0001", "shutoff - -1");
    CHECK_STATE(fixture, "vm-0003", "shutoff - -1");
    CHECK_STATE(fixture, "vm-0004", "gone");
    CHECK_STATE(fixture, "ten-10001", "shutoff - -1");
    CHECK_STATE(fixture, "p", "paused user 1");
    CHECK_STATE(fixture, "c", "crashed panicked -1");
    CHECK_STATE(fixture, "u", "unknown - -1");
    CHECK_STATE(fixture, "s", "suspended - 2");
    CHECK_STATE(fixture, "t", "running booted 3");
    CHECK_STATE(fixture, "x & \xc3\xa4", "blocked - 4");
    g_autoptr(FakeDomain) suspended = fake_domain_get(fixture->listed, "s");
    g_autoptr(FakeDomain) transient = fake_domain_get(fixture->listed, "t");
    CHECK(suspended->autostart && suspended->persistent);
    CHECK(!transient->persistent && transient->inactive_xml == NULL);
    CHECK_CONTAINS(transient->live_xml, "<uuid>" DEFAULT_UUID "</uuid>");
    CHECK_WORKS(fixture->operations->host_information(fixture->connection, &information));
    CHECK_INT(information.cpus, 2);
    CHECK_INT(information.memory_kib, 5);
    CHECK_INT(information.mhz, 3);
    CHECK_TEXT(information.model, "m");
    CHECK_TEXT(information.hostname, "h");

    void *unknown = fixture_domain(fixture, "u");
    CHECK_FAILS(fixture_start(fixture, unknown, "u", 0), "state-unknown", "nobody can tell");
    CHECK_FAILS(fixture->lifecycle->suspend(unknown), "state-unknown", "nobody can tell");
    CHECK_WORKS(fixture->lifecycle->stop(unknown, 0));
    CHECK_STATE(fixture, "u", "shutoff destroyed -1");
}

/* The same world has the same UUIDs each time. */
static void
test_stable_uuids(void)
{
    guint8 uuids[2][16];

    for (guint i = 0; i < 2; i++) {
        g_autoptr(Fixture) fixture = fixture_new_world(DOMAINS "{'name': 'vm', 'count': 2}]}");
        g_autoptr(FakeDomain) domain = fake_domain_get(fixture->listed, "vm-0002");
        memcpy(uuids[i], domain->uuid, 16);
        CHECK_INT(domain->uuid[6] >> 4, 5);
        CHECK_INT(domain->uuid[8] >> 6, 2);
    }
    CHECK(memcmp(uuids[0], uuids[1], 16) == 0);
}

static void
test_parameters(void)
{
    static const char *const thousand[] = {"domains", "1000", NULL};
    static const char *const off[] = {"domains", "2", "state", "shutoff", "latency", "0", NULL};
    static const char *const defaults[] = {"domains", "0", "state", "running", "latency", "0", NULL};
    g_autoptr(Fixture) many = fixture_new();
    g_autoptr(Fixture) stopped = fixture_new();
    g_autoptr(Fixture) plain = fixture_new();

    CHECK_WORKS(fixture_open(many, "/default", thousand));
    CHECK_INT(fake_connection_count(many->listed), 1001);
    CHECK_STATE(many, "test-1000", "running booted 1001");
    CHECK_WORKS(fixture_open(stopped, "/default", off));
    CHECK_STATE(stopped, "test-0002", "shutoff - -1");
    CHECK_WORKS(fixture_open(plain, "/default", defaults));
    CHECK_INT(fake_connection_count(plain->listed), 1);
}

static void
test_latency_parameter(void)
{
    static const char *const slow[] = {"latency", "60000", NULL};
    g_autoptr(Fixture) fixture = fixture_new();

    CHECK_WORKS(fixture_open(fixture, "/default", slow));
    void *domain = fixture_domain(fixture, "test");
    fake_call_begin(0);
    CHECK_INT(fixture->lifecycle->suspend(domain), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "timeout");
}

static void
test_bad_parameters(void)
{
    static const struct {
        const char *parameters[5];
        const char *part;
    } cases[] = {
        {{"domains", "many"}, "?domains=many is no number from 0 to 100000"},
        {{"domains", "-1"}, "?domains=-1 is no number"},
        {{"domains", "100001"}, "?domains=100001 is no number"},
        {{"domains", ""}, "?domains= is no number"},
        {{"latency", "1s"}, "?latency=1s is no number"},
        {{"state", "paused"}, "?state=paused is neither running nor shutoff"},
    };
    g_autoptr(Fixture) fixture = fixture_new();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        CHECK_FAILS(fixture_open(fixture, "/default", cases[i].parameters), "invalid-uri", cases[i].part);
        CHECK(fixture->connection == NULL);
    }
    CHECK_INT(fake_connection_count(fixture->listed), 0);
}

static void
test_bad_paths(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *directory = g_dir_make_tmp("mortise-world-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);

    CHECK_FAILS(fixture_open(fixture, "", NULL), "invalid-uri", "names no world");
    CHECK_FAILS(fixture_open(fixture, "/", NULL), "invalid-uri", "names no world");
    CHECK_FAILS(fixture_open(fixture, "/nowhere/w.json", NULL), "file-missing",
                "cannot read the world /nowhere/w.json");
    CHECK_CONTAINS(fake_call_error()->hint, "test:///default");
    CHECK_FAILS(fixture_open(fixture, directory, NULL), "file-error", "is no regular file");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    CHECK_FAILS(fixture_open(fixture, fifo, NULL), "file-error", "is no regular file");
    (void) g_unlink(fifo);
    (void) g_rmdir(directory);

    MortiseConnectionArguments arguments = {
        .struct_size = sizeof arguments,
        .uri = "test://elsewhere/default",
        .scheme = "test",
        .host = "elsewhere",
        .user = "",
        .path = "/default",
    };
    CHECK_FAILS(fixture->operations->open(fixture->driver, &arguments, fixture->listed, &fixture->connection),
                "invalid-uri", "the URI names 'elsewhere'");
}

static void
test_large_file(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *text = g_strnfill(TEST_WORLD_LIMIT + 1, ' ');

    CHECK_FAILS(fixture_open_world(fixture, text), "limit-exceeded", "more than 16777216 bytes");
}

/* When the core does not take what a world brings, nothing of the world stays. */
static void
test_refused_by_core(void)
{
    const char *world = DOMAINS "{'name': 'a', 'count': 3, 'state': 'running'}],"
                                " 'events': [{'domain': 'a-0001', 'event': 'x', 'after_ms': 86400000}]}";
    g_autoptr(Fixture) fixture = fixture_new();

    fake_host_refuse(fixture->host, "a-0002", FALSE);
    CHECK_FAILS(fixture_open_world(fixture, world), "driver-failed", "does not take domain 'a-0002'");
    CHECK_INT(fake_connection_count(fixture->listed), 0);
    fake_host_refuse(fixture->host, NULL, TRUE);
    CHECK_FAILS(fixture_open_world(fixture, world), "internal", "no timer");
    CHECK_INT(fake_connection_count(fixture->listed), 0);
    fake_host_refuse(fixture->host, NULL, FALSE);
    CHECK_WORKS(fixture_open_world(fixture, world));
    fake_host_refuse(fixture->host, "b", FALSE);
    CHECK_FAILS(fixture->config->define(fixture->connection,
                                        "<domain type='test'><name>b</name><memory>1</memory></domain>"),
                "driver-failed", "does not take domain 'b'");
    fake_host_refuse(fixture->host, "a-0001", FALSE);
    CHECK_FAILS(fixture->config->set_autostart(fixture_domain(fixture, "a-0001"), 1), "driver-failed", "does not take");
    g_autoptr(FakeDomain) domain = fake_domain_get(fixture->listed, "a-0001");
    CHECK(!domain->autostart);
    CHECK_INT(fake_connection_count(fixture->listed), 3);
}

static void
test_parameter_collides(void)
{
    static const char *const one[] = {"domains", "1", NULL};
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *directory = g_dir_make_tmp("mortise-world-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "w.json", NULL);
    g_autofree char *text = quoted(DOMAINS "{'name': 'test-0001'}]}");

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    CHECK_FAILS(fixture_open(fixture, path, one), "domain-exists", "?domains= adds 'test-0001'");
    CHECK_INT(fake_connection_count(fixture->listed), 0);
    (void) g_unlink(path);
    (void) g_rmdir(directory);
}

static const MortiseTest tests[] = {
    {"files that are no JSON", test_syntax},
    {"files that are no world", test_members},
    {"a NUL in a file", test_nul},
    {"a world with everything", test_good_world},
    {"UUIDs are the same each time", test_stable_uuids},
    {"parameters of the URI", test_parameters},
    {"latency by the URI", test_latency_parameter},
    {"bad parameters", test_bad_parameters},
    {"bad paths", test_bad_paths},
    {"a file that is too large", test_large_file},
    {"a core that refuses", test_refused_by_core},
    {"domains of the URI that the world has", test_parameter_collides},
};

MORTISE_TEST_MAIN("worlds of the test driver", tests)

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The store: what is written is read back, what an earlier boot left goes, and a killed writer leaves old or new.
#include "store-fixture.h"

#include "faults.h"
#include "limits.h"

#define KILLS 200

static void
test_definitions(void)
{
    static const char *const documents[] = {XML, "<domain/>", "\n <?mortise schema=\"9\"?>\n\n",
                                            "<a>\xc3\xa4</a>\r\n\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(documents); i++) {
        g_auto(Fixture) fixture = {0};
        g_autoptr(GError) error = NULL;
        fixture_init(&fixture);
        CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), documents[i], i % 2 == 0, &error));
        CHECK_NO_ERROR(error);
        g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
        CHECK_TEXT(fixture.complaints->str, "");
        CHECK_INT(domains->len, 1);
        const MortiseStoredDomain *domain = g_ptr_array_index(domains, 0);
        CHECK_TEXT(domain->definition, documents[i]);
        CHECK_INT(domain->autostart, i % 2 == 0);
        CHECK(memcmp(domain->uuid, fixture_uuid(UUID), 16) == 0);
        CHECK(domain->driver == NULL && domain->phase == NULL && domain->running_xml == NULL);
        g_autofree char *expected = g_strconcat(i % 2 == 0 ? HEAD("yes") : HEAD("no"), documents[i], NULL);
        g_autofree char *file = sandbox_read(fixture.definitions, UUID ".xml");
        CHECK_TEXT(file, expected);
    }
}

static void
test_directories_are_made(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    CHECK_INT(g_rmdir(fixture.definitions), 0);
    CHECK_INT(g_rmdir(fixture.runs), 0);
    g_autoptr(GPtrArray) none = fixture_load(&fixture);
    CHECK_INT(none->len, 0);
    CHECK(mortise_store_remove_definition(fixture.store, fixture_uuid(UUID), &error));
    CHECK(mortise_store_remove_running(fixture.store, fixture_uuid(UUID), &error));
    CHECK_INT(sandbox_count(fixture.definitions), -1);
    CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, FALSE, &error));
    g_autoptr(MortiseStoredDomain) running = fixture_running(OTHER_UUID);
    CHECK(mortise_store_write_running(fixture.store, running, &error));
    CHECK_NO_ERROR(error);
    struct stat status;
    CHECK_INT(stat(fixture.runs, &status), 0);
    CHECK_INT(status.st_mode & 07777, 0700);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 2);
}

static void
test_running(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    g_autoptr(MortiseStoredDomain) written = fixture_running(UUID);
    CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, TRUE, &error));
    CHECK(mortise_store_write_running(fixture.store, written, &error));
    CHECK_NO_ERROR(error);
    g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
    CHECK_INT(domains->len, 1);
    const MortiseStoredDomain *domain = g_ptr_array_index(domains, 0);
    CHECK_TEXT(domain->definition, XML);
    CHECK(domain->autostart);
    CHECK_TEXT(domain->driver, written->driver);
    CHECK_TEXT(domain->phase, written->phase);
    CHECK_TEXT(domain->running_xml, written->running_xml);
    CHECK_TEXT(domain->live_xml, written->live_xml);
    CHECK_TEXT(domain->running_state, written->running_state);
    CHECK_INT(domain->state, written->state);
    CHECK_INT(domain->id, 42);
    CHECK_TEXT(domain->state_reason, "booted");
    CHECK(mortise_store_remove_definition(fixture.store, fixture_uuid(UUID), &error));
    g_autoptr(GPtrArray) transient = fixture_reload(&fixture);
    CHECK_INT(transient->len, 1);
    CHECK(((MortiseStoredDomain *) g_ptr_array_index(transient, 0))->definition == NULL);
    CHECK(mortise_store_remove_running(fixture.store, fixture_uuid(UUID), &error));
    g_autoptr(GPtrArray) none = fixture_reload(&fixture);
    CHECK_INT(none->len, 0);
    CHECK_NO_ERROR(error);
}

static void
test_least_running(void)
{
    static const char *const phases[] = {"starting", "running", "stopping", "ended"};
    for (gsize i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_auto(Fixture) fixture = {0};
        g_autoptr(GError) error = NULL;
        fixture_init(&fixture);
        MortiseStoredDomain least = {.driver = (char *) "d", .phase = (char *) phases[i],
                                     .running_xml = (char *) "<x/>",
                                     .id = -1};
        CHECK(mortise_store_write_running(fixture.store, &least, &error));
        CHECK_NO_ERROR(error);
        g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
        CHECK_INT(domains->len, 1);
        const MortiseStoredDomain *domain = g_ptr_array_index(domains, 0);
        CHECK_TEXT(domain->phase, phases[i]);
        CHECK(domain->live_xml == NULL && domain->running_state == NULL && domain->state_reason == NULL);
        CHECK_INT(domain->id, -1);
        CHECK_INT(domain->state, 0);
    }
}

static void
test_values_that_cannot_be_kept(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autofree char *large = g_strnfill(MORTISE_LIMIT_STATE_FILE_BYTES, 'x');
    const struct {
        MortiseStoredDomain domain;
        MortiseError code;
    } cases[] = {
        {{.phase = (char *) "running", .running_xml = (char *) "x"}, MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .running_xml = (char *) "x"}, MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "running"}, MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "", .phase = (char *) "running", .running_xml = (char *) "x"},
         MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "flying", .running_xml = (char *) "x"},
         MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "running", .running_xml = (char *) "\xff"},
         MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "running", .running_xml = (char *) "x",
          .running_state = (char *) "\xff"},
         MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "running", .running_xml = (char *) "x", .id = G_MAXINT64},
         MORTISE_ERROR_INVALID_ARGUMENT},
        {{.driver = (char *) "d", .phase = (char *) "running", .running_xml = (char *) "x", .running_state = large},
         MORTISE_ERROR_LIMIT_EXCEEDED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        CHECK(!mortise_store_write_running(fixture.store, &cases[i].domain, &error));
        CHECK(g_error_matches(error, MORTISE_ERROR, (int) cases[i].code));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, "00000000-0000-0000-0000-000000000000");
    }
    static const char *const definitions[] = {"", "\xff"};
    for (gsize i = 0; i < G_N_ELEMENTS(definitions); i++) {
        g_autoptr(GError) error = NULL;
        CHECK(!mortise_store_write_definition(fixture.store, fixture_uuid(UUID), definitions[i], FALSE, &error));
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_ARGUMENT));
    }
    g_autoptr(GError) error = NULL;
    CHECK(!mortise_store_write_definition(fixture.store, fixture_uuid(UUID), large, FALSE, &error));
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_LIMIT_EXCEEDED));
    CHECK_INT(sandbox_count(fixture.definitions), 0);
    CHECK_INT(sandbox_count(fixture.runs), 0);
}

/* The largest file that is written is also read. */
static void
test_largest(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    g_autofree char *text = g_strnfill(MORTISE_LIMIT_STATE_FILE_BYTES - strlen(HEAD("yes")), 'x');
    CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), text, TRUE, &error));
    CHECK_NO_ERROR(error);
    g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
    CHECK_INT(domains->len, 1);
    CHECK_TEXT(fixture.complaints->str, "");
}

static void
test_earlier_boot(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    sandbox_write(fixture.definitions, UUID ".xml", HEAD("no") XML, -1);
    sandbox_write(fixture.runs, UUID ".json",
                  "{\"schema\": 1, \"boot_id\": \"11111111-2222-3333-4444-555555555555\", \"whatever\": []}", -1);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_TEXT(fixture.complaints->str, "");
    CHECK_INT(domains->len, 1);
    CHECK(((MortiseStoredDomain *) g_ptr_array_index(domains, 0))->phase == NULL);
    CHECK_INT(sandbox_count(fixture.runs), 0);
    g_autofree char *record = sandbox_read(fixture.root.run_directory, "boot-id");
    g_autofree char *boot = fixture_boot_id();
    CHECK_TEXT(g_strchomp(record), boot);
}

/* Running files are not fsynced: after a loss of power they may hold anything,
    and are known by the record beside them. */
static void
test_torn_by_a_loss_of_power(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    sandbox_write(fixture.root.run_directory, "boot-id", "11111111-2222-3333-4444-555555555555\n", -1);
    sandbox_write(fixture.definitions, UUID ".xml", HEAD("no") XML, -1);
    sandbox_write(fixture.runs, UUID ".json", "", 0);
    sandbox_write(fixture.runs, OTHER_UUID ".json", "{\"schema\":1,\"boot", -1);
    sandbox_write(fixture.runs, "00000000-0000-4000-8000-000000000002.json", "\0\0\0\0", 4);
    sandbox_write(fixture.runs, "00000000-0000-4000-8000-000000000003.json", "{\"schema\": 2}", -1);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 1);
    CHECK_CONTAINS(fixture.complaints->str, "00000000-0000-4000-8000-000000000003.json: ");
    CHECK(strchr(fixture.complaints->str, '\n') == fixture.complaints->str + fixture.complaints->len - 1);
    CHECK_INT(sandbox_count(fixture.runs), 1);
    /* From now on the record is of this boot, and a torn file is nothing that can be explained. */
    sandbox_write(fixture.runs, UUID ".json", "", 0);
    g_autoptr(GPtrArray) later = fixture_reload(&fixture);
    CHECK_INT(later->len, 0);
    CHECK_CONTAINS(fixture.complaints->str, UUID ".json: ");
    CHECK_INT(sandbox_count(fixture.runs), 2);
}

static void
test_leftovers_of_dead_writers(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    sandbox_write(fixture.definitions, "." UUID ".xml.0123456789abcdef.tmp", "torn", -1);
    sandbox_write(fixture.runs, "." UUID ".json.0123456789abcdef.tmp", "{", -1);
    sandbox_write(fixture.definitions, ".hidden", "somebody's", -1);
    sandbox_write(fixture.definitions, "README", "somebody's", -1);
    sandbox_write(fixture.definitions, UUID ".xml~", "somebody's", -1);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 0);
    CHECK_TEXT(fixture.complaints->str, "");
    CHECK_INT(sandbox_count(fixture.runs), 0);
    CHECK_INT(sandbox_count(fixture.definitions), 3);
}

static void
test_directory_that_cannot_be_read(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    CHECK_INT(g_rmdir(fixture.runs), 0);
    sandbox_write(fixture.root.run_directory, "domains", "a file", -1);
    CHECK(mortise_store_load(fixture.store, NULL, NULL, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_ERROR));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "domains is not a directory");
    g_clear_error(&error);
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    CHECK(!mortise_store_write_running(fixture.store, running, &error));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "domains is not a directory");
}

/* fsync fails from now on; whether `done` is then an error says whether it was called. */
static gboolean
needs_fsync(gboolean (*write_it)(Fixture *fixture, GError **error), Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    faults.name = "fsync";
    faults.number = EIO;
    faults.after = 0;
    gboolean written = write_it(fixture, &error);
    faults.name = NULL;
    CHECK(written || g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_ERROR));
    CHECK(written || strstr(error->message, g_strerror(EIO)) != NULL);
    return !written;
}

static gboolean
put_definition(Fixture *fixture, GError **error)
{
    return mortise_store_write_definition(fixture->store, fixture_uuid(UUID), XML, FALSE, error);
}

static gboolean
remove_definition(Fixture *fixture, GError **error)
{
    return mortise_store_remove_definition(fixture->store, fixture_uuid(UUID), error);
}

static gboolean
put_running(Fixture *fixture, GError **error)
{
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    return mortise_store_write_running(fixture->store, running, error);
}

static void
test_what_is_durable(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    CHECK(put_definition(&fixture, NULL));
    CHECK(needs_fsync(put_definition, &fixture));
    CHECK(needs_fsync(remove_definition, &fixture));
    /* A running file needs it only while the boot is not on record, which cannot be written here at first. */
    CHECK(needs_fsync(put_running, &fixture));
    faults.name = "fsync";
    faults.after = 0;
    g_ptr_array_unref(fixture_load(&fixture));
    faults.name = NULL;
    CHECK(needs_fsync(put_running, &fixture));
    g_ptr_array_unref(fixture_load(&fixture));
    CHECK(!needs_fsync(put_running, &fixture));
}

/* What a writer that is killed writes: definition and running file, new over old. */
static char *
write_both(gpointer data)
{
    Fixture *fixture = data;
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    g_free(running->running_state);
    running->running_state = g_strdup("new");
    faults.counting = TRUE;
    gboolean written = mortise_store_write_definition(fixture->store, fixture_uuid(UUID), "<new/>", TRUE, NULL)
        && mortise_store_write_running(fixture->store, running, NULL);
    faults.counting = FALSE;
    return g_strdup_printf("%d", written);
}

static gboolean
is_old_or_new(const MortiseStoredDomain *domain)
{
    gboolean definition = (g_strcmp0(domain->definition, XML) == 0 && !domain->autostart)
        || (g_strcmp0(domain->definition, "<new/>") == 0 && domain->autostart);
    gboolean running = g_strcmp0(domain->running_state, "old") == 0 || g_strcmp0(domain->running_state, "new") == 0;
    return definition && running && g_strcmp0(domain->running_xml, XML) == 0;
}

static void
write_old(Fixture *fixture)
{
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    g_free(running->running_state);
    running->running_state = g_strdup("old");
    CHECK(mortise_store_write_definition(fixture->store, fixture_uuid(UUID), XML, FALSE, NULL));
    CHECK(mortise_store_write_running(fixture->store, running, NULL));
}

static void
check_after_kill(Fixture *fixture)
{
    g_autoptr(GPtrArray) domains = fixture_reload(fixture);
    CHECK_TEXT(fixture->complaints->str, "");
    CHECK_INT(domains->len, 1);
    CHECK(domains->len == 1 && is_old_or_new(g_ptr_array_index(domains, 0)));
    CHECK_INT(sandbox_count(fixture->definitions), 1);
    CHECK_INT(sandbox_count(fixture->runs), 1);
}

static void
test_killed_at_each_step(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    gboolean finished = FALSE;
    int steps = 0;
    for (steps = 1; steps < 100 && !finished; steps++) {
        write_old(&fixture);
        faults.kill_at = steps;
        int answer = -1;
        int status = child_wait(child_start(write_both, &fixture, CHILD_PLAIN, &answer));
        (void) close(answer);
        faults.kill_at = 0;
        finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        CHECK(finished || WIFSIGNALED(status));
        check_after_kill(&fixture);
    }
    CHECK(finished);
    /* definition: two writes, two fsyncs, a rename; running: a write, a rename, before and after each */
    CHECK(steps >= 14);
}

static char *
write_until_killed(gpointer data)
{
    Fixture *fixture = data;
    while (sandbox_count(fixture->directory) > 0) {
        write_old(fixture);
        g_free(write_both(fixture));
    }
    return NULL;
}

/* Returns some readings after the writer was seen at work: the time of the kill is to vary. */
static void
watch_writer(Fixture *fixture, int readings)
{
    gint64 deadline = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    g_autofree char *before = NULL;
    gboolean changed = FALSE;
    for (int i = 0; (!changed || i < readings) && g_get_monotonic_time() < deadline; i++) {
        g_autofree char *meanwhile = sandbox_read(fixture->definitions, UUID ".xml");
        CHECK(g_strcmp0(meanwhile, HEAD("no") XML) == 0 || g_strcmp0(meanwhile, HEAD("yes") "<new/>") == 0);
        if (!changed && before != NULL && g_strcmp0(before, meanwhile) != 0) {
            changed = TRUE;
            i = 0;
        }
        g_free(before);
        before = g_steal_pointer(&meanwhile);
    }
    CHECK(changed);
}

static void
test_killed_at_random(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    write_old(&fixture);
    for (int i = 0; i < KILLS; i++) {
        int answer = -1;
        pid_t pid = child_start(write_until_killed, &fixture, CHILD_PLAIN, &answer);
        watch_writer(&fixture, i % 11);
        CHECK_INT(kill(pid, SIGKILL), 0);
        CHECK(WIFSIGNALED(child_wait(pid)));
        (void) close(answer);
        check_after_kill(&fixture);
    }
}

static char *
fill_disk(gpointer data)
{
    Fixture *fixture = data;
    if (mount("none", fixture->directory, "tmpfs", 0, "size=64k") != 0
        || g_mkdir_with_parents(fixture->definitions, 0700) != 0 || g_mkdir_with_parents(fixture->runs, 0700) != 0) {
        return g_strdup("skip");
    }
    g_autofree char *large = g_strnfill(60000, 'l');
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) running_error = NULL;
    write_old(fixture);
    gboolean defined = mortise_store_write_definition(fixture->store, fixture_uuid(UUID), large, TRUE, &error);
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    g_free(running->live_xml);
    running->live_xml = g_steal_pointer(&large);
    gboolean written = mortise_store_write_running(fixture->store, running, &running_error);
    g_autoptr(GPtrArray) domains = fixture_reload(fixture);
    gboolean whole = domains->len == 1 && is_old_or_new(g_ptr_array_index(domains, 0));
    return g_strdup_printf("%d %d %d %s %s", defined, written, whole, error != NULL ? error->message : "",
                           running_error != NULL ? running_error->message : "");
}

static void
test_full_disk(void)
{
    if (geteuid() != 0) {
        mortise_test_skip("full disk", "needs root, to mount a small tmpfs");
        return;
    }
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autofree char *said = child_run(fill_disk, &fixture, CHILD_MOUNTS);
    if (g_str_equal(said, "skip") || g_str_equal(said, "cannot prepare the child")) {
        mortise_test_skip("full disk", "no mount namespace can be made here");
        return;
    }
    CHECK_CONTAINS(said, "0 0 1 cannot write ");
    CHECK_CONTAINS(said, UUID ".xml: No space left on device");
    CHECK_CONTAINS(said, UUID ".json: No space left on device");
}

static const MortiseTest tests[] = {
    {"definitions", test_definitions},
    {"directories are made", test_directories_are_made},
    {"running", test_running},
    {"least running", test_least_running},
    {"values that cannot be kept", test_values_that_cannot_be_kept},
    {"largest", test_largest},
    {"earlier boot", test_earlier_boot},
    {"torn by a loss of power", test_torn_by_a_loss_of_power},
    {"leftovers of dead writers", test_leftovers_of_dead_writers},
    {"directory that cannot be read", test_directory_that_cannot_be_read},
    {"what is durable", test_what_is_durable},
    {"killed at each step", test_killed_at_each_step},
    {"killed at random", test_killed_at_random},
    {"full disk", test_full_disk},
};

MORTISE_TEST_MAIN("store", tests)

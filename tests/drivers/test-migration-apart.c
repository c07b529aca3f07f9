// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Source and destination opened by two processes, with nothing but texts between them; and either of them killed.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

#define TEXT_LIMIT (4u * 1024u * 1024u)
/* Bytes a second: what is sent takes longer than a kill. */
#define SLOWLY (100u * 1024u)

static guint
own_number(void)
{
    return 0xc000u | ((guint) getpid() & 0x3fffu);
}

/* ---- what a side does in its own process ---- */

typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    const MortiseMigration *migration;
    MortiseMigrationArguments arguments;
} Side;

static MortiseResult
do_step(const Side *side, const char *step, guint number, const char *text, MortiseSink *written)
{
    void *domain = fake_domain_handle(side->domain);

    fake_call_begin(FAKE_AMPLE_MS);
    if (g_str_equal(step, "start")) {
        return fake_start(side->domain, 0);
    }
    if (g_str_equal(step, "begin")) {
        return side->migration->begin(domain, &side->arguments, written);
    }
    if (g_str_equal(step, "prepare")) {
        return side->migration->prepare(domain, &side->arguments, text, written);
    }
    if (g_str_equal(step, "perform")) {
        return side->migration->perform(domain, &side->arguments, text, written);
    }
    if (g_str_equal(step, "finish")) {
        return side->migration->finish(domain, &side->arguments, *text ? text : NULL, number);
    }
    return side->migration->confirm(domain, &side->arguments, number);
}

/* The path of the guest's console, since checks are not for this process. */
static MortiseResult
do_console(const Side *side, MortiseSink *written)
{
    const int console = engine_open_console(side->domain);
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", console);
    g_autofree char *path = console >= 0 ? g_file_read_link(link, NULL) : NULL;

    if (!path) {
        return MORTISE_FAILED;
    }
    (void) close(console);
    g_string_assign(written->text, path);
    return MORTISE_OK;
}

static gboolean
take_number(const char *word, guint *number)
{
    guint64 value = 0;
    const gboolean good = g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT, &value, NULL);

    *number = (guint) value;
    return good;
}

/* Answers one line "STEP NUMBER LENGTH" with its text by "RESULT LENGTH" with one. FALSE: nobody asks any more. */
static gboolean
answer(Side *side)
{
    char line[64];
    const char *step;
    guint number = 0;
    guint length = 0;
    g_auto(GStrv) words = NULL;
    g_autofree char *text = NULL;
    g_autoptr(MortiseSink) written = fake_sink_new();
    MortiseResult result;

    if (!fgets(line, sizeof(line), stdin)) {
        return FALSE;
    }
    words = g_strsplit(g_strchomp(line), " ", -1);
    if (g_strv_length(words) != 3 || !take_number(words[1], &number) || !take_number(words[2], &length) ||
        length > TEXT_LIMIT) {
        return FALSE;
    }
    step = words[0];
    text = g_malloc0(length + 1);
    if (fread(text, 1, length, stdin) != length) {
        return FALSE;
    }
    if (g_str_equal(step, "slowly")) {
        side->arguments.bandwidth = SLOWLY;
        result = MORTISE_OK;
    } else {
        result = g_str_equal(step, "console") ? do_console(side, written)
                                              : do_step(side, step, number, text, written);
    }
    if (result != MORTISE_OK && fake_call_error()->message) {
        g_string_assign(written->text, fake_call_error()->message);
    }
    (void) printf("%d %u\n%s", (int) result, (guint) written->text->len, written->text->str);
    (void) fflush(stdout);
    return TRUE;
}

static int
be_side(const char *root, guint number)
{
    g_autofree char *xml = engine_guest_xml(number, "");
    Side side = {.host = fake_host_new("tcg", root), .arguments = pair_arguments(0)};

    side.domain = side.host ? fake_domain_open(side.host, xml) : NULL;
    if (!side.domain) {
        return 4;
    }
    side.migration = fake_host_interface(side.host, MORTISE_MIGRATION_ID);
    while (answer(&side)) {
        continue;
    }
    return 0;
}

/* ---- what carries the texts ---- */

typedef struct {
    GPid pid;
    FILE *to;
    FILE *from;
} Process;

typedef struct {
    char *roots[2];
    Process sides[2];
    guint number;
    char *text;                /* what the last step wrote, for the next one */
} World;

static void
open_side(World *world, guint side)
{
    g_autofree char *number = g_strdup_printf("%u", world->number);
    const char *arguments[] = {"/proc/self/exe", "side", world->roots[side], number, NULL};
    Process *process = &world->sides[side];
    int to = -1;
    int from = -1;

    CHECK(g_spawn_async_with_pipes(NULL, (char **) arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                   &process->pid, &to, &from, NULL, NULL));
    process->to = fdopen(to, "w");
    process->from = fdopen(from, "r");
}

static void
end_side(World *world, guint side, int sent)
{
    Process *process = &world->sides[side];
    int status = 0;

    if (process->pid == 0) {
        return;
    }
    if (sent != 0) {
        (void) kill(process->pid, sent);
    }
    (void) fclose(process->to);
    CHECK_INT(waitpid(process->pid, &status, 0), process->pid);
    CHECK(sent != 0 ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void) fclose(process->from);
    *process = (Process){0, NULL, NULL};
}

static void
ask(World *world, guint side, const char *step, guint number, const char *text)
{
    const Process *process = &world->sides[side];

    (void) fprintf(process->to, "%s %u %u\n%s", step, number, (guint) strlen(text), text);
    (void) fflush(process->to);
}

/* What the side has answered, which becomes the world's text; MORTISE_FAILED when it is dead. */
static MortiseResult
hear_answer(World *world, guint side)
{
    const Process *process = &world->sides[side];
    char line[64];
    int result = MORTISE_FAILED;
    guint length = 0;
    g_auto(GStrv) words = NULL;

    g_clear_pointer(&world->text, g_free);
    world->text = g_strdup("");
    if (!fgets(line, sizeof(line), process->from)) {
        return MORTISE_FAILED;
    }
    words = g_strsplit(g_strchomp(line), " ", -1);
    if (g_strv_length(words) != 2 || !take_number(words[1], &length)) {
        return MORTISE_FAILED;
    }
    result = (int) g_ascii_strtoll(words[0], NULL, 10);
    g_free(world->text);
    world->text = g_malloc0(length + 1);
    return fread(world->text, 1, length, process->from) == length ? (MortiseResult) result : MORTISE_FAILED;
}

/* With the text that the step before has written. */
static MortiseResult
take_step(World *world, guint side, const char *step, guint number)
{
    g_autofree char *text = g_strdup(world->text ? world->text : "");
    MortiseResult result;

    ask(world, side, step, number, text);
    result = hear_answer(world, side);
    if (result != MORTISE_OK) {
        fprintf(stderr, "side %u, %s: %s\n", side, step, world->text);
    }
    return result;
}

static guint64
hear_count(World *world, guint side)
{
    guint64 count = 0;
    int console;

    CHECK_INT(take_step(world, side, "console", 0), MORTISE_OK);
    console = open(world->text, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(console >= 0);
    if (console >= 0) {
        count = pair_hear_count(console);
        (void) close(console);
    }
    return count;
}

static void
world_open(World *world)
{
    *world = (World){.number = own_number()};
    for (guint i = 0; i < 2; i++) {
        world->roots[i] = g_dir_make_tmp("mortise-apart-XXXXXX", NULL);
        open_side(world, i);
    }
    CHECK_INT(take_step(world, 0, "start", 0), MORTISE_OK);
}

/* New owners find the one guest, which runs on that side, and end it. */
static void
world_close(World *world, guint wanted)
{
    const char *const roots[] = {world->roots[0], world->roots[1]};
    g_autofree char *xml = engine_guest_xml(world->number, "");
    g_autofree char *uuid = g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001", world->number);
    Pair pair;

    end_side(world, 0, 0);
    end_side(world, 1, 0);
    CHECK(pair_open(&pair, xml, roots));
    pair_wait_known(&pair, 0);
    pair_wait_known(&pair, 1);
    CHECK(pair_wait_state(&pair, wanted, "running"));
    CHECK(pair_wait_state(&pair, !wanted, "shutoff"));
    CHECK(pair_count_emulators(uuid, 1));
    CHECK_INT(fake_stop(pair.domains[0], 0), MORTISE_OK);
    CHECK_INT(fake_stop(pair.domains[1], 0), MORTISE_OK);
    CHECK(engine_is_clean(pair.hosts[0]));
    CHECK(engine_is_clean(pair.hosts[1]));
    CHECK(pair_count_emulators(uuid, 0));
    pair_leave(&pair);
    for (guint i = 0; i < 2; i++) {
        engine_remove(world->roots[i]);
        g_free(world->roots[i]);
    }
    g_free(world->text);
}

/* The first steps, up to that one. */
static void
walk_to(World *world, guint from, const char *last)
{
    static const char *const steps[] = {"begin", "prepare", "perform", "finish", "confirm"};

    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        const guint side = i % 2 == 0 ? from : !from;
        CHECK_INT(take_step(world, side, steps[i], 1), MORTISE_OK);
        if (g_str_equal(steps[i], last)) {
            break;
        }
    }
}

/* Back and forth: the guest counts on, and the processes stay the same. */
static void
test_both_ways(void)
{
    guint64 count;
    guint64 next;
    World world;

    world_open(&world);
    count = hear_count(&world, 0);
    for (guint i = 0; i < 4; i++) {
        walk_to(&world, i % 2, "confirm");
        next = hear_count(&world, !(i % 2));
        CHECK(next > count);
        count = next;
    }
    world_close(&world, 0);
}

static void
test_destination_killed_before(void)
{
    World world;

    world_open(&world);
    walk_to(&world, 0, "prepare");
    end_side(&world, 1, SIGKILL);
    // Until its keeper has ended it, the emulator there takes whatever is sent.
    CHECK(engine_wait_lock(world.roots[1]));
    CHECK_INT(take_step(&world, 0, "perform", 0), MORTISE_FAILED);
    CHECK_INT(take_step(&world, 0, "confirm", 0), MORTISE_OK);
    CHECK(hear_count(&world, 0) > 0);
    world_close(&world, 0);
}

/* All is sent, and nobody there makes it the one that lives. */
static void
test_destination_killed_after(void)
{
    World world;

    world_open(&world);
    walk_to(&world, 0, "perform");
    end_side(&world, 1, SIGKILL);
    CHECK_INT(take_step(&world, 0, "confirm", 0), MORTISE_OK);
    CHECK(hear_count(&world, 0) > 0);
    world_close(&world, 0);
}

/* It was the one that lives before its owner died. */
static void
test_destination_killed_late(void)
{
    World world;

    world_open(&world);
    walk_to(&world, 0, "finish");
    end_side(&world, 1, SIGKILL);
    CHECK_INT(take_step(&world, 0, "confirm", 1), MORTISE_OK);
    world_close(&world, 1);
}

static void
test_source_killed_before(void)
{
    World world;

    world_open(&world);
    walk_to(&world, 0, "prepare");
    end_side(&world, 0, SIGKILL);
    CHECK_INT(take_step(&world, 1, "finish", 0), MORTISE_OK);
    world_close(&world, 0);
}

static void
test_source_killed_sending(void)
{
    World world;

    world_open(&world);
    CHECK_INT(take_step(&world, 0, "slowly", 0), MORTISE_OK);
    g_clear_pointer(&world.text, g_free);
    walk_to(&world, 0, "prepare");
    ask(&world, 0, "perform", 0, world.text);
    // What it has sent by now, if anything, is less than all.
    end_side(&world, 0, SIGKILL);
    g_clear_pointer(&world.text, g_free);
    CHECK_INT(take_step(&world, 1, "finish", 0), MORTISE_OK);
    world_close(&world, 0);
}

/* All is sent: the destination goes on alone, and what is left of the source is ended by its next owner. */
static void
test_source_killed_after(void)
{
    World world;

    world_open(&world);
    walk_to(&world, 0, "perform");
    end_side(&world, 0, SIGKILL);
    CHECK_INT(take_step(&world, 1, "finish", 1), MORTISE_OK);
    CHECK(hear_count(&world, 1) > 0);
    world_close(&world, 1);
}

static const MortiseTest tests[] = {
    {"two processes, four times back and forth", test_both_ways},
    {"the destination's process is killed before anything is sent", test_destination_killed_before},
    {"the destination's process is killed when all is sent", test_destination_killed_after},
    {"the destination's process is killed when the guest lives there", test_destination_killed_late},
    {"the source's process is killed before anything is sent", test_source_killed_before},
    {"the source's process is killed while it sends", test_source_killed_sending},
    {"the source's process is killed when all is sent", test_source_killed_after},
};

int
main(int count, char **arguments)
{
    if (count == 4 && g_str_equal(arguments[1], "side")) {
        // It goes as it would be killed: nothing is closed.
        _exit(be_side(arguments[2], (guint) g_ascii_strtoull(arguments[3], NULL, 10)));
    }
    (void) signal(SIGPIPE, SIG_IGN);
    return engine_require_guest("migration-apart") ? mortise_test_main("migration-apart", tests, G_N_ELEMENTS(tests))
                                                   : 77;
}

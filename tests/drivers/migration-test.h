// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two hosts and a guest that moves between them, for tests of the engine's migration with real QEMU.
#pragma once

#include <mortise/driver/migration.h>

#include "engine-test.h"

typedef struct {
    FakeHost *hosts[2];
    FakeDomain *domains[2];
    guint at;              /* where the guest is meant to live */
} Pair;

/* The steps, in their order; MIGRATED is no step but the good end. */
typedef enum { STEP_BEGIN, STEP_PREPARE, STEP_PERFORM, STEP_FINISH, STEP_CONFIRM, MIGRATED } PairStep;

/* Opens two hosts, in new roots when `roots` is NULL, with the domain on both; nothing is started. */
gboolean pair_open(Pair *pair, const char *xml, const char *const *roots);
/* Ends the guest wherever it is and removes the roots. */
void pair_close(Pair *pair);
/* Closes the hosts; guests and roots stay. */
void pair_leave(Pair *pair);

const MortiseMigration *pair_migration(const Pair *pair, guint side);
/* The usual arguments with these flags. */
MortiseMigrationArguments pair_arguments(guint flags);

typedef struct {
    PairStep failed;       /* the step that did */
    char *reason;          /* of the first failure; to be freed, like what follows */
    char *message;
    char *ticket;
    char *after;           /* what finish() said after an earlier failure; NULL: nothing */
} PairResult;
void pair_result_clear(PairResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PairResult, pair_result_clear)

/* Called before each step, in the caller's thread; NULL: nobody wants to know. */
typedef void (*PairHook)(Pair *pair, PairStep step, gpointer data);

/*
 * All five steps, as a core would take them: after a failure finish and confirm are told of it. `milliseconds` for
 * perform, -1: as long as it takes. Moves `at` when it succeeds.
 */
void pair_migrate(Pair *pair, const MortiseMigrationArguments *arguments, gint64 milliseconds, PairHook hook,
                  gpointer data, PairResult *result);

/* The next count that the guest says on that console; fails the test after FAKE_AMPLE_MS. */
guint64 pair_hear_count(int console);
/* The highest count of those that wait there, or `least`. */
guint64 pair_drain_counts(int console, guint64 least);
/* Whether there are so many emulators of that UUID; waits for those that are ending. */
gboolean pair_count_emulators(const char *uuid, guint wanted);
/* Number of the only emulator of that UUID; -1 when there is not exactly one. One that is ending is none any more. */
gint64 pair_find_emulator(const char *uuid);
/* Waits until nothing of an interrupted start is left there, or has turned out to be a guest. */
void pair_wait_known(const Pair *pair, guint side);
/* Waits until that side is "running", "paused" or "shutoff"; FALSE after FAKE_AMPLE_MS. */
gboolean pair_wait_state(const Pair *pair, guint side, const char *prefix);
/* One number of progress(). */
guint64 pair_progress(const Pair *pair, guint side, const char *key);

/* A number, and the UUID that engine_xml() makes of it, which no test beside this one has. */
guint pair_number(void);
char *pair_uuid(void);
/* A guest that counts, on side 0; its console is returned. */
int pair_open_counting(Pair *pair, const char *more);
gboolean pair_require_migrated(const PairResult *result);
/* The one that came last counts on from where the other had been; its console takes the place of the other's. */
void pair_require_count(Pair *pair, int *console, guint64 *count);
/* The guest runs on at the source, and nothing of it is at the destination. */
void pair_require_back(Pair *pair, int console, guint64 *count);

/*
 * Runs this program again, as the owner of both: "owner", the roots, the guest's number and that word. Returns how it
 * ended, as waitpid() tells it.
 */
int pair_run_owner(const char *const *roots, const char *asked);
/* After an owner died: the guest runs on that side with all of its memory, and its end at the other is known. */
void pair_require_whole(Pair *pair, guint side);

/* How many entries a folder has that exists. */
guint migration_count_files(const char *folder);

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A worker of the benchmark: told on standard input what to do, it answers with what it measured.
#pragma once

#include <gio/gio.h>

/*
 * A request is a line of words with tabs between them, the first of which is the verb. The answer is a line: "ok"
 * and the samples, or "failed" and why. So one runner can let several workers take turns, sample by sample.
 */
typedef struct {
    char **words; /* of the request, the verb first */
    guint count;
    GArray *samples; /* of gint64, for the verb to add to */
} BenchRequest;

/* FALSE with @error when the request could not be done as a whole. */
typedef gboolean (*BenchFunction)(gpointer state, BenchRequest *request, GError **error);

typedef struct {
    const char *name;
    guint words; /* that must follow the verb */
    BenchFunction run;
} BenchVerb;

/* Nanoseconds of a clock that only goes on. */
gint64 bench_now(void);
void bench_add(BenchRequest *request, gint64 sample);
/* Adds the time since `begin`, for each of `parts` things that were done in it. */
void bench_add_since(BenchRequest *request, gint64 begin, gint64 parts);
/* The word at `index` as a number from 1; 0 with @error when it is none. */
guint bench_number(const BenchRequest *request, guint index, GError **error);
gboolean bench_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
gboolean bench_fail_errno(GError **error, const char *what);

/* Answers requests until standard input ends; the exit status of the program. */
int bench_worker_run(const BenchVerb *verbs, gsize count, gpointer state);

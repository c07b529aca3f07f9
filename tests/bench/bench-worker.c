// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the requests of the runner, calls the verb, prints the samples.
#include "bench-worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

gint64
bench_now(void)
{
    struct timespec now;
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
bench_add(BenchRequest *request, gint64 sample)
{
    g_array_append_val(request->samples, sample);
}

void
bench_add_since(BenchRequest *request, gint64 begin, gint64 parts)
{
    bench_add(request, (bench_now() - begin) / parts);
}

gboolean
bench_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
    return FALSE;
}

gboolean
bench_fail_errno(GError **error, const char *what)
{
    return bench_fail(error, "%s: %s", what, g_strerror(errno));
}

guint
bench_number(const BenchRequest *request, guint index, GError **error)
{
    guint64 number = 0;
    if (index >= request->count) {
        (void) bench_fail(error, "%s: word %u is missing", request->words[0], index);
        return 0;
    }
    return g_ascii_string_to_unsigned(request->words[index], 10, 1, G_MAXUINT32, &number, error) ? (guint) number
                                                                                                 : 0;
}

static gboolean
answer(const BenchVerb *verbs, gsize count, gpointer state, BenchRequest *request, GError **error)
{
    for (gsize i = 0; request->count > 0 && i < count; i++) {
        if (!g_str_equal(verbs[i].name, request->words[0])) {
            continue;
        }
        if (request->count - 1 < verbs[i].words) {
            return bench_fail(error, "%s needs %u words", verbs[i].name, verbs[i].words);
        }
        return verbs[i].run(state, request, error);
    }
    return bench_fail(error, "there is no such verb");
}

static void
print_answer(const BenchRequest *request, const GError *error)
{
    if (error != NULL) {
        g_autofree char *line = g_strdelimit(g_strdup(error->message), "\n", ' ');
        printf("failed\t%s\n", line);
    } else {
        printf("ok");
        for (guint i = 0; i < request->samples->len; i++) {
            printf("\t%" G_GINT64_FORMAT, g_array_index(request->samples, gint64, i));
        }
        printf("\n");
    }
    (void) fflush(stdout);
}

static void
work(const BenchVerb *verbs, gsize count, gpointer state, char *line)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = g_strsplit(g_strchomp(line), "\t", -1);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(gint64));
    BenchRequest request = {words, g_strv_length(words), samples};
    if (!answer(verbs, count, state, &request, &error) && error == NULL) {
        (void) bench_fail(&error, "nothing says why");
    }
    print_answer(&request, error);
}

int
bench_worker_run(const BenchVerb *verbs, gsize count, gpointer state)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        work(verbs, count, state, line);
    }
    free(line);
    return 0;
}

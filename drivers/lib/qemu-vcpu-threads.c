// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What /proc shows of an emulator's threads and its use of the host.
#include "qemu-vcpu.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* Fields of /proc/.../stat, counted from 1; see proc(5). */
#define FIELD_STATE 3
#define FIELD_USER 14
#define FIELD_SYSTEM 15
#define FIELD_PROCESSOR 39

/* The fields behind the name: field N is at [N - 3]. NULL: the file is not there or too short. */
static char **
read_stat(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "stat", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;
    const char *name_end;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    name_end = strrchr(text, ')');
    fields = g_strsplit(name_end && name_end[1] ? name_end + 2 : "", " ", -1);
    return g_strv_length(fields) > FIELD_PROCESSOR - FIELD_STATE ? g_steal_pointer(&fields) : NULL;
}

static guint64
number(const char *text)
{
    guint64 value = 0;

    (void) g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL);
    return value;
}

static guint64
nanoseconds(const char *ticks)
{
    return number(ticks) * (G_GUINT64_CONSTANT(1000000000) / (guint64) sysconf(_SC_CLK_TCK));
}

/* Value of a line "KEY:\tVALUE" of a status file, to be freed; NULL: none. */
static char *
read_status(const char *directory, const char *key)
{
    g_autofree char *path = g_build_filename(directory, "status", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (g_str_has_prefix(lines[i], key) && lines[i][strlen(key)] == ':') {
            return g_strdup(g_strstrip(lines[i] + strlen(key) + 1));
        }
    }
    return NULL;
}

/* The first number of schedstat is the time on a CPU in nanoseconds; not every kernel has it. */
static gint64
read_cpu_time(const char *directory, char **fields)
{
    g_autofree char *path = g_build_filename(directory, "schedstat", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        parts = g_strsplit(text, " ", 2);
        return (gint64) number(parts[0] ? parts[0] : "");
    }
    return (gint64) (nanoseconds(fields[FIELD_USER - FIELD_STATE]) + nanoseconds(fields[FIELD_SYSTEM - FIELD_STATE]));
}

static char *
read_name(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "comm", NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? g_strchomp(text) : g_strdup("");
}

QemuThread *
qemu_thread_read(gint64 process, gint64 thread)
{
    g_autofree char *directory = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT, process, thread);
    g_auto(GStrv) fields = read_stat(directory);
    QemuThread *seen;

    if (!fields) {
        return NULL;
    }
    seen = g_new0(QemuThread, 1);
    seen->thread = thread;
    seen->name = read_name(directory);
    seen->state = fields[0][0];
    seen->cpu = (gint) MIN(number(fields[FIELD_PROCESSOR - FIELD_STATE]), G_MAXINT);
    seen->cpu_time = read_cpu_time(directory, fields);
    seen->affinity = read_status(directory, "Cpus_allowed_list");
    return seen;
}

void
qemu_thread_free(QemuThread *thread)
{
    if (!thread) {
        return;
    }
    g_free(thread->name);
    g_free(thread->affinity);
    g_free(thread);
}

gboolean
qemu_process_times(gint64 process, guint64 *total, guint64 *user, guint64 *system)
{
    g_autofree char *directory = g_strdup_printf("/proc/%" G_GINT64_FORMAT, process);
    g_auto(GStrv) fields = read_stat(directory);
    struct timespec used;
    clockid_t clock;

    if (!fields) {
        return FALSE;
    }
    *user = nanoseconds(fields[FIELD_USER - FIELD_STATE]);
    *system = nanoseconds(fields[FIELD_SYSTEM - FIELD_STATE]);
    *total = *user + *system;
    // Finer than the ticks, where it is allowed.
    if (clock_getcpuclockid((pid_t) process, &clock) == 0 && clock_gettime(clock, &used) == 0) {
        *total = (guint64) used.tv_sec * G_GUINT64_CONSTANT(1000000000) + (guint64) used.tv_nsec;
    }
    return TRUE;
}

guint64
qemu_process_resident(gint64 process)
{
    g_autofree char *directory = g_strdup_printf("/proc/%" G_GINT64_FORMAT, process);
    g_autofree char *value = read_status(directory, "VmRSS");
    g_auto(GStrv) parts = g_strsplit(value ? value : "", " ", 2);

    return parts[0] ? number(parts[0]) : 0;
}

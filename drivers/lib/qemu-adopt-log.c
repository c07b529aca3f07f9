// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a guest's keeper wrote down: read without any monitor, whoever started the guest.
#include "qemu-adopt-log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "driver-json.h"
#include "keeper/keeper-protocol.h"

#define LAST_WORDS 3u

/* The whole file, terminated; NULL when there is none. */
static char *
read_file(int directory)
{
    const gsize limit = KEEPER_EVENTS_LIMIT + KEEPER_LINE_LIMIT;
    const int fd = directory < 0 ? -1
                                 : openat(directory, KEEPER_EVENTS_FILE,
                                          O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_autofree char *text = NULL;
    gsize length = 0;
    gssize got;

    if (fd < 0) {
        return NULL;
    }
    text = g_malloc(limit + 1);
    while (length < limit && (got = read(fd, text + length, limit - length)) > 0) {
        length += (gsize) got;
    }
    (void) close(fd);
    text[length] = '\0';
    return g_steal_pointer(&text);
}

static void
take_identities(QemuEventsLog *log, JsonObject *line)
{
    log->started = TRUE;
    log->emulator = (ProcessIdentity){driver_json_number(line, "pid", 0),
                                      (guint64) driver_json_number(line, "start_time", 0)};
    log->keeper = (ProcessIdentity){driver_json_number(line, "keeper_pid", 0),
                                    (guint64) driver_json_number(line, "keeper_start_time", 0)};
}

static void
take_end(QemuEventsLog *log, JsonObject *line)
{
    log->ended = TRUE;
    log->status = (gint) driver_json_number(line, "status", 0);
    log->signal = (gint) driver_json_number(line, "signal", 0);
    log->aborted = driver_json_flag(line, "aborted");
    g_free(log->output);
    log->output = g_strdup(driver_json_text(line, "output", ""));
}

static void
take_line(QemuEventsLog *log, const char *text)
{
    g_autoptr(JsonNode) root = driver_json_read(text, strlen(text));
    JsonObject *line = driver_json_object(root);
    const char *word = driver_json_text(line, "keeper", NULL);
    const char *event = driver_json_text(line, "event", NULL);

    // An emulator out of control may say anything in an event, and must not speak for the keeper.
    if (event) {
        (void) qemu_state_take_event(&log->state, event, driver_json_object_member(line, "data"));
    } else if (g_strcmp0(word, KEEPER_WORD_STARTED) == 0) {
        take_identities(log, line);
    } else if (g_strcmp0(word, KEEPER_WORD_COMMITTED) == 0) {
        log->committed = TRUE;
    } else if (g_strcmp0(word, KEEPER_WORD_ENDED) == 0) {
        take_end(log, line);
    }
}

void
qemu_events_log_parse(QemuEventsLog *log, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    *log = (QemuEventsLog){.output = g_strdup("")};
    qemu_state_init(&log->state);
    for (guint i = 0; lines[i]; i++) {
        if (*lines[i]) {
            take_line(log, lines[i]);
        }
    }
}

void
qemu_events_log_read(QemuEventsLog *log, int directory)
{
    g_autofree char *text = read_file(directory);

    qemu_events_log_parse(log, text ? text : "");
}

void
qemu_events_log_clear(QemuEventsLog *log)
{
    g_clear_pointer(&log->output, g_free);
    qemu_state_clear(&log->state);
}

void
qemu_events_log_note(int directory, const char *event)
{
    g_autofree char *line = g_strdup_printf("{\"event\": \"%s\"}\n", event);
    const int fd = openat(directory, KEEPER_EVENTS_FILE, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        return;
    }
    // Without it the monitor tells the same a moment later.
    (void) !write(fd, line, strlen(line));
    (void) close(fd);
}

/* QEMU says this of every signal that ends it, and of every pty. */
static gboolean
is_chatter(const char *line)
{
    return *line == '\0' || strstr(line, "terminating on signal") || strstr(line, "char device redirected to");
}

/* -msg timestamp=on: "2026-11-21T10:00:00.123456Z qemu-system-x86_64: ...". */
static const char *
behind_timestamp(const char *line)
{
    const gsize digits = strspn(line, "0123456789-T:.Z");

    return digits >= 20 && line[digits] == ' ' ? line + digits + 1 : line;
}

char *
qemu_events_log_last_words(const QemuEventsLog *log, guint lines)
{
    g_auto(GStrv) all = g_strsplit(log->output, "\n", -1);
    GString *words = g_string_new(NULL);

    for (guint i = g_strv_length(all); i > 0 && lines > 0; i--) {
        const char *line = behind_timestamp(g_strstrip(all[i - 1]));
        if (!is_chatter(line)) {
            (void) g_string_prepend(words, words->len ? "; " : "");
            (void) g_string_prepend(words, line);
            lines--;
        }
    }
    return g_string_free(words, FALSE);
}

static char *
describe_exit(const QemuEventsLog *log)
{
    g_autofree char *words = qemu_events_log_last_words(log, LAST_WORDS);
    const char *colon = *words ? ": " : "";

    if (log->signal) {
        return g_strdup_printf("The emulator was killed by signal %d (%s)%s%s.", log->signal, g_strsignal(log->signal),
                               colon, words);
    }
    return g_strdup_printf("The emulator ended with exit status %d%s%s.", log->status, colon, words);
}

/* By the word of QEMU's SHUTDOWN event; NULL when that tells nothing. */
static const char *
end_by_shutdown(const char *word, char **detail)
{
    if (!word) {
        return NULL;
    }
    if (g_str_equal(word, "guest-panic")) {
        *detail = g_strdup("The guest panicked.");
        return "crashed";
    }
    if (g_str_equal(word, "guest-reset")) {
        *detail = g_strdup("The guest rebooted, and on_reboot says destroy.");
        return "shutdown";
    }
    if (g_str_equal(word, "guest-shutdown")) {
        *detail = g_strdup("The guest shut itself down.");
        return "shutdown";
    }
    if (g_str_equal(word, "host-signal")) {
        *detail = g_strdup("The emulator was asked to end by a signal of the host.");
        return "destroyed";
    }
    if (g_str_equal(word, "host-error")) {
        return NULL;
    }
    *detail = g_strdup_printf("The emulator was told to end (%s).", word);
    return "destroyed";
}

const char *
qemu_events_log_end(const QemuEventsLog *log, QemuEndCause cause, char **detail)
{
    const char *reason = NULL;

    *detail = NULL;
    if (log->aborted || (log->ended && !log->committed)) {
        *detail = g_strdup("Its start was interrupted.");
        return "failed";
    }
    if (cause == QEMU_END_BY_OWNER) {
        *detail = g_strdup("It was destroyed.");
        return "destroyed";
    }
    if (!log->ended) {
        *detail = g_strdup("How it ended is not known: its keeper was gone, or the host was restarted.");
        return "unknown";
    }
    if (!log->signal && !log->status) {
        reason = end_by_shutdown(log->state.shutdown_reason, detail);
    }
    if (!reason) {
        *detail = describe_exit(log);
        reason = log->signal || log->status ? "crashed" : "shutdown";
    }
    return reason;
}

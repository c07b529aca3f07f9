// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What state a guest is in, followed through the events of its emulator.
#include "qemu-engine-state.h"

#include <mortise/driver/abi.h>

#include "driver-json.h"

#define STARTING_UP "starting-up"

void
qemu_state_init(QemuState *state)
{
    *state = (QemuState){.state = MORTISE_STATE_PAUSED, .reason = STARTING_UP};
}

void
qemu_state_clear(QemuState *state)
{
    g_clear_pointer(&state->shutdown_reason, g_free);
}

void
qemu_state_set_arrived(QemuState *state)
{
    if (g_strcmp0(state->reason, "booted") == 0 || g_strcmp0(state->reason, STARTING_UP) == 0) {
        state->reason = "migrated";
    }
}

static gboolean
become(QemuState *state, guint number, const char *reason)
{
    const gboolean changed = state->state != number || g_strcmp0(state->reason, reason) != 0;

    state->state = number;
    state->reason = reason;
    return changed;
}

static gboolean
take_stop(QemuState *state)
{
    const char *cause = state->stop_cause ? state->stop_cause : "user";

    state->stop_cause = NULL;
    // Said twice it is nothing new: see qemu_events_log_note().
    if (state->state == MORTISE_STATE_PAUSED && g_strcmp0(state->reason, STARTING_UP) != 0) {
        return FALSE;
    }
    if (state->panicked) {
        return become(state, MORTISE_STATE_CRASHED, "panicked");
    }
    return become(state, MORTISE_STATE_PAUSED, cause);
}

static gboolean
take_resume(QemuState *state)
{
    const gboolean first = g_strcmp0(state->reason, STARTING_UP) == 0;
    const gboolean arrived = g_strcmp0(state->reason, QEMU_REASON_INCOMING) == 0;

    state->stop_cause = NULL;
    return state->state != MORTISE_STATE_RUNNING &&
           become(state, MORTISE_STATE_RUNNING, arrived ? "migrated" : first ? "booted" : "unpaused");
}

static gboolean
take_shutdown(QemuState *state, JsonObject *data)
{
    const char *reason = driver_json_text(data, "reason", "");

    // What the guest did is why it ends; the keeper's quit only carries it out.
    if (!state->shutdown_reason || !g_str_equal(reason, "host-qmp-quit")) {
        g_free(state->shutdown_reason);
        state->shutdown_reason = g_strdup(*reason ? reason : "guest-shutdown");
    }
    state->stop_cause = "shutting-down";
    return become(state, MORTISE_STATE_SHUTDOWN, "user");
}

static gboolean
take_reset(QemuState *state)
{
    const gboolean stopped = state->state == MORTISE_STATE_PAUSED || state->state == MORTISE_STATE_CRASHED ||
                             state->state == MORTISE_STATE_SHUTDOWN;

    g_clear_pointer(&state->shutdown_reason, g_free);
    state->panicked = FALSE;
    state->stop_cause = NULL;
    if (state->state == MORTISE_STATE_RUNNING) {
        return FALSE;
    }
    // A stopped guest stays stopped over a reset; its CPUs go on with RESUME.
    return stopped ? become(state, MORTISE_STATE_PAUSED, STARTING_UP)
                   : become(state, MORTISE_STATE_RUNNING, "booted");
}

static gboolean
take_panic(QemuState *state, JsonObject *data)
{
    state->panicked = TRUE;
    return g_str_equal(driver_json_text(data, "action", ""), "pause")
               ? become(state, MORTISE_STATE_CRASHED, "panicked")
               : FALSE;
}

gboolean
qemu_state_take_event(QemuState *state, const char *event, JsonObject *data)
{
    if (g_str_equal(event, "STOP")) {
        return take_stop(state);
    }
    if (g_str_equal(event, "RESUME")) {
        return take_resume(state);
    }
    if (g_str_equal(event, "SHUTDOWN")) {
        return take_shutdown(state, data);
    }
    if (g_str_equal(event, "RESET")) {
        return take_reset(state);
    }
    if (g_str_equal(event, "GUEST_PANICKED")) {
        return take_panic(state, data);
    }
    if (g_str_equal(event, "SUSPEND")) {
        return become(state, MORTISE_STATE_SUSPENDED, "guest");
    }
    if (g_str_equal(event, "WAKEUP")) {
        return become(state, MORTISE_STATE_RUNNING, "wakeup");
    }
    // Told before the STOP that they cause.
    if (g_str_equal(event, "BLOCK_IO_ERROR") && g_str_equal(driver_json_text(data, "action", ""), "stop")) {
        state->stop_cause = "io-error";
    } else if (g_str_equal(event, "WATCHDOG") && g_str_equal(driver_json_text(data, "action", ""), "pause")) {
        state->stop_cause = "watchdog";
    }
    return FALSE;
}

typedef struct {
    const char *status;
    guint state;
    const char *reason;
} StatusWord;

static const StatusWord status_words[] = {
    {"running", MORTISE_STATE_RUNNING, "booted"},
    {"paused", MORTISE_STATE_PAUSED, "user"},
    {"prelaunch", MORTISE_STATE_PAUSED, STARTING_UP},
    {"suspended", MORTISE_STATE_SUSPENDED, "guest"},
    {"shutdown", MORTISE_STATE_PAUSED, "shutting-down"},
    {"guest-panicked", MORTISE_STATE_CRASHED, "panicked"},
    {"io-error", MORTISE_STATE_PAUSED, "io-error"},
    {"watchdog", MORTISE_STATE_PAUSED, "watchdog"},
    {"internal-error", MORTISE_STATE_PAUSED, "internal-error"},
    {"debug", MORTISE_STATE_PAUSED, "debugger"},
    {"inmigrate", MORTISE_STATE_PAUSED, "migration"},
    {"postmigrate", MORTISE_STATE_PAUSED, "migration"},
    {"finish-migrate", MORTISE_STATE_PAUSED, "migration"},
    {"save-vm", MORTISE_STATE_PAUSED, "saving"},
    {"restore-vm", MORTISE_STATE_PAUSED, "restoring"},
    {"colo", MORTISE_STATE_PAUSED, "migration"},
};

gboolean
qemu_state_take_status(QemuState *state, const char *status)
{
    for (guint i = 0; i < G_N_ELEMENTS(status_words); i++) {
        const StatusWord *word = &status_words[i];
        if (!g_str_equal(status, word->status)) {
            continue;
        }
        // Events tell more: why it runs or was paused is kept when the state is the same.
        if (state->state == word->state && (word->state == MORTISE_STATE_RUNNING || g_str_equal(status, "paused"))) {
            return FALSE;
        }
        return become(state, word->state, word->reason);
    }
    return become(state, MORTISE_STATE_UNKNOWN, "unknown");
}

static char *
join(const char *first, const char *second)
{
    if (!*first && !*second) {
        return NULL;
    }
    return g_strconcat(first, *first && *second ? ": " : "", second, NULL);
}

static char *
number_of(JsonObject *data, const char *member)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, driver_json_number(data, member, 0));
}

static char *
io_error_detail(JsonObject *data)
{
    g_autofree char *what = join(driver_json_text(data, "operation", ""), driver_json_text(data, "reason", ""));
    const char *where = *driver_json_text(data, "device", "") ? driver_json_text(data, "device", "")
                                                           : driver_json_text(data, "node-name", "");

    return join(where, what ? what : "");
}

const char *
qemu_state_event_kind(const char *event, JsonObject *data, char **detail)
{
    *detail = NULL;
    if (g_str_equal(event, "RESET")) {
        *detail = join(driver_json_text(data, "reason", ""), "");
        return "reboot";
    }
    if (g_str_equal(event, "WATCHDOG")) {
        *detail = join(driver_json_text(data, "action", ""), "");
        return "watchdog";
    }
    if (g_str_equal(event, "BLOCK_IO_ERROR")) {
        *detail = io_error_detail(data);
        return "io-error";
    }
    if (g_str_equal(event, "GUEST_PANICKED")) {
        *detail = join(driver_json_text(data, "action", ""), "");
        return "panicked";
    }
    if (g_str_equal(event, "RTC_CHANGE")) {
        *detail = number_of(data, "offset");
        return "rtc-change";
    }
    if (g_str_equal(event, "BALLOON_CHANGE")) {
        *detail = number_of(data, "actual");
        return "balloon-change";
    }
    if (g_str_equal(event, "DEVICE_TRAY_MOVED")) {
        *detail = join(driver_json_text(data, "id", ""), "");
        return "tray-change";
    }
    if (g_str_equal(event, "MEMORY_FAILURE")) {
        *detail = join(driver_json_text(data, "recipient", ""), driver_json_text(data, "action", ""));
        return "memory-failure";
    }
    return g_str_equal(event, "POWERDOWN") ? "powerdown" : NULL;
}

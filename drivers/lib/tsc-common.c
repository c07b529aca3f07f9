// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One TSC frequency for several hosts: which can run it, and which can never agree on any.
#include "tsc-common.h"

#include <json-glib/json-glib.h>

/* Who excludes whom is told for each pair. */
#define HOST_LIMIT 1024u

/* What limits a host: both ends included, in kHz. */
typedef struct {
    guint64 low;
    guint64 high;
} Window;

/* FALSE when nothing limits the host, or nothing is known of it. */
static gboolean
window_of(const TscHost *host, Window *window)
{
    const TscResult result = tsc_verdict(0, host, TSC_TOLERANCE_PPM);

    *window = (Window){result.window_low, result.window_high};
    return result.host.khz > 0 && host->scaling <= 0;
}

static const TscHost *
at(const GArray *hosts, guint index)
{
    return &g_array_index(hosts, TscHost, index);
}

/* How many limited hosts take `khz`; and what all of them take. */
static guint
count_at(const GArray *hosts, guint64 khz, Window *common)
{
    guint count = 0;
    Window window;

    *common = (Window){1, TSC_KHZ_LIMIT};
    for (guint i = 0; i < hosts->len; i++) {
        if (window_of(at(hosts, i), &window) && khz >= window.low && khz <= window.high) {
            common->low = MAX(common->low, window.low);
            common->high = MIN(common->high, window.high);
            count++;
        }
    }
    return count;
}

/* The window that the most hosts share begins where one of theirs does. 0: no host is limited. */
static guint
find_common(const GArray *hosts, Window *common)
{
    guint most = 0;
    Window window;
    Window candidate;

    *common = (Window){1, TSC_KHZ_LIMIT};
    for (guint i = 0; i < hosts->len; i++) {
        if (window_of(at(hosts, i), &window)) {
            const guint count = count_at(hosts, window.low, &candidate);
            if (count > most) {
                most = count;
                *common = candidate;
            }
        }
    }
    return most;
}

/* A host's own frequency where there is one in the window, the nearest to its middle; 0: nothing is known of any. */
static guint64
choose(const GArray *hosts, const Window *common, gboolean limited)
{
    const guint64 middle = common->low + (common->high - common->low) / 2;
    guint64 best = limited ? middle : 0;
    guint64 least = G_MAXUINT64;

    for (guint i = 0; i < hosts->len; i++) {
        const guint64 khz = at(hosts, i)->khz;
        const guint64 off = khz > middle ? khz - middle : middle - khz;
        if (khz >= common->low && khz <= common->high && off < least) {
            least = off;
            best = khz;
        }
    }
    return best;
}

static JsonArray *
pair(guint64 low, guint64 high)
{
    JsonArray *array = json_array_new();

    json_array_add_int_element(array, (gint64) low);
    json_array_add_int_element(array, (gint64) high);
    return array;
}

/* Only hosts that are known not to scale can exclude each other. */
static gboolean
is_fixed(const TscHost *host, Window *window)
{
    return host->scaling == 0 && window_of(host, window);
}

static JsonArray *
excluded_by(const GArray *hosts, guint index)
{
    JsonArray *array = json_array_new();
    Window mine;
    Window other;

    if (!is_fixed(at(hosts, index), &mine)) {
        return array;
    }
    for (guint i = 0; i < hosts->len; i++) {
        if (is_fixed(at(hosts, i), &other) && (other.low > mine.high || other.high < mine.low)) {
            json_array_add_int_element(array, i);
        }
    }
    return array;
}

static JsonObject *
describe(const GArray *hosts, guint index, guint64 khz)
{
    const TscHost *host = at(hosts, index);
    const TscResult result = tsc_verdict(khz * 1000, host, TSC_TOLERANCE_PPM);
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "host", index);
    json_object_set_string_member(object, "verdict",
                                  tsc_verdict_word(khz > 0 ? result.verdict : TSC_UNKNOWN));
    json_object_set_string_member(object, "scaling", tsc_scaling_word(host->scaling));
    if (result.host.khz > 0) {
        json_object_set_int_member(object, "khz", (gint64) result.host.khz);
        json_object_set_array_member(object, "window_khz", pair(result.window_low, result.window_high));
    }
    json_object_set_array_member(object, "excludes", excluded_by(hosts, index));
    return object;
}

static char *
write_result(const GArray *hosts, guint64 khz, const Window *common)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    JsonArray *array = json_array_new();

    json_node_take_object(root, object);
    if (khz > 0) {
        json_object_set_int_member(object, "frequency_khz", (gint64) khz);
    } else {
        json_object_set_null_member(object, "frequency_khz");
    }
    if (common) {
        json_object_set_array_member(object, "window_khz", pair(common->low, common->high));
    } else {
        json_object_set_null_member(object, "window_khz");
    }
    for (guint i = 0; i < hosts->len; i++) {
        json_array_add_object_element(array, describe(hosts, i, khz));
    }
    json_object_set_array_member(object, "hosts", array);
    return json_to_string(root, FALSE);
}

char *
tsc_common_find(const GArray *hosts, guint64 frequency)
{
    guint64 khz = frequency / 1000;
    Window common;
    guint count;

    if (frequency == 0) {
        count = find_common(hosts, &common);
        khz = choose(hosts, &common, count > 0);
    } else {
        count = count_at(hosts, khz, &common);
    }
    return write_result(hosts, khz, count > 0 ? &common : NULL);
}

gboolean
tsc_common_check(guint64 frequency, guint count, DriverFailure **failure)
{
    if (frequency > 0 && frequency < 1000) {
        driver_failure_set(failure, "invalid-argument", "frequency", "Give it in Hz: 2500000000 is 2.5 GHz.",
                           "QEMU counts TSC frequencies in kHz, and %" G_GUINT64_FORMAT " Hz is less than one.",
                           frequency);
        return FALSE;
    }
    if (count > HOST_LIMIT) {
        driver_failure_set(failure, "limit-exceeded", "capabilities", "Ask for fewer hosts at once.",
                           "%u hosts are more than the %u that can be compared at once.", count, HOST_LIMIT);
        return FALSE;
    }
    return TRUE;
}

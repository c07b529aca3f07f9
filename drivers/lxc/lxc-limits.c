// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Limits and weights of a container that runs: read from and written to control groups of both versions.
#include "lxc-limits.h"

#include <string.h>

#define KIB 1024
/* Version 1 tells "no limit" as the largest number of whole pages. */
#define UNLIMITED_LEAST (G_MAXINT64 - 0xffff)
/* The scales of version 1 and 2 for shares of the processor. */
#define SHARES_LEAST 2
#define SHARES_RANGE 262142
#define WEIGHT_RANGE 9999
#define PERIOD_USUAL 100000

typedef enum { KIND_MEMORY, KIND_SWAP, KIND_SHARES, KIND_PERIOD, KIND_QUOTA, KIND_WEIGHT } LimitKind;

typedef struct {
    const char *key;
    LimitKind kind;
    const char *controllers[2];    /* of version 1 and 2; either may have it */
    const char *files[2];
} Limit;

static const Limit limits[] = {
    {"hard_limit", KIND_MEMORY, {"memory", "memory"}, {"memory.limit_in_bytes", "memory.max"}},
    {"soft_limit", KIND_MEMORY, {"memory", "memory"}, {"memory.soft_limit_in_bytes", "memory.high"}},
    {"swap_hard_limit", KIND_SWAP, {"memory", "memory"}, {"memory.memsw.limit_in_bytes", "memory.swap.max"}},
    {"cpu_shares", KIND_SHARES, {"cpu", "cpu"}, {"cpu.shares", "cpu.weight"}},
    {"vcpu_period", KIND_PERIOD, {"cpu", "cpu"}, {"cpu.cfs_period_us", "cpu.max"}},
    {"vcpu_quota", KIND_QUOTA, {"cpu", "cpu"}, {"cpu.cfs_quota_us", "cpu.max"}},
    {"weight", KIND_WEIGHT, {"blkio", "io"}, {"blkio.bfq.weight", "io.weight"}},
};

const char *const *
lxc_limits_keys(guint group)
{
    static const char *const memory[] = {"hard_limit", "soft_limit", "swap_hard_limit", NULL};
    static const char *const cpu[] = {"cpu_shares", "vcpu_period", "vcpu_quota", NULL};
    static const char *const block[] = {"weight", NULL};

    switch (group) {
    case MORTISE_TUNING_MEMORY:
        return memory;
    case MORTISE_TUNING_CPU:
        return cpu;
    case MORTISE_TUNING_BLOCK:
        return block;
    default:
        return NULL;
    }
}

static const Limit *
find_limit(const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (g_str_equal(limits[i].key, key)) {
            return &limits[i];
        }
    }
    return NULL;
}

static const LxcHierarchy *
find_hierarchy(const LxcCgroups *cgroups, const Limit *limit)
{
    const LxcHierarchy *first = lxc_cgroups_find(cgroups, limit->controllers[0]);

    return first != NULL ? first : lxc_cgroups_find(cgroups, limit->controllers[1]);
}

/* The words of a file's first line; NULL when it is not there. */
static char **
read_words(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file)
{
    g_autofree char *text = lxc_cgroup_read(cgroups, hierarchy, group, file);

    if (text == NULL) {
        return NULL;
    }
    text[strcspn(text, "\n")] = '\0';
    return g_strsplit(text, " ", -1);
}

static gboolean
parse_number(const char *word, gint64 *number)
{
    guint64 value = 0;

    if (word == NULL) {
        return FALSE;
    }
    if (g_str_equal(word, "max") || *word == '-') {
        *number = MORTISE_TUNING_UNLIMITED;
        return TRUE;
    }
    if (!g_ascii_string_to_unsigned(word, 10, 0, G_MAXINT64, &value, NULL)) {
        return FALSE;
    }
    *number = value >= UNLIMITED_LEAST ? MORTISE_TUNING_UNLIMITED : (gint64) value;
    return TRUE;
}

/* As tuning/1 tells it. `memory` is the limit of memory alone, which version 2 counts apart from swap. */
static gint64
from_kernel(LimitKind kind, gboolean unified, gint64 number, gint64 memory)
{
    if (number < 0) {
        return number;
    }
    if (kind == KIND_SWAP && unified) {
        return memory < 0 ? MORTISE_TUNING_UNLIMITED : number / KIB + memory;
    }
    if (kind == KIND_MEMORY || kind == KIND_SWAP) {
        return number / KIB;
    }
    if (kind == KIND_SHARES && unified) {
        return SHARES_LEAST + (number - 1) * SHARES_RANGE / WEIGHT_RANGE;
    }
    return number;
}

gboolean
lxc_limit_read(const LxcCgroups *cgroups, const char *group, const char *key, gint64 *number)
{
    const Limit *limit = find_limit(key);
    const LxcHierarchy *hierarchy = limit != NULL ? find_hierarchy(cgroups, limit) : NULL;
    g_auto(GStrv) words = hierarchy != NULL
                              ? read_words(cgroups, hierarchy, group, limit->files[hierarchy->unified]) : NULL;
    gint64 memory = MORTISE_TUNING_UNLIMITED;
    guint place = 0;

    if (words == NULL || words[0] == NULL) {
        return FALSE;
    }
    // "QUOTA PERIOD" and "default WEIGHT".
    if ((hierarchy->unified && limit->kind == KIND_PERIOD) || g_str_equal(words[0], "default")) {
        place = 1;
    }
    if (!parse_number(words[place], number)) {
        return FALSE;
    }
    if (hierarchy->unified && limit->kind == KIND_SWAP) {
        (void) lxc_limit_read(cgroups, group, "hard_limit", &memory);
    }
    *number = from_kernel(limit->kind, hierarchy->unified, *number, memory);
    return TRUE;
}

static char *
bytes_text(gint64 kib, gboolean unified)
{
    return kib < 0 ? g_strdup(unified ? "max" : "-1") : g_strdup_printf("%" G_GINT64_FORMAT, kib * KIB);
}

/* The half of cpu.max that is not set stays as it is. */
static char *
cpu_max_text(const LxcCgroups *cgroups, const char *group, LimitKind kind, gint64 number)
{
    gint64 quota = MORTISE_TUNING_UNLIMITED;
    gint64 period = PERIOD_USUAL;

    (void) lxc_limit_read(cgroups, group, "vcpu_quota", &quota);
    (void) lxc_limit_read(cgroups, group, "vcpu_period", &period);
    quota = kind == KIND_QUOTA ? number : quota;
    period = kind == KIND_PERIOD ? number : period;
    return quota < 0 ? g_strdup_printf("max %" G_GINT64_FORMAT, period)
                     : g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, quota, period);
}

/* What is written to the file; NULL with the cause when it makes no sense. */
static char *
to_kernel(const LxcCgroups *cgroups, const char *group, const Limit *limit, gboolean unified, gint64 number,
          DriverFailure **failure)
{
    gint64 memory = MORTISE_TUNING_UNLIMITED;

    if (limit->kind == KIND_MEMORY || (limit->kind == KIND_SWAP && !unified)) {
        return bytes_text(number, unified);
    }
    if (limit->kind == KIND_SWAP) {
        (void) lxc_limit_read(cgroups, group, "hard_limit", &memory);
        if (number >= 0 && (memory < 0 || number < memory)) {
            driver_failure_set(failure, "invalid-argument", limit->key, "Set hard_limit to less first.",
                               "swap_hard_limit is of memory and swap together, and less than the memory alone.");
            return NULL;
        }
        return bytes_text(number < 0 ? number : number - memory, TRUE);
    }
    if (unified && (limit->kind == KIND_PERIOD || limit->kind == KIND_QUOTA)) {
        return cpu_max_text(cgroups, group, limit->kind, number);
    }
    if (unified && limit->kind == KIND_SHARES) {
        number = 1 + (number - SHARES_LEAST) * WEIGHT_RANGE / SHARES_RANGE;
    }
    return g_strdup_printf(unified && limit->kind == KIND_WEIGHT ? "default %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT,
                           number);
}

/* Version 2 would kill processes to get below a new limit; reclaiming alone is what the other file does. */
static gboolean
make_room(const LxcCgroups *cgroups, const LxcHierarchy *memory, const char *group, const char *text)
{
    g_autofree char *high = lxc_cgroup_read(cgroups, memory, group, "memory.high");
    guint64 current = 0;
    guint64 wanted = 0;

    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &wanted, NULL) ||
        !lxc_cgroup_number(cgroups, memory, group, "memory.current", &current) || current <= wanted || high == NULL) {
        return TRUE;
    }
    (void) lxc_cgroup_write(cgroups, memory, group, "memory.high", text, NULL);
    (void) lxc_cgroup_number(cgroups, memory, group, "memory.current", &current);
    (void) lxc_cgroup_write(cgroups, memory, group, "memory.high", g_strstrip(high), NULL);
    return current <= wanted;
}

static gboolean
fail_write(const Limit *limit, gint64 number, DriverFailure *cause, DriverFailure **failure)
{
    if (cause == NULL || g_str_equal(cause->reason, "resource-busy")) {
        driver_failure_set(failure, "resource-busy", limit->key,
                           "End something in the container, or choose a higher limit.",
                           "%s cannot be %" G_GINT64_FORMAT " KiB: the container uses more, and the kernel cannot take "
                           "it away.", limit->key, number);
        driver_failure_free(cause);
    } else {
        driver_failure_prefix(cause, "%s: ", limit->key);
        driver_failure_propagate(failure, cause);
    }
    return FALSE;
}

static gboolean
write_one(const LxcCgroups *cgroups, const char *group, const Limit *limit, gint64 number, DriverFailure **failure)
{
    const LxcHierarchy *hierarchy = find_hierarchy(cgroups, limit);
    g_autofree char *text = NULL;
    DriverFailure *cause = NULL;
    gint64 old;

    if (hierarchy == NULL || !lxc_limit_read(cgroups, group, limit->key, &old)) {
        driver_failure_set(failure, "host-unsupported", limit->key, "See 'mortise doctor'.",
                           "This host's control groups have no %s.", limit->key);
        return FALSE;
    }
    text = to_kernel(cgroups, group, limit, hierarchy->unified, number, failure);
    if (text == NULL) {
        return FALSE;
    }
    if (hierarchy->unified && g_str_equal(limit->key, "hard_limit") && number >= 0 &&
        !make_room(cgroups, hierarchy, group, text)) {
        return fail_write(limit, number, NULL, failure);
    }
    return lxc_cgroup_write(cgroups, hierarchy, group, limit->files[hierarchy->unified], text, &cause) ||
           fail_write(limit, number, cause, failure);
}

/* The order in which the kernel takes them: the limit of memory and swap is never below that of memory alone. */
static gint
compare_order(gconstpointer one, gconstpointer other, gpointer data)
{
    const gboolean swap_first = GPOINTER_TO_INT(data);
    const MortiseValue *values[2] = {one, other};
    gint places[2];

    for (guint i = 0; i < 2; i++) {
        places[i] = g_str_equal(values[i]->key, "swap_hard_limit") ? (swap_first ? 0 : 2) : 1;
    }
    return places[0] - places[1];
}

static gboolean
is_swap_first(const LxcCgroups *cgroups, const char *group, const MortiseValue *values, guint count)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");
    gint64 old = MORTISE_TUNING_UNLIMITED;

    for (guint i = 0; i < count; i++) {
        if (g_str_equal(values[i].key, "swap_hard_limit") && memory != NULL && !memory->unified &&
            lxc_limit_read(cgroups, group, values[i].key, &old)) {
            return (gint64) values[i].number < 0 || (old >= 0 && (gint64) values[i].number > old);
        }
    }
    return FALSE;
}

static void
put_back(const LxcCgroups *cgroups, const char *group, const GArray *values, const gint64 *old, guint count)
{
    while (count-- > 0) {
        const MortiseValue *value = &g_array_index(values, MortiseValue, count);
        (void) write_one(cgroups, group, find_limit(value->key), old[count], NULL);
    }
}

static void
tell_file(const LxcCgroups *cgroups, const char *group, const char *key, GString *files)
{
    const Limit *limit = find_limit(key);
    const LxcHierarchy *hierarchy = find_hierarchy(cgroups, limit);
    const char *file = limit->files[hierarchy->unified];
    g_auto(GStrv) words = read_words(cgroups, hierarchy, group, file);
    g_autofree char *text = words != NULL ? g_strjoinv(" ", words) : NULL;

    if (text != NULL) {
        g_string_append_printf(files, "lxc.cgroup%s.%s = %s\n", hierarchy->unified ? "2" : "", file, text);
    }
}

gboolean
lxc_limits_write(const LxcCgroups *cgroups, const char *group, const MortiseValue *values, guint count,
                 GString *files, DriverFailure **failure)
{
    g_autoptr(GArray) sorted = g_array_new(FALSE, FALSE, sizeof(MortiseValue));
    g_autofree gint64 *old = g_new0(gint64, count + 1);

    (void) g_array_append_vals(sorted, values, count);
    g_array_sort_with_data(sorted, compare_order, GINT_TO_POINTER(is_swap_first(cgroups, group, values, count)));
    for (guint i = 0; i < count; i++) {
        const MortiseValue *value = &g_array_index(sorted, MortiseValue, i);
        const Limit *limit = find_limit(value->key);

        if (limit == NULL) {
            driver_failure_set(failure, "unsupported", value->key, NULL, "Containers have no %s.", value->key);
        } else {
            (void) lxc_limit_read(cgroups, group, value->key, &old[i]);
        }
        if (limit == NULL || !write_one(cgroups, group, limit, (gint64) value->number, failure)) {
            put_back(cgroups, group, sorted, old, i);
            return FALSE;
        }
    }
    for (guint i = 0; files != NULL && i < count; i++) {
        tell_file(cgroups, group, values[i].key, files);
    }
    return TRUE;
}

/* Whether a line of the configuration sets what one of the new lines sets. */
static gboolean
is_replaced(const char *line, char **fresh)
{
    const char *end = strstr(line, " = ");

    for (guint i = 0; end != NULL && fresh[i] != NULL; i++) {
        if (strncmp(line, fresh[i], (gsize) (end - line) + 3) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

char *
lxc_limits_configure(const char *config, const char *lines)
{
    g_auto(GStrv) old = g_strsplit(config, "\n", -1);
    g_auto(GStrv) fresh = g_strsplit(lines, "\n", -1);
    GString *text = g_string_new(NULL);

    for (guint i = 0; old[i] != NULL; i++) {
        if (*old[i] != '\0' && !is_replaced(old[i], fresh)) {
            g_string_append_printf(text, "%s\n", old[i]);
        }
    }
    for (guint i = 0; fresh[i] != NULL; i++) {
        if (*fresh[i] != '\0' && !g_str_has_suffix(fresh[i], " = ")) {
            g_string_append_printf(text, "%s\n", fresh[i]);
        }
    }
    return g_string_free(text, FALSE);
}

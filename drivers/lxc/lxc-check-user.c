// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user who is not root lacks to start a container: subordinate ids, programs that map them, control groups.
#include <string.h>
#include <unistd.h>

#include "domain-parser.h"
#include "lxc-config.h"

#define DENIED "permission-denied"
#define MAP_PATH "domain/idmap"

/* Whether a line "OWNER:FIRST:COUNT" gives all ids of a map to this user. */
static gboolean
line_covers(const char *line, const char *number, const LxcMap *map)
{
    g_auto(GStrv) fields = g_strsplit(line, ":", 3);
    guint64 first = 0;
    guint64 count = 0;

    return g_strv_length(fields) == 3 &&
           (g_str_equal(fields[0], g_get_user_name()) || g_str_equal(fields[0], number)) &&
           g_ascii_string_to_unsigned(fields[1], 10, 0, G_MAXUINT32, &first, NULL) &&
           g_ascii_string_to_unsigned(g_strchomp(fields[2]), 10, 0, G_MAXUINT32, &count, NULL) &&
           map->target >= first && (guint64) map->target + map->count <= first + count;
}

static gboolean
is_covered(const char *path, const LxcMap *map)
{
    g_autofree char *number = g_strdup_printf("%u", (guint) getuid());
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gboolean covered = map->count == 1 && map->target == (map->group ? (guint) getgid() : (guint) getuid());

    if (!covered && g_file_get_contents(path, &text, NULL, NULL)) {
        lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; lines[i] != NULL && !covered; i++) {
            covered = line_covers(lines[i], number, map);
        }
    }
    return covered;
}

/* Whether subordinate ids are kept elsewhere than in the two files. */
static gboolean
has_other_source(void)
{
    g_autofree char *text = NULL;

    return g_file_get_contents("/etc/nsswitch.conf", &text, NULL, NULL) && strstr(text, "\nsubid:") != NULL;
}

static void
check_maps(LxcDefinition *definition)
{
    for (guint i = 0; i < definition->maps->len && !has_other_source(); i++) {
        const LxcMap *map = definition->maps->pdata[i];
        const char *path = map->group ? "/etc/subgid" : "/etc/subuid";
        const guint64 last = (guint64) map->target + map->count - 1;
        if (!is_covered(path, map)) {
            g_autofree char *hint = g_strdup_printf("Use ids of that file, or let root add them: usermod --add-sub%ss "
                                                    "%u-%" G_GUINT64_FORMAT " %s", map->group ? "gid" : "uid",
                                                    map->target, last, g_get_user_name());
            domain_findings_add(definition->base->findings, map->line, DENIED, MAP_PATH, hint,
                                "%s does not give the ids %u to %" G_GUINT64_FORMAT " to the user %s", path,
                                map->target, last, g_get_user_name());
        }
    }
    if (access("/usr/bin/newuidmap", X_OK) != 0 || access("/usr/bin/newgidmap", X_OK) != 0) {
        domain_findings_add(definition->base->findings, definition->base->type_line, "program-missing", MAP_PATH,
                            "Install them (Debian: uidmap).",
                            "newuidmap and newgidmap, which map a user's subordinate ids, are not installed");
    }
}

static void
check_groups(LxcDefinition *definition, const LxcCgroups *cgroups)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");
    g_autofree char *path = memory != NULL ? g_build_filename(memory->path, cgroups->base, NULL) : NULL;

    if (path != NULL && access(path, W_OK) != 0) {
        domain_findings_add(definition->base->findings, definition->base->memory_line, DENIED, "domain/memory",
                            "Start it where systemd delegates control groups: systemd-run --user --scope "
                            "--property=Delegate=yes mortise ...; or use lxc:///system as root.",
                            "the control group %s does not belong to this user, so that nothing could be limited",
                            path);
    }
}

/* With version 2, a group has no controllers but those that were delegated together with it. */
static void
need_offer(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean wanted, guint line, const char *controller,
           const char *path)
{
    if (wanted && !lxc_cgroups_offer(cgroups, controller)) {
        g_autofree char *hint = g_strdup_printf("Let root say so in /etc/systemd/system/user@.service.d/delegate.conf: "
                                                "[Service] Delegate=cpu cpuset io memory pids; it holds from the next "
                                                "start of user@%u.service on.", (guint) getuid());
        domain_findings_add(definition->base->findings, line, DENIED, path, hint,
                            "the controller '%s' was not delegated to this user, so that this cannot be limited",
                            controller);
    }
}

/* Where the start takes place; whoever comes later may stand elsewhere. */
static void
check_own_group(LxcDefinition *definition, const LxcCgroups *cgroups)
{
    const LxcLimits *limits = &definition->limits;
    g_autoptr(DriverFailure) failure = NULL;

    if (!lxc_cgroups_check_own(cgroups, &failure)) {
        domain_findings_add(definition->base->findings, definition->base->memory_line, failure->reason,
                            "domain/memory", failure->hint, "%s", failure->message);
        return;
    }
    need_offer(definition, cgroups, TRUE, limits->memory_line > 0 ? limits->memory_line : definition->base->memory_line,
               "memory", "domain/memory");
    need_offer(definition, cgroups, limits->shares > 0 || limits->period > 0 || limits->quota != 0, limits->cpu_line,
               "cpu", "domain/cputune");
    need_offer(definition, cgroups, limits->cpus != NULL, limits->cpus_line, "cpuset", "domain/vcpu/@cpuset");
    need_offer(definition, cgroups, limits->weight > 0, limits->weight_line, "io", "domain/blkiotune");
}

void
lxc_check_user(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean starting)
{
    if (definition->maps->len == 0) {
        domain_findings_add(definition->base->findings, definition->base->type_line, DENIED, MAP_PATH,
                            "Add an <idmap> of your subordinate ids (see /etc/subuid), or use lxc:///system as root.",
                            "a user's container needs a user namespace");
        return;
    }
    check_maps(definition);
    if (!lxc_cgroups_are_unified(cgroups)) {
        check_groups(definition, cgroups);
    } else if (starting) {
        check_own_group(definition, cgroups);
    }
}

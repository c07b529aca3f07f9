// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a container's definition: read, made liblxc's configuration, written live and read again; as a record.
#include <stdint.h>
#include <string.h>

#include "fuzz-failure.h"
#include "lxc-config.h"
#include "lxc-device.h"
#include "lxc-engine.h"
#include "lxc-record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing of a definition becomes a line of its own. */
static void
check_lines(const char *config)
{
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_assert_true(*lines[i] == '\0' || (g_str_has_prefix(lines[i], "lxc.") && strstr(lines[i], " = ") != NULL));
    }
}

/* What a detached device took along comes back by its lines alone. */
static void
check_edits(const LxcDefinition *definition, const char *config)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        g_autofree char *without = lxc_config_without_interface(config, interface->guest_name);
        check_lines(without);
    }
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        g_autofree char *without = lxc_config_without_mount(config, filesystem->target);
        check_lines(without);
    }
}

/* As a record keeps them. */
static GPtrArray *
names_of(const LxcDefinition *definition)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        const char *host = interface->host_name != NULL ? interface->host_name : "";
        g_ptr_array_add(names, g_strdup_printf("%s=%s", interface->guest_name, host));
    }
    return names;
}

/* A container that runs has a definition that could be started again. */
static void
check_live(const LxcDefinition *definition)
{
    g_autofree char *xml = lxc_live_xml(definition, 1);
    g_autoptr(GPtrArray) names = names_of(definition);
    g_autoptr(LxcDefinition) live = lxc_definition_parse_live(xml, names, NULL);

    g_assert_nonnull(live);
    g_assert_cmpuint(domain_findings_count(live->base->findings), ==, 0);
    g_assert_cmpuint(live->interfaces->len, ==, definition->interfaces->len);
    g_assert_cmpuint(live->filesystems->len, ==, definition->filesystems->len);
}

static void
try(const LxcDefinition *definition, const char *mounts)
{
    g_autoptr(LxcCgroups) cgroups = lxc_cgroups_new(mounts, "");
    const LxcConfigContext context = {.cgroups = cgroups, .group = "group", .directory = "/run/x"};
    g_autofree char *config = lxc_config_make(definition, &context);
    g_autofree char *routes G_GNUC_UNUSED = lxc_config_routes(definition);
    g_autofree char *images G_GNUC_UNUSED = lxc_config_images(definition);

    check_lines(config);
    check_edits(definition, config);
}

static void
try_definition(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(text, &failure);

    if (definition == NULL) {
        check_failure(failure);
    } else if (domain_findings_count(definition->base->findings) == 0) {
        try(definition, "cgroup2 /nowhere cgroup2 rw 0 0\n");
        try(definition, "cgroup /nowhere/all cgroup rw,memory,devices,cpu,cpuset,blkio,freezer 0 0\n");
        check_live(definition);
    }
}

static void
try_record(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(LxcRecord) record = lxc_record_parse(text, &failure);
    g_autofree char *again = record != NULL ? lxc_record_to_text(record) : NULL;
    g_autoptr(LxcRecord) copy = again != NULL ? lxc_record_parse(again, NULL) : NULL;

    if (record == NULL) {
        check_failure(failure);
    }
    g_assert_true((record != NULL) == (copy != NULL));
}

static void
try_events(const char *text)
{
    g_autofree char *detail = NULL;
    LxcEvents events = {.init = 0};
    guint state = 0;

    lxc_events_parse(&events, text);
    g_assert_nonnull(lxc_events_end(&events, FALSE, &state, &detail));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);

    switch (text[0]) {
    case '{':
        try_record(text);
        break;
    case '<':
        try_definition(text);
        break;
    default:
        try_definition(text);
        try_events(text);
        break;
    }
    return 0;
}

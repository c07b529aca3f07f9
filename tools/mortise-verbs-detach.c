// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that look a device up and take it away: detach-interface, detach-disk.
#include "mortise-devices.h"
#include "mortise-report.h"
#include "mortise-target.h"
#include "mortise-verbs.h"

static const VerbOption interface_options[] = {
    TARGET_OPTIONS,
    PERSISTENT_OPTION,
    {"mac", 0, OPTION_TEXT, "ADDRESS", "MAC address of the one that is meant"},
    {"print-xml", 0, OPTION_FLAG, NULL, "print the device's XML, and change nothing"},
    {NULL},
};
static const VerbOption disk_options[] = {
    TARGET_OPTIONS,
    PERSISTENT_OPTION,
    {"print-xml", 0, OPTION_FLAG, NULL, "print the device's XML, and change nothing"},
    {NULL},
};

/* What is looked for, and how. */
typedef struct {
    const char *element;
    gboolean (*fits)(Command *command, const DeviceEntry *device);
    char *(*sought)(Command *command);               /* in words */
    const char *(*name)(const DeviceEntry *device); /* by which it can be told apart; may be NULL */
    const char *more;                                /* what to do when several fit */
} Kind;

static gboolean
fits_interface(Command *command, const DeviceEntry *device)
{
    const char *mac = command_text(command, "mac");
    return g_strcmp0(device->type, command->arguments[1]) == 0
           && (mac == NULL || (device->mac != NULL && g_ascii_strcasecmp(device->mac, mac) == 0));
}

static char *
sought_interface(Command *command)
{
    const char *mac = command_text(command, "mac");
    return g_strdup_printf("interface of the type '%s'%s%s", command->arguments[1],
                           mac != NULL ? " with the MAC address " : "", mac != NULL ? mac : "");
}

static const char *
name_of_interface(const DeviceEntry *device)
{
    return device->mac;
}

static gboolean
fits_disk(Command *command, const DeviceEntry *device)
{
    const char *word = command->arguments[1];
    return g_strcmp0(device->target, word) == 0 || g_strcmp0(device->source, word) == 0;
}

static char *
sought_disk(Command *command)
{
    return g_strdup_printf("disk with the target or source '%s'", command->arguments[1]);
}

static const char *
name_of_disk(const DeviceEntry *device)
{
    return device->target;
}

static const Kind interface_kind = {
    "interface", fits_interface, sought_interface, name_of_interface, "say which with --mac, of",
};
static const Kind disk_kind = {"disk", fits_disk, sought_disk, name_of_disk, "name it by its target, of"};

/* The names of those that fit, or of all, as a hint; NULL when none has one. */
static char *
list_names(Command *command, const GPtrArray *devices, const Kind *kind, gboolean all)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < devices->len; i++) {
        const DeviceEntry *device = g_ptr_array_index(devices, i);
        const char *name = kind->name(device);
        if (name != NULL && (all || kind->fits(command, device))) {
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
        }
    }
    return names->len > 0 ? g_strdup_printf("%s: %s", all ? "it has" : kind->more, names->str) : NULL;
}

/* The one that is meant; NULL: reported, and command->status is set. */
static const DeviceEntry *
find_one(Command *command, const GPtrArray *devices, const Kind *kind, const char *where)
{
    const DeviceEntry *found = NULL;
    guint count = 0;
    for (guint i = 0; i < devices->len; i++) {
        const DeviceEntry *device = g_ptr_array_index(devices, i);
        if (kind->fits(command, device)) {
            found = device;
            count++;
        }
    }
    if (count == 1) {
        return found;
    }
    g_autofree char *sought = kind->sought(command);
    g_autofree char *hint = list_names(command, devices, kind, count == 0);
    if (count == 0) {
        command->status = report_fault(command, MORTISE_ERROR_NO_DEVICE, hint, "%s '%s' has no %s", where,
                                       command->arguments[0], sought);
    } else {
        command->status = report_fault(command, MORTISE_ERROR_INVALID_ARGUMENT, hint,
                                       "%s '%s' has more than one %s: %u", where, command->arguments[0], sought,
                                       count);
    }
    return NULL;
}

static gboolean
is_same(const DeviceEntry *one, const DeviceEntry *other)
{
    if (one->mac != NULL || other->mac != NULL) {
        return one->mac != NULL && other->mac != NULL && g_ascii_strcasecmp(one->mac, other->mac) == 0;
    }
    return one->target != NULL && g_strcmp0(one->target, other->target) == 0;
}

/* One call where both mean the same device; else the definition is changed when the running domain was. */
static int
detach(Command *command, MortiseDomain *domain, MortiseModifyFlags flags, const DeviceEntry *running,
       const DeviceEntry *defined)
{
    const DeviceEntry *first = running != NULL ? running : defined;
    gboolean apart = running != NULL && defined != NULL && !is_same(running, defined);
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_detach_device(domain, first->whole, apart ? MORTISE_MODIFY_LIVE : flags, command->cancellable,
                                      &error)) {
        return report_error(command, error);
    }
    if (apart && !mortise_domain_detach_device(domain, defined->whole, MORTISE_MODIFY_CONFIG, command->cancellable,
                                               &error)) {
        g_prefix_error(&error, "the running domain was changed, its definition was not: ");
        return report_error(command, error);
    }
    return say_done(command, domain, "detached", "Device detached successfully");
}

static int
run(Command *command, const Kind *kind)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    if (!target_read(command, &flags)) {
        return command->status;
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL || !target_add_persistent(command, domain, &flags)
        || !target_require_active(command, domain, flags)) {
        return command->status;
    }
    gboolean reads_running = flags != MORTISE_MODIFY_CONFIG;
    gboolean reads_defined = (flags & MORTISE_MODIFY_CONFIG) != 0;
    g_autoptr(GPtrArray) running = NULL;
    g_autoptr(GPtrArray) defined = NULL;
    const DeviceEntry *one = NULL;
    const DeviceEntry *other = NULL;
    if (reads_running) {
        running = devices_of(command, domain, kind->element, FALSE);
        one = running != NULL ? find_one(command, running, kind, "domain") : NULL;
    }
    if (reads_defined && (!reads_running || one != NULL)) {
        defined = devices_of(command, domain, kind->element, TRUE);
        other = defined != NULL ? find_one(command, defined, kind, "the definition of domain") : NULL;
    }
    if ((reads_running && one == NULL) || (reads_defined && other == NULL)) {
        return command->status;
    }
    if (command_flag(command, "print-xml")) {
        return say_xml(command, domain, one != NULL ? one->whole : other->whole);
    }
    return detach(command, domain, flags, one, other);
}

static int
run_detach_interface(Command *command)
{
    return run(command, &interface_kind);
}

static int
run_detach_disk(Command *command)
{
    return run(command, &disk_kind);
}

const Verb verbs_detach[] = {
    {"detach-interface", GROUP_CHANGE, "DOMAIN TYPE", "take a network interface away from a domain",
     "TYPE is that of the interface, such as bridge; --mac says which, where there are several.", interface_options,
     2, 2, run_detach_interface},
    {"detach-disk", GROUP_CHANGE, "DOMAIN TARGET", "take a disk away from a domain",
     "TARGET is its target, such as vdb, or its source.", disk_options, 2, 2, run_detach_disk},
    {NULL},
};

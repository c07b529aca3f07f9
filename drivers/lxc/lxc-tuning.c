// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interfaces memory/1 and tuning/1: limits and weights of containers that run, and in definitions.
#include <string.h>

#include "domain-edit.h"
#include "helper/lxc-helper.h"
#include "lxc-engine.h"
#include "lxc-limits.h"

void
lxc_domain_keep_limits(const LxcDomain *domain, const LxcGuest *guest, const char *lines)
{
    g_autofree char *path = g_build_filename(guest->directory.path, HELPER_CONFIG, NULL);
    g_autofree char *old = NULL;
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &old, NULL, NULL)) {
        text = lxc_limits_configure(old, lines);
    }
    if (text == NULL || !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL)) {
        lxc_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s has new limits until it is rebooted: %s", domain->name,
                path);
    }
}

gboolean
lxc_domain_set_xml(LxcDomain *domain, LxcGuest *guest, char *xml)
{
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        g_free(guest->record->xml);
        guest->record->xml = xml;
        if (domain->phase == LXC_ACTIVE) {
            domain->engine->driver->host->domain_live_xml(domain->host, xml);
        }
    }
    return lxc_domain_keep(domain, guest->record);
}

char *
lxc_domain_copy_xml(LxcDomain *domain, const LxcGuest *guest)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return g_strdup(guest->record->xml != NULL ? guest->record->xml : "");
}

/* A container that runs, and the life that it is in. */
typedef struct {
    LxcDomain *domain;
    LxcGuest *guest;
    ProcessIdentity init;
} Tuned;

/* Takes the new XML, which is NULL where it could not be made, and the failure that says why. */
static MortiseResult
apply(const Tuned *tuned, const MortiseValue *values, guint count, char *xml, DriverFailure *failure)
{
    const LxcEngine *engine = tuned->domain->engine;
    g_autoptr(GString) lines = g_string_new(NULL);

    if (xml != NULL &&
        lxc_limits_write(engine->cgroups, tuned->guest->record->place, values, count, lines, &failure)) {
        lxc_domain_keep_limits(tuned->domain, tuned->guest, lines->str);
        // Another life may have read what is kept before it was there.
        if (lxc_domain_require_life(tuned->domain, tuned->guest, &tuned->init, &failure)) {
            return lxc_domain_set_xml(tuned->domain, tuned->guest, xml) ? MORTISE_OK : MORTISE_FAILED;
        }
    } else {
        (void) lxc_domain_require_life(tuned->domain, tuned->guest, &tuned->init, &failure);
    }
    g_free(xml);
    return lxc_fail(engine->driver, failure);
}

/* The amount that a container has is its limit, also where that has a name of its own. */
static char *
edit_memory(const char *xml, guint64 current_kib, guint64 maximum_kib, DriverFailure **failure)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_SIGNED, .key = "hard_limit", .number = current_kib,
    };
    g_autofree char *text = domain_edit_memory(xml, current_kib, maximum_kib, failure);
    g_autoptr(GArray) limits = text != NULL ? domain_read_tuning(text, MORTISE_TUNING_MEMORY, failure) : NULL;

    if (limits == NULL) {
        return NULL;
    }
    for (guint i = 0; current_kib > 0 && i < limits->len; i++) {
        if (g_str_equal(g_array_index(limits, DomainTuningValue, i).key, value.key)) {
            return domain_edit_tuning(text, MORTISE_TUNING_MEMORY, &value, 1, failure);
        }
    }
    return g_steal_pointer(&text);
}

MortiseResult
lxc_memory_set(void *domain, uint64_t kib)
{
    LxcDomain *changed = domain;
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_SIGNED, .key = "hard_limit", .number = kib,
    };
    DriverFailure *failure = NULL;
    Tuned tuned = {.domain = changed};
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(changed, &tuned.init, &failure);
    g_autofree char *old = NULL;
    char *xml;

    if (guest == NULL) {
        return lxc_fail(changed->engine->driver, failure);
    }
    tuned.guest = guest;
    old = lxc_domain_copy_xml(changed, guest);
    xml = edit_memory(old, kib, 0, &failure);
    return apply(&tuned, &value, 1, xml, failure);
}

MortiseResult
lxc_memory_edit(void *connection, const char *xml, uint64_t current_kib, uint64_t maximum_kib, MortiseSink *text)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;
    DriverFailure *failure = NULL;
    g_autofree char *changed = edit_memory(xml, current_kib, maximum_kib, &failure);

    if (changed == NULL) {
        return lxc_fail(driver, failure);
    }
    driver->host->sink_text(text, changed, strlen(changed));
    return MORTISE_OK;
}

MortiseResult
lxc_tuning_read(void *domain, uint32_t group, MortiseSink *values)
{
    LxcDomain *read = domain;
    const LxcEngine *engine = read->engine;
    const char *const *keys = lxc_limits_keys(group);
    DriverFailure *failure = NULL;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow(read, &failure);

    if (guest == NULL) {
        return lxc_fail(engine->driver, failure);
    }
    for (; keys != NULL && *keys != NULL; keys++) {
        MortiseValue value = {.struct_size = sizeof(value), .type = MORTISE_VALUE_SIGNED, .key = *keys};
        gint64 number = 0;

        if (lxc_limit_read(engine->cgroups, guest->record->place, *keys, &number)) {
            value.number = (uint64_t) number;
            engine->driver->host->sink_value(values, &value);
        }
    }
    return MORTISE_OK;
}

MortiseResult
lxc_tuning_set(void *domain, uint32_t group, const MortiseValue *values, uint32_t count)
{
    LxcDomain *changed = domain;
    DriverFailure *failure = NULL;
    Tuned tuned = {.domain = changed};
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(changed, &tuned.init, &failure);
    g_autofree char *old = NULL;
    char *xml;

    if (guest == NULL) {
        return lxc_fail(changed->engine->driver, failure);
    }
    tuned.guest = guest;
    old = lxc_domain_copy_xml(changed, guest);
    xml = domain_edit_tuning(old, group, values, count, &failure);
    return apply(&tuned, values, count, xml, failure);
}

MortiseResult
lxc_tuning_read_definition(void *connection, const char *xml, uint32_t group, MortiseSink *values)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;

    return domain_read_tuning_call(driver->host, driver->self, xml, group, values);
}

MortiseResult
lxc_tuning_edit(void *connection, const char *xml, uint32_t group, const MortiseValue *values, uint32_t count,
                MortiseSink *text)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;

    return domain_edit_tuning_call(driver->host, driver->self, xml, group, values, count, text);
}

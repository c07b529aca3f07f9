// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Amounts of memory, limits and weights in a domain's XML.
#include <string.h>

#include "domain-device-match.h"
#include "domain-edit-private.h"
#include "domain-text.h"
#include "domain-units.h"

/* Where a value stands. */
typedef struct {
    const char *key;
    const char *parent;
    const char *element;
    guint group;
    gboolean memory;    /* KiB with units, and nothing for no limit */
} Place;

static const Place places[] = {
    {"hard_limit", "memtune", "hard_limit", MORTISE_TUNING_MEMORY, TRUE},
    {"soft_limit", "memtune", "soft_limit", MORTISE_TUNING_MEMORY, TRUE},
    {"swap_hard_limit", "memtune", "swap_hard_limit", MORTISE_TUNING_MEMORY, TRUE},
    {"cpu_shares", "cputune", "shares", MORTISE_TUNING_CPU, FALSE},
    {"vcpu_period", "cputune", "period", MORTISE_TUNING_CPU, FALSE},
    {"vcpu_quota", "cputune", "quota", MORTISE_TUNING_CPU, FALSE},
    {"weight", "blkiotune", "weight", MORTISE_TUNING_BLOCK, FALSE},
};

gboolean
domain_edit_check(const char *xml, DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = domain_edit_load(xml, failure);

    return document != NULL;
}

/* Takes what libxml2 has allocated. */
static char *
own(xmlChar *text)
{
    char *copy = g_strdup((const char *) text);

    xmlFree(text);
    return copy;
}

static gboolean
refuse_value(const xmlNode *node, const char *text, DriverFailure **failure)
{
    g_autofree char *path = domain_xml_path(node, NULL);
    g_autofree char *shown = domain_text_shorten(text, 60);

    driver_failure_set(failure, "invalid-xml", path, NULL, "line %u, %s: '%s' is not a number that can be used",
                       domain_xml_line(node), path, shown);
    return FALSE;
}

/* KiB; FALSE with "invalid-xml". */
static gboolean
read_memory(const xmlNode *node, guint64 *kib, DriverFailure **failure)
{
    g_autofree char *text = g_strstrip(own(xmlNodeGetContent(node)));
    g_autofree char *unit = own(xmlGetNoNsProp(node, (const xmlChar *) "unit"));
    guint64 number = 0;

    return (domain_number_parse(text, 0, G_MAXINT64, &number) && domain_memory_scale(number, unit, kib)) ||
           refuse_value(node, text, failure);
}

static gboolean
read_plain(const xmlNode *node, gint64 *number, DriverFailure **failure)
{
    g_autofree char *text = g_strstrip(own(xmlNodeGetContent(node)));

    return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, number, NULL) ||
           refuse_value(node, text, failure);
}

static gboolean
read_value(const xmlNode *node, const Place *place, gint64 *number, DriverFailure **failure)
{
    guint64 kib = 0;

    if (!place->memory) {
        return read_plain(node, number, failure);
    }
    if (!read_memory(node, &kib, failure)) {
        return FALSE;
    }
    *number = (gint64) MIN(kib, (guint64) G_MAXINT64);
    return TRUE;
}

GArray *
domain_read_tuning(const char *xml, guint group, DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = domain_edit_load(xml, failure);
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(DomainTuningValue));

    if (document == NULL) {
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        const Place *place = &places[i];
        const xmlNode *parent = domain_device_child(xmlDocGetRootElement(document), place->parent);
        const xmlNode *node = parent != NULL ? domain_device_child(parent, place->element) : NULL;
        DomainTuningValue value = {place->key, 0};

        if (place->group != group || node == NULL) {
            continue;
        }
        if (!read_value(node, place, &value.number, failure)) {
            return NULL;
        }
        value.number = MAX(value.number, MORTISE_TUNING_UNLIMITED);
        g_array_append_val(values, value);
    }
    return g_steal_pointer(&values);
}

static const Place *
find_place(guint group, const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (places[i].group == group && g_str_equal(places[i].key, key)) {
            return &places[i];
        }
    }
    return NULL;
}

static gint64
value_of(const GArray *values, const char *key)
{
    for (guint i = 0; i < values->len; i++) {
        const DomainTuningValue *value = &g_array_index(values, DomainTuningValue, i);

        if (g_str_equal(value->key, key)) {
            return value->number;
        }
    }
    return MORTISE_TUNING_UNLIMITED;
}

/* Memory and swap together cannot be less than memory alone. */
static gboolean
check_limits(const char *xml, guint group, DriverFailure **failure)
{
    g_autoptr(GArray) values = domain_read_tuning(xml, group, failure);

    if (values == NULL || group != MORTISE_TUNING_MEMORY) {
        return values != NULL;
    }
    const gint64 hard = value_of(values, "hard_limit");
    const gint64 swap = value_of(values, "swap_hard_limit");
    if (swap >= 0 && (hard < 0 || hard > swap)) {
        g_autofree char *shown = hard < 0 ? g_strdup("no limit") : g_strdup_printf("%" G_GINT64_FORMAT " KiB", hard);
        driver_failure_set(failure, "invalid-argument", "swap_hard_limit",
                           "It is for memory and swap together: set hard_limit to this or less.",
                           "swap_hard_limit is %" G_GINT64_FORMAT " KiB, and hard_limit more: %s", swap, shown);
        return FALSE;
    }
    return TRUE;
}

static char *
set_leaf(const char *xml, const Place *place, gint64 number, DriverFailure **failure)
{
    const gboolean gone = place->memory && number < 0;
    g_autofree char *value = gone ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, number);
    char *changed = domain_text_set_leaf(xml, place->parent, place->element, value);

    if (changed == NULL) {
        driver_failure_set(failure, "invalid-xml", place->parent, NULL,
                           "<%s> of the definition is written in a way that cannot be changed", place->parent);
    }
    return changed;
}

char *
domain_edit_tuning(const char *xml, guint group, const MortiseValue *values, guint count, DriverFailure **failure)
{
    g_autofree char *text = g_strdup(xml);

    if (!domain_edit_check(xml, failure)) {
        return NULL;
    }
    for (guint i = 0; i < count; i++) {
        const Place *place = find_place(group, values[i].key);
        g_autofree char *before = g_steal_pointer(&text);

        if (place == NULL) {
            driver_failure_set(failure, "unsupported", values[i].key, NULL, "this driver knows no '%s'",
                               values[i].key);
            return NULL;
        }
        text = set_leaf(before, place, (gint64) values[i].number, failure);
        if (text == NULL) {
            return NULL;
        }
    }
    return check_limits(text, group, failure) ? g_steal_pointer(&text) : NULL;
}

/* 0 when the element is not there. */
static gboolean
read_amount(const xmlNode *root, const char *name, guint64 *kib, DriverFailure **failure)
{
    const xmlNode *node = domain_device_child(root, name);

    *kib = 0;
    return node == NULL || read_memory(node, kib, failure);
}

/* What is to be written; 0 for what can stay as it stands. */
static gboolean
choose_amounts(const xmlNode *root, guint64 *current, guint64 *maximum, DriverFailure **failure)
{
    guint64 memory = 0;
    guint64 now = 0;

    if (!read_amount(root, "memory", &memory, failure) || !read_amount(root, "currentMemory", &now, failure)) {
        return FALSE;
    }
    memory = *maximum > 0 ? *maximum : memory;
    if (memory == 0) {
        driver_failure_set(failure, "invalid-xml", "domain/memory", NULL, "the definition has no <memory>");
        return FALSE;
    }
    if (*current > memory) {
        driver_failure_set(failure, "invalid-argument", "memory", "Raise the maximum first: setmaxmem.",
                           "the domain can have %" G_GUINT64_FORMAT " KiB, which is less than %" G_GUINT64_FORMAT
                           " KiB", memory, *current);
        return FALSE;
    }
    *current = *current == 0 && now > memory ? memory : *current;
    return TRUE;
}

/* Takes `text`; NULL for NULL, and when there is no place for it. 0 changes nothing. */
static char *
set_amount(char *text, const char *name, guint64 kib)
{
    g_autofree char *before = text;
    g_autofree char *value = g_strdup_printf("%" G_GUINT64_FORMAT, kib);

    return kib == 0 || before == NULL ? g_steal_pointer(&before)
                                      : domain_text_set_leaf(before, NULL, name, value);
}

char *
domain_edit_memory(const char *xml, guint64 current_kib, guint64 maximum_kib, DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = domain_edit_load(xml, failure);
    g_autofree char *text = NULL;

    if (document == NULL ||
        !choose_amounts(xmlDocGetRootElement(document), &current_kib, &maximum_kib, failure)) {
        return NULL;
    }
    text = set_amount(set_amount(g_strdup(xml), "memory", maximum_kib), "currentMemory", current_kib);
    if (text == NULL) {
        driver_failure_set(failure, "invalid-xml", "domain/memory", NULL,
                           "<memory> of the definition is written in a way that cannot be changed");
    }
    return text != NULL && domain_edit_check(text, failure) ? g_steal_pointer(&text) : NULL;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices, memory, limits and weights by the API: live, of the definition, of both; with an answer that comes later.
#include "migration-worlds.h"

#include <string.h>

#define CARD "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"
#define WEB \
    "[{\"state\": \"running\", \"xml\": \"<domain type='test'>\\n  <name>web</name>\\n" \
    "  <uuid>11111111-2222-4333-8444-555555555555</uuid>\\n  <memory unit='KiB' >65536</memory>\\n" \
    "  <os><type>hvm</type></os>\\n  <devices>\\n    <!-- none -->\\n  </devices>\\n</domain>\\n\"}, " \
    "{\"name\": \"off\"}, {\"name\": \"brief\", \"state\": \"running\", \"persistent\": false}]"
#define BOTH (MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG)

static void
check_xml(MortiseDomain *domain, MortiseXmlFlags flags, const char *part, gboolean there)
{
    g_autofree char *xml = mortise_domain_get_xml(domain, flags, NULL);
    if ((strstr(xml, part) != NULL) != there) {
        CHECK_TEXT(xml, part);
    }
}

static void
check_both(MortiseDomain *domain, const char *part, gboolean live, gboolean config)
{
    check_xml(domain, MORTISE_XML_CURRENT, part, live);
    check_xml(domain, MORTISE_XML_INACTIVE, part, config);
}

static void
check_reason(GError **error, MortiseError code, const char *part)
{
    CHECK(g_error_matches(*error, MORTISE_ERROR, code));
    CHECK_CONTAINS(*error != NULL ? (*error)->message : "", part);
    g_clear_error(error);
}

static void
note_event(MortiseWatch *watch G_GNUC_UNUSED, const MortiseEvent *event, gpointer data)
{
    GString *seen = data;
    if (event->kind == MORTISE_EVENT_KIND_GUEST) {
        g_string_append_printf(seen, "%s %s;", event->reason, event->detail);
    }
}

static gboolean
three_events(gpointer data)
{
    g_auto(GStrv) parts = g_strsplit(((GString *) data)->str, ";", -1);
    return g_strv_length(parts) > 3;
}

static void
test_devices(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *web = worlds->domain;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(worlds->source);
    (void) g_signal_connect(watch, "event", G_CALLBACK(note_event), seen);
    g_autofree char *before = mortise_domain_get_xml(web, MORTISE_XML_INACTIVE, NULL);
    CHECK(mortise_domain_attach_device(web, CARD, MORTISE_MODIFY_LIVE, NULL, &error));
    check_both(web, "52:54:00:00:00:01", TRUE, FALSE);
    CHECK(!mortise_domain_attach_device(web, CARD, BOTH, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "has that device already");
    check_both(web, "52:54:00:00:00:01", TRUE, FALSE);
    CHECK(mortise_domain_attach_device(web, CARD, MORTISE_MODIFY_CONFIG, NULL, &error));
    CHECK(mortise_domain_update_device(web, "<interface type='user'><mac address='52:54:00:00:00:01'/>"
                                            "<link state='down'/></interface>", BOTH, NULL, &error));
    CHECK_NO_ERROR(error);
    check_both(web, "<link state=\"down\"/>", TRUE, TRUE);
    CHECK(mortise_domain_detach_device(web, CARD, BOTH, NULL, &error));
    CHECK_NO_ERROR(error);
    g_autofree char *after = mortise_domain_get_xml(web, MORTISE_XML_INACTIVE, NULL);
    CHECK_TEXT(after, before);
    check_both(web, "interface", FALSE, FALSE);
    CHECK(worlds_wait(three_events, seen));
    CHECK_TEXT(seen->str, "device-added interface 52:54:00:00:00:01;device-changed interface 52:54:00:00:00:01;"
                          "device-removed interface 52:54:00:00:00:01;");
}

/* Nothing has changed after any of them. */
static void
test_refused_devices(void)
{
    static const char fault[] = "\"fail\": {\"attach-device\": {\"reason\": \"resource-busy\", \"message\": \"full\"}, "
                                "\"detach-device\": {\"reason\": \"guest-not-responding\", \"message\": \"deaf\"}}";
    static const struct {
        const char *device;
        MortiseError code;
        const char *part;
    } bad[] = {
        {"", MORTISE_ERROR_INVALID_XML, "device XML"},
        {"<rng>", MORTISE_ERROR_INVALID_XML, "device XML"},
        {"<!DOCTYPE rng [<!ENTITY e 'x'>]><rng>&e;</rng>", MORTISE_ERROR_INVALID_XML, "device XML"},
        {"<r:rng xmlns:r='urn:r'/>", MORTISE_ERROR_INVALID_XML, "namespace"},
        {"<devices><rng/></devices>", MORTISE_ERROR_INVALID_XML, "<devices> is no device"},
    };
    g_autoptr(Worlds) worlds = worlds_new_with(fault, WEB, NULL, "[]");
    g_autoptr(MortiseDomain) off = mortise_connection_lookup_domain(worlds->source, "off", NULL);
    g_autoptr(MortiseDomain) brief = mortise_connection_lookup_domain(worlds->source, "brief", NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *before = mortise_domain_get_xml(worlds->domain, MORTISE_XML_INACTIVE, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        CHECK(!mortise_domain_attach_device(worlds->domain, bad[i].device, MORTISE_MODIFY_CONFIG, NULL, &error));
        check_reason(&error, bad[i].code, bad[i].part);
    }
    CHECK(!mortise_domain_attach_device(worlds->domain, CARD, BOTH, NULL, &error));
    check_reason(&error, MORTISE_ERROR_RESOURCE_BUSY, "full");
    CHECK(!mortise_domain_detach_device(worlds->domain, CARD, MORTISE_MODIFY_LIVE, NULL, &error));
    check_reason(&error, MORTISE_ERROR_GUEST_NOT_RESPONDING, "deaf");
    CHECK(!mortise_domain_detach_device(worlds->domain, CARD, MORTISE_MODIFY_CONFIG, NULL, &error));
    check_reason(&error, MORTISE_ERROR_NO_DEVICE, "no such device: interface 52:54:00:00:00:01");
    CHECK(!mortise_domain_attach_device(off, CARD, MORTISE_MODIFY_LIVE, NULL, &error));
    check_reason(&error, MORTISE_ERROR_DOMAIN_INACTIVE, "not running");
    CHECK(!mortise_domain_attach_device(brief, CARD, MORTISE_MODIFY_CONFIG, NULL, &error));
    check_reason(&error, MORTISE_ERROR_DOMAIN_INACTIVE, "no definition");
    CHECK(mortise_domain_attach_device(off, CARD, MORTISE_MODIFY_CURRENT, NULL, &error));
    CHECK_NO_ERROR(error);
    check_xml(off, MORTISE_XML_INACTIVE, "52:54:00:00:00:01", TRUE);
    g_autofree char *after = mortise_domain_get_xml(worlds->domain, MORTISE_XML_INACTIVE, NULL);
    CHECK_TEXT(after, before);
}

static void
check_memory(MortiseDomain *domain, guint64 now, guint64 most)
{
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    CHECK_INT(info->memory_kib, now);
    CHECK_INT(info->maximum_memory_kib, most);
}

static void
test_memory(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    g_autoptr(MortiseDomain) off = mortise_connection_lookup_domain(worlds->source, "off", NULL);
    MortiseDomain *web = worlds->domain;
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_set_memory(web, 4096, MORTISE_MODIFY_LIVE, NULL, &error));
    CHECK_NO_ERROR(error);
    check_memory(web, 4096, 65536);
    check_both(web, "<currentMemory>4096</currentMemory>", TRUE, FALSE);
    CHECK(mortise_domain_set_memory(web, 8192, BOTH, NULL, &error));
    CHECK_NO_ERROR(error);
    check_both(web, "<currentMemory>8192</currentMemory>", TRUE, TRUE);
    CHECK(mortise_domain_set_memory(web, 2048, MORTISE_MODIFY_CONFIG | MORTISE_MODIFY_MAXIMUM, NULL, &error));
    CHECK_NO_ERROR(error);
    check_xml(web, MORTISE_XML_INACTIVE, "<memory unit='KiB' >2048</memory>\n  <currentMemory>2048</currentMemory>",
              TRUE);
    check_memory(web, 8192, 65536);
    CHECK(!mortise_domain_set_memory(web, 65537, MORTISE_MODIFY_LIVE, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "can have 65536 KiB while it runs");
    CHECK(!mortise_domain_set_memory(web, 4096, MORTISE_MODIFY_CONFIG, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "can have 2048 KiB");
    CHECK(!mortise_domain_set_memory(web, 1, MORTISE_MODIFY_MAXIMUM, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "started for");
    CHECK(!mortise_domain_set_memory(web, 0, MORTISE_MODIFY_LIVE, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "no amount of memory");
    CHECK(!mortise_domain_set_memory(web, G_MAXUINT64, MORTISE_MODIFY_CONFIG | MORTISE_MODIFY_MAXIMUM, NULL, &error));
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "no amount of memory");
    CHECK(mortise_domain_set_memory(off, 1024, MORTISE_MODIFY_MAXIMUM, NULL, &error));
    CHECK_NO_ERROR(error);
    check_memory(off, 1024, 1024);
}

static GVariant *
settings(const char *text)
{
    return g_variant_new_parsed(text, NULL);
}

static void
check_settings(MortiseDomain *domain, MortiseTuningGroup group, MortiseModifyFlags flags, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) values = mortise_domain_get_tuning(domain, group, flags, NULL, &error);
    CHECK_NO_ERROR(error);
    g_autofree char *text = values != NULL ? g_variant_print(values, FALSE) : NULL;
    CHECK_TEXT(text, wanted);
}

static void
test_tuning(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *web = worlds->domain;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = mortise_domain_get_xml(web, MORTISE_XML_INACTIVE, NULL);
    check_settings(web, MORTISE_TUNING_GROUP_MEMORY, MORTISE_MODIFY_CURRENT,
                   "{'hard_limit': -1, 'soft_limit': -1, 'swap_hard_limit': -1}");
    check_settings(web, MORTISE_TUNING_GROUP_MEMORY, MORTISE_MODIFY_CONFIG, "{}");
    CHECK(mortise_domain_set_tuning(web, MORTISE_TUNING_GROUP_MEMORY,
                                    settings("{'swap_hard_limit': int64 9, 'hard_limit': 8}"), BOTH, NULL, &error));
    CHECK_NO_ERROR(error);
    check_settings(web, MORTISE_TUNING_GROUP_MEMORY, MORTISE_MODIFY_LIVE,
                   "{'hard_limit': 8, 'soft_limit': -1, 'swap_hard_limit': 9}");
    check_settings(web, MORTISE_TUNING_GROUP_MEMORY, MORTISE_MODIFY_CONFIG, "{'hard_limit': 8, 'swap_hard_limit': 9}");
    CHECK(mortise_domain_set_tuning(web, MORTISE_TUNING_GROUP_CPU, settings("{'vcpu_quota': int64 -1}"),
                                    MORTISE_MODIFY_CONFIG, NULL, &error));
    check_settings(web, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_CONFIG, "{'vcpu_quota': -1}");
    CHECK(mortise_domain_set_tuning(web, MORTISE_TUNING_GROUP_BLOCK, settings("{'weight': int64 300}"),
                                    MORTISE_MODIFY_LIVE, NULL, &error));
    CHECK_NO_ERROR(error);
    check_settings(web, MORTISE_TUNING_GROUP_BLOCK, MORTISE_MODIFY_LIVE, "{'weight': 300}");
    CHECK(mortise_domain_set_tuning(web, MORTISE_TUNING_GROUP_MEMORY,
                                    settings("{'swap_hard_limit': int64 -1, 'hard_limit': -1}"),
                                    MORTISE_MODIFY_CONFIG, NULL, &error));
    g_autofree char *after = mortise_domain_get_xml(web, MORTISE_XML_INACTIVE, NULL);
    CHECK(strstr(after, "memtune") == NULL && strstr(after, "<quota>-1</quota>") != NULL);
    CHECK(strstr(before, "<!-- none -->") != NULL && strstr(after, "<!-- none -->") != NULL);
}

static void
test_refused_settings(void)
{
    static const struct {
        MortiseTuningGroup group;
        const char *values;
        const char *part;
    } bad[] = {
        {MORTISE_TUNING_GROUP_CPU, "{'weight': int64 5}", "there are: cpu_shares, vcpu_period, vcpu_quota"},
        {MORTISE_TUNING_GROUP_MEMORY, "{'limit': int64 5}", "there are: hard_limit, soft_limit, swap_hard_limit"},
        {MORTISE_TUNING_GROUP_CPU, "{'cpu_shares': int64 1}", "from 2 to 262144, and 1 is not"},
        {MORTISE_TUNING_GROUP_CPU, "{'cpu_shares': int64 -1}", "from 2 to 262144, and -1 is not"},
        {MORTISE_TUNING_GROUP_CPU, "{'vcpu_period': int64 999}", "from 1000 to 1000000 microseconds"},
        {MORTISE_TUNING_GROUP_CPU, "{'vcpu_quota': int64 -2}", "or -1 for no limit"},
        {MORTISE_TUNING_GROUP_MEMORY, "{'hard_limit': int64 0}", "from 1 to"},
        {MORTISE_TUNING_GROUP_BLOCK, "{'weight': int64 1001}", "from 10 to 1000"},
        {MORTISE_TUNING_GROUP_BLOCK, "{'weight': int64 11, 'weight': 12}", "given twice"},
        {MORTISE_TUNING_GROUP_BLOCK, "@a{sx} {}", "nothing to set"},
        {(MortiseTuningGroup) 3, "{'weight': int64 11}", "3 is no group"},
        {MORTISE_TUNING_GROUP_MEMORY, "{'swap_hard_limit': int64 5}", "hard_limit more: no limit"},
    };
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    g_autoptr(MortiseDomain) off = mortise_connection_lookup_domain(worlds->source, "off", NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *before = mortise_domain_get_xml(worlds->domain, MORTISE_XML_INACTIVE, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        CHECK(!mortise_domain_set_tuning(worlds->domain, bad[i].group, settings(bad[i].values), BOTH, NULL, &error));
        check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, bad[i].part);
    }
    CHECK(mortise_domain_get_tuning(worlds->domain, MORTISE_TUNING_GROUP_CPU, BOTH, NULL, &error) == NULL);
    check_reason(&error, MORTISE_ERROR_INVALID_ARGUMENT, "either");
    CHECK(mortise_domain_get_tuning(off, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_LIVE, NULL, &error) == NULL);
    check_reason(&error, MORTISE_ERROR_DOMAIN_INACTIVE, "not running");
    g_autofree char *after = mortise_domain_get_xml(worlds->domain, MORTISE_XML_INACTIVE, NULL);
    CHECK_TEXT(after, before);
}

/* What came of calls that nobody waited for. */
typedef struct {
    guint done;
    gboolean good;
    GVariant *values;
} Later;

#define DONE(name) \
    static void name##_done(GObject *domain, GAsyncResult *result, gpointer data) \
    { \
        Later *later = data; \
        later->good &= mortise_domain_##name##_finish(MORTISE_DOMAIN(domain), result, NULL); \
        later->done++; \
    }
DONE(attach_device)
DONE(update_device)
DONE(detach_device)
DONE(set_memory)
DONE(set_tuning)

static void
values_done(GObject *domain, GAsyncResult *result, gpointer data)
{
    Later *later = data;
    later->values = mortise_domain_get_tuning_finish(MORTISE_DOMAIN(domain), result, NULL);
    later->done++;
}

static gboolean
is_done(gpointer data)
{
    return ((Later *) data)->done == 1;
}

static void
test_later(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *web = worlds->domain;
    Later later = {.good = TRUE};
    mortise_domain_attach_device_async(web, CARD, BOTH, NULL, attach_device_done, &later);
    CHECK(worlds_wait(is_done, &later));
    later.done = 0;
    mortise_domain_update_device_async(web, CARD, BOTH, NULL, update_device_done, &later);
    CHECK(worlds_wait(is_done, &later));
    later.done = 0;
    mortise_domain_detach_device_async(web, CARD, BOTH, NULL, detach_device_done, &later);
    CHECK(worlds_wait(is_done, &later));
    later.done = 0;
    mortise_domain_set_memory_async(web, 1024, BOTH, NULL, set_memory_done, &later);
    CHECK(worlds_wait(is_done, &later));
    later.done = 0;
    mortise_domain_set_tuning_async(web, MORTISE_TUNING_GROUP_CPU, settings("{'cpu_shares': int64 77}"), BOTH, NULL,
                                    set_tuning_done, &later);
    CHECK(worlds_wait(is_done, &later));
    later.done = 0;
    mortise_domain_get_tuning_async(web, MORTISE_TUNING_GROUP_CPU, MORTISE_MODIFY_CONFIG, NULL, values_done, &later);
    CHECK(worlds_wait(is_done, &later));
    CHECK(later.good);
    g_autoptr(GVariant) values = later.values;
    gint64 number = 0;
    CHECK(values != NULL && g_variant_lookup(values, "cpu_shares", "x", &number) && number == 77);
    check_both(web, "<currentMemory>1024</currentMemory>", TRUE, TRUE);
    check_both(web, "interface", FALSE, FALSE);
}

static const MortiseTest tests[] = {
    {"devices", test_devices},
    {"refused devices", test_refused_devices},
    {"memory", test_memory},
    {"limits and weights", test_tuning},
    {"refused limits and weights", test_refused_settings},
    {"without waiting", test_later},
};

MORTISE_TEST_MAIN("devices", tests)

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers of vCPUs and pins by the API: live, of the definition, of both; with an answer that comes later.
#include "migration-worlds.h"

#include <string.h>

#define XML "<domain type='test'>\\n  <name>web</name>\\n  <uuid>11111111-2222-4333-8444-555555555555</uuid>\\n" \
    "  <memory unit='KiB' >65536</memory>\\n  <vcpu  placement='static' current='2'>4</vcpu><!-- four -->\\n" \
    "  <os><type>hvm</type></os>\\n</domain>\\n"
#define WEB "[{\"state\": \"running\", \"xml\": \"" XML "\"}, {\"name\": \"off\", \"vcpus\": 2}, " \
    "{\"name\": \"shared\", \"state\": \"running\", \"persistent\": false, \"vcpus\": 2, \"vcpu_model\": \"shared\"}]"

static char *
xml_of(MortiseDomain *domain, MortiseXmlFlags flags)
{
    return mortise_domain_get_xml(domain, flags, NULL);
}

static void
check_reason(GError *made, MortiseError code, const char *part)
{
    g_autoptr(GError) error = made;
    CHECK(g_error_matches(error, MORTISE_ERROR, code));
    CHECK_CONTAINS(error != NULL ? error->message : "", part);
}

static void
check_counts(MortiseDomain *domain, MortiseModifyFlags flags, guint current, guint maximum)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseVcpuPins) pins = mortise_domain_get_vcpu_pins(domain, flags, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(pins->current, current);
    CHECK_INT(pins->maximum, maximum);
}

/* What was asked for changes, and nothing else of the text does. */
static void
test_both(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *domain = worlds->domain;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK(mortise_domain_set_vcpus(domain, 3, MORTISE_MODIFY_LIVE, NULL, &error));
    CHECK_NO_ERROR(error);
    g_autofree char *same = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK_TEXT(same, before);
    check_counts(domain, MORTISE_MODIFY_LIVE, 3, 4);
    check_counts(domain, MORTISE_MODIFY_CURRENT, 3, 4);
    check_counts(domain, MORTISE_MODIFY_CONFIG, 2, 4);
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    CHECK_INT(info->vcpus, 3);

    CHECK(mortise_domain_set_vcpus(domain, 1, MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG, NULL, &error));
    CHECK_NO_ERROR(error);
    g_auto(GStrv) parts = g_strsplit(before, "current='2'", 2);
    g_autofree char *wanted = g_strjoinv("current='1'", parts);
    g_autofree char *after = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK_TEXT(after, wanted);
    check_counts(domain, MORTISE_MODIFY_LIVE, 1, 4);
    check_counts(domain, MORTISE_MODIFY_CONFIG, 1, 4);
    CHECK(mortise_domain_set_vcpus(domain, 2, MORTISE_MODIFY_CONFIG, NULL, &error));
    g_autofree char *again = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK_TEXT(again, before);
}

/* A refusal of one leaves both as they were. */
static void
test_refusals(void)
{
    static const char fault[] = "\"fail\": {\"set-vcpus\": {\"reason\": \"guest-not-responding\", "
                                "\"message\": \"deaf\"}}";
    g_autoptr(Worlds) worlds = worlds_new_with(fault, WEB, NULL, "[]");
    MortiseDomain *domain = worlds->domain;
    GError *error = NULL;
    g_autofree char *before = xml_of(domain, MORTISE_XML_INACTIVE);
    MortiseModifyFlags both = MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG;
    CHECK(!mortise_domain_set_vcpus(domain, 1, both, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_GUEST_NOT_RESPONDING, "deaf");
    CHECK(!mortise_domain_set_vcpus(domain, 5, both, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "allows 4 vCPUs");
    CHECK(!mortise_domain_set_vcpus(domain, 0, both, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "at least one");
    CHECK(!mortise_domain_set_vcpus(domain, 8, both | MORTISE_MODIFY_MAXIMUM, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "started for");
    CHECK(!mortise_domain_pin_vcpu(domain, 1, "4000", both, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "4000");
    CHECK(!mortise_domain_pin_vcpu(domain, 4, "0", both, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "4 is none of them");
    CHECK(!mortise_domain_pin_vcpu(domain, 0, "0", MORTISE_MODIFY_MAXIMUM, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "no maximum");
    CHECK(mortise_domain_get_vcpu_pins(domain, both, NULL, &error) == NULL);
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_INVALID_ARGUMENT, "either");
    g_autofree char *after = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK_TEXT(after, before);
    check_counts(domain, MORTISE_MODIFY_LIVE, 2, 4);
}

static void
test_pins(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *domain = worlds->domain;
    MortiseModifyFlags both = MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK(mortise_domain_pin_vcpu(domain, 1, "0-3,^2", both, NULL, &error));
    CHECK(mortise_domain_pin_emulator(domain, "5", both, NULL, &error));
    CHECK_NO_ERROR(error);
    g_autoptr(MortiseVcpuPins) live = mortise_domain_get_vcpu_pins(domain, MORTISE_MODIFY_LIVE, NULL, &error);
    g_autoptr(MortiseVcpuPins) config = mortise_domain_get_vcpu_pins(domain, MORTISE_MODIFY_CONFIG, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(live->vcpus->len, 2);
    CHECK_TEXT(((MortiseVcpuInfo *) live->vcpus->pdata[0])->affinity, "0-15");
    CHECK_TEXT(((MortiseVcpuInfo *) live->vcpus->pdata[1])->affinity, "0-3,^2");
    CHECK_TEXT(live->emulator, "5");
    CHECK_INT(config->vcpus->len, 4);
    CHECK_TEXT(((MortiseVcpuInfo *) config->vcpus->pdata[0])->affinity, NULL);
    CHECK_TEXT(((MortiseVcpuInfo *) config->vcpus->pdata[1])->affinity, "0-3,^2");
    CHECK_TEXT(config->emulator, "5");
    CHECK(mortise_domain_pin_vcpu(domain, 1, NULL, both, NULL, &error));
    CHECK(mortise_domain_pin_emulator(domain, NULL, both, NULL, &error));
    CHECK_NO_ERROR(error);
    g_autofree char *after = xml_of(domain, MORTISE_XML_INACTIVE);
    CHECK_TEXT(after, before);
}

static void
test_others(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    g_autoptr(MortiseDomain) off = mortise_connection_lookup_domain(worlds->source, "off", NULL);
    g_autoptr(MortiseDomain) shared = mortise_connection_lookup_domain(worlds->source, "shared", NULL);
    GError *error = NULL;
    CHECK(mortise_domain_set_vcpus(off, 6, MORTISE_MODIFY_MAXIMUM, NULL, &error));
    CHECK_NO_ERROR(error);
    check_counts(off, MORTISE_MODIFY_CURRENT, 2, 6);
    CHECK(!mortise_domain_set_vcpus(off, 1, MORTISE_MODIFY_LIVE, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_DOMAIN_INACTIVE, "not running");
    CHECK(!mortise_domain_set_vcpus(shared, 1, MORTISE_MODIFY_CONFIG, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_DOMAIN_INACTIVE, "no definition");
    CHECK(!mortise_domain_pin_vcpu(shared, 0, "1", MORTISE_MODIFY_CURRENT, NULL, &error));
    check_reason(g_steal_pointer(&error), MORTISE_ERROR_UNSUPPORTED, "one thread runs all vCPUs");
    g_autoptr(MortiseVcpuPins) pins = mortise_domain_get_vcpu_pins(shared, MORTISE_MODIFY_CURRENT, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(((MortiseVcpuInfo *) pins->vcpus->pdata[0])->affinity, NULL);
    CHECK_TEXT(pins->emulator, "0-15");
}

/* What came of calls that nobody waited for. */
typedef struct {
    guint done;
    gboolean set;
    gboolean pinned;
    gboolean moved;
    MortiseVcpuPins *pins;
} Later;

static void
set_done(GObject *domain, GAsyncResult *result, gpointer data)
{
    Later *later = data;
    later->set = mortise_domain_set_vcpus_finish(MORTISE_DOMAIN(domain), result, NULL);
    later->done++;
}

static void
pin_done(GObject *domain, GAsyncResult *result, gpointer data)
{
    Later *later = data;
    later->pinned = mortise_domain_pin_vcpu_finish(MORTISE_DOMAIN(domain), result, NULL);
    later->done++;
}

static void
move_done(GObject *domain, GAsyncResult *result, gpointer data)
{
    Later *later = data;
    later->moved = mortise_domain_pin_emulator_finish(MORTISE_DOMAIN(domain), result, NULL);
    later->done++;
}

static void
pins_done(GObject *domain, GAsyncResult *result, gpointer data)
{
    Later *later = data;
    later->pins = mortise_domain_get_vcpu_pins_finish(MORTISE_DOMAIN(domain), result, NULL);
    later->done++;
}

static gboolean
three_done(gpointer data)
{
    return ((Later *) data)->done >= 3;
}

static gboolean
four_done(gpointer data)
{
    return ((Later *) data)->done >= 4;
}

static void
test_later(void)
{
    g_autoptr(Worlds) worlds = worlds_new_with(NULL, WEB, NULL, "[]");
    MortiseDomain *domain = worlds->domain;
    Later later = {.done = 0};
    mortise_domain_set_vcpus_async(domain, 4, MORTISE_MODIFY_LIVE, NULL, set_done, &later);
    mortise_domain_pin_vcpu_async(domain, 0, "1", MORTISE_MODIFY_LIVE, NULL, pin_done, &later);
    mortise_domain_pin_emulator_async(domain, "2", MORTISE_MODIFY_LIVE, NULL, move_done, &later);
    CHECK(worlds_wait(three_done, &later));
    CHECK(later.set && later.pinned && later.moved);
    mortise_domain_get_vcpu_pins_async(domain, MORTISE_MODIFY_LIVE, NULL, pins_done, &later);
    CHECK(worlds_wait(four_done, &later));
    CHECK_INT(later.pins->current, 4);
    CHECK_TEXT(((MortiseVcpuInfo *) later.pins->vcpus->pdata[0])->affinity, "1");
    CHECK_TEXT(later.pins->emulator, "2");
    g_autoptr(MortiseVcpuPins) copy = mortise_vcpu_pins_copy(later.pins);
    CHECK_TEXT(copy->emulator, "2");
    mortise_vcpu_pins_free(later.pins);
}

static const MortiseTest tests[] = {
    {"live and definition", test_both},
    {"refusals", test_refusals},
    {"pins", test_pins},
    {"other domains", test_others},
    {"without waiting", test_later},
};

MORTISE_TEST_MAIN("vcpus", tests)

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <clock>: its base and its timers.
#include "domain-parser.h"
#include "domain-xml.h"

typedef enum { TIMER_TSC, TIMER_RTC, TIMER_PIT, TIMER_HPET, TIMER_KVMCLOCK } Timer;

static const DomainWord timer_words[] = {
    {"tsc", TIMER_TSC}, {"rtc", TIMER_RTC}, {"pit", TIMER_PIT}, {"hpet", TIMER_HPET}, {"kvmclock", TIMER_KVMCLOCK},
    {NULL, 0},
};

static DomainTickPolicy
take_policy(DomainDefinition *definition, xmlNode *node, const DomainWord *words)
{
    return (DomainTickPolicy) domain_take_word(definition, node, "tickpolicy", words, DOMAIN_TICK_DEFAULT);
}

static void
parse_tsc(DomainDefinition *definition, xmlNode *node)
{
    DomainClock *clock = &definition->clock;

    clock->tsc_line = domain_xml_line(node);
    /* QEMU counts in kHz, in a signed 64-bit number of Hz. */
    (void) domain_take_number(definition, node, "frequency", 1000, G_MAXINT64, &clock->tsc_frequency);
}

static void
parse_timer(DomainDefinition *definition, xmlNode *node, gint timer)
{
    static const DomainWord rtc_words[] = {
        {"delay", DOMAIN_TICK_DELAY}, {"catchup", DOMAIN_TICK_CATCHUP}, {NULL, 0},
    };
    static const DomainWord pit_words[] = {
        {"delay", DOMAIN_TICK_DELAY}, {"discard", DOMAIN_TICK_DISCARD}, {NULL, 0},
    };
    DomainClock *clock = &definition->clock;

    switch (timer) {
    case TIMER_TSC:
        parse_tsc(definition, node);
        break;
    case TIMER_RTC:
        clock->rtc_line = domain_xml_line(node);
        clock->rtc_policy = take_policy(definition, node, rtc_words);
        break;
    case TIMER_PIT:
        clock->pit_line = domain_xml_line(node);
        clock->pit_policy = take_policy(definition, node, pit_words);
        break;
    case TIMER_HPET:
        clock->hpet_line = domain_xml_line(node);
        clock->hpet = domain_take_switch(definition, node, "present");
        break;
    case TIMER_KVMCLOCK:
        clock->kvmclock_line = domain_xml_line(node);
        clock->kvmclock = domain_take_switch(definition, node, "present");
        break;
    default:
        /* Its name was reported; what else it says belongs to that. */
        domain_take_whole(node);
        break;
    }
}

static void
parse_timers(DomainDefinition *definition, xmlNode *clock)
{
    guint seen = 0;

    for (xmlNode *node = NULL; (node = domain_take_next(clock, node, "timer")) != NULL;) {
        gint timer = domain_take_needed_word(definition, node, "name", timer_words, -1);

        if (timer >= 0 && (seen & (1u << timer)) != 0) {
            domain_report(definition, node, "name", "invalid-xml", "Keep one of them.",
                          "this timer is given more than once");
            timer = -1;
        }
        parse_timer(definition, node, timer);
        seen |= timer >= 0 ? 1u << timer : 0;
    }
}

void
domain_parse_clock(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord offsets[] = {
        {"utc", DOMAIN_CLOCK_UTC}, {"localtime", DOMAIN_CLOCK_LOCALTIME}, {NULL, 0},
    };

    definition->clock.line = domain_xml_line(node);
    definition->clock.offset = (DomainClockOffset) domain_take_word(definition, node, "offset", offsets,
                                                                    DOMAIN_CLOCK_UTC);
    parse_timers(definition, node);
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing what a definition says of vCPUs, and looking whether it still makes sense.
#include "domain-vcpus.h"

#include "domain-cpus.h"
#include "domain-text.h"

static gboolean
has_finding(const DomainDefinition *definition, const DomainFinding *wanted)
{
    for (guint i = 0; i < domain_findings_count(definition->findings); i++) {
        const DomainFinding *item = domain_findings_at(definition->findings, i);

        if (g_str_equal(item->path, wanted->path) && g_str_equal(item->message, wanted->message)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A contradiction that the change has made. */
static gboolean
require_no_new_finding(const DomainDefinition *before, const DomainDefinition *after, DriverFailure **failure)
{
    for (guint i = 0; i < domain_findings_count(after->findings); i++) {
        const DomainFinding *item = domain_findings_at(after->findings, i);

        if (g_str_equal(item->reason, "invalid-xml") && !has_finding(before, item)) {
            driver_failure_set(failure, "invalid-argument", item->path,
                               item->hint != NULL ? item->hint : "Change that part of the definition first.",
                               "line %u, %s, would be wrong then: %s", item->line, item->path, item->message);
            return FALSE;
        }
    }
    return TRUE;
}

static void
refuse_text(const char *element, DriverFailure **failure)
{
    driver_failure_set(failure, "invalid-xml", element, "Write it once, with plain numbers.",
                       "<%s> of the definition is written in a way that cannot be changed", element);
}

char *
domain_vcpus_edit_count(const char *xml, guint count, guint maximum, DriverFailure **failure)
{
    g_autoptr(DomainDefinition) before = domain_definition_parse(xml, -1, failure);
    g_autoptr(DomainDefinition) after = NULL;
    g_autofree char *text = NULL;

    if (before == NULL) {
        return NULL;
    }
    maximum = maximum > 0 ? maximum : before->maximum_vcpus;
    if (maximum > DOMAIN_VCPU_LIMIT) {
        driver_failure_set(failure, "invalid-argument", before->name, NULL, "a domain has at most %u vCPUs",
                           DOMAIN_VCPU_LIMIT);
        return NULL;
    }
    if (count > maximum) {
        driver_failure_set(failure, "invalid-argument", before->name, "Raise the maximum first.",
                           "the definition of '%s' allows %u vCPUs, which is fewer than %u", before->name, maximum,
                           count);
        return NULL;
    }
    count = count > 0 ? count : MIN(before->current_vcpus, maximum);
    text = domain_text_set_vcpus(xml, count, maximum);
    after = text != NULL ? domain_definition_parse(text, -1, failure) : NULL;
    if (after == NULL || after->current_vcpus != count || after->maximum_vcpus != maximum) {
        refuse_text("vcpu", failure);
        return NULL;
    }
    return require_no_new_finding(before, after, failure) ? g_steal_pointer(&text) : NULL;
}

static gboolean
check_set(const DomainDefinition *definition, const char *cpus, DriverFailure **failure)
{
    DomainCpus set;
    g_autofree char *wrong = cpus != NULL ? domain_cpus_parse(cpus, &set) : NULL;

    if (wrong != NULL) {
        driver_failure_set(failure, "invalid-argument", definition->name, NULL, "%s", wrong);
    }
    return wrong == NULL;
}

static gboolean
check_pin(const DomainDefinition *definition, guint vcpu, const char *cpus, DriverFailure **failure)
{
    if (vcpu != DOMAIN_TEXT_EMULATOR && vcpu >= definition->maximum_vcpus) {
        driver_failure_set(failure, "invalid-argument", definition->name, NULL,
                           "'%s' has vCPUs 0 to %u, and %u is none of them", definition->name,
                           definition->maximum_vcpus - 1, vcpu);
        return FALSE;
    }
    return check_set(definition, cpus, failure);
}

char *
domain_vcpus_edit_cpus(const char *xml, const char *cpus, DriverFailure **failure)
{
    g_autoptr(DomainDefinition) before = domain_definition_parse(xml, -1, failure);
    g_autoptr(DomainDefinition) after = NULL;
    g_autofree char *text = NULL;

    if (before == NULL || !check_set(before, cpus, failure)) {
        return NULL;
    }
    text = domain_text_set_cpus(xml, cpus);
    after = text != NULL ? domain_definition_parse(text, -1, failure) : NULL;
    if (after == NULL || g_strcmp0(after->cpus, cpus) != 0) {
        refuse_text("vcpu", failure);
        return NULL;
    }
    return require_no_new_finding(before, after, failure) ? g_steal_pointer(&text) : NULL;
}

char *
domain_vcpus_edit_pin(const char *xml, guint vcpu, const char *cpus, DriverFailure **failure)
{
    g_autoptr(DomainDefinition) before = domain_definition_parse(xml, -1, failure);
    g_autoptr(DomainDefinition) after = NULL;
    g_autofree char *text = NULL;

    if (before == NULL || !check_pin(before, vcpu, cpus, failure)) {
        return NULL;
    }
    text = domain_text_set_pin(xml, vcpu, cpus);
    after = text != NULL ? domain_definition_parse(text, -1, failure) : NULL;
    if (after == NULL ||
        g_strcmp0(domain_definition_cpus(after, vcpu), cpus != NULL ? cpus : after->cpus) != 0) {
        refuse_text("cputune", failure);
        return NULL;
    }
    return require_no_new_finding(before, after, failure) ? g_steal_pointer(&text) : NULL;
}

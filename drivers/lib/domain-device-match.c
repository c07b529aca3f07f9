// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the XML of a device, and finding the device that it speaks of.
#include "domain-device-match.h"

#include <string.h>

#include "domain-definition.h"
#include "domain-units.h"
#include "domain-xml.h"

#define WHAT "device XML"
#define DEVICE_BYTES (64u * 1024u)

gboolean
domain_device_xml_read(DomainDeviceXml *self, const char *text, DriverFailure **failure)
{
    static const DomainXmlLimits limits = {DEVICE_BYTES, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};

    self->element = NULL;
    self->document = domain_xml_load(text, strlen(text), &limits, WHAT, failure);
    if (self->document == NULL) {
        return FALSE;
    }
    self->element = xmlDocGetRootElement(self->document);
    if (self->element->ns != NULL) {
        driver_failure_set(failure, "invalid-xml", WHAT, "Give one element as it stands in <devices>.",
                           "line %u: <%s> is in the namespace '%s', and no device is",
                           domain_xml_line(self->element), (const char *) self->element->name,
                           (const char *) self->element->ns->href);
        return FALSE;
    }
    if (domain_xml_is(self->element, "domain") || domain_xml_is(self->element, "devices")) {
        driver_failure_set(failure, "invalid-xml", WHAT, "Give one element as it stands in <devices>.",
                           "<%s> is no device", (const char *) self->element->name);
        return FALSE;
    }
    return TRUE;
}

void
domain_device_xml_clear(DomainDeviceXml *self)
{
    g_clear_pointer(&self->document, xmlFreeDoc);
    self->element = NULL;
}

xmlNode *
domain_device_child(const xmlNode *node, const char *name)
{
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        if (domain_xml_is(child, name)) {
            return child;
        }
    }
    return NULL;
}

/* Takes what libxml2 has allocated. */
static char *
own(xmlChar *text)
{
    char *copy = g_strdup((const char *) text);

    xmlFree(text);
    return copy;
}

char *
domain_device_attribute(const xmlNode *node, const char *child, const char *attribute)
{
    xmlNode *found = domain_device_child(node, child);

    return found != NULL ? own(xmlGetNoNsProp(found, (const xmlChar *) attribute)) : NULL;
}

/* What makes a device the only one of its kind, and where that stands; NULL when nothing does. */
static char *
identity_of(const xmlNode *device, const char **where)
{
    static const struct {
        const char *element;
        const char *child;
        const char *attribute;
        const char *where;
    } places[] = {
        {"interface", "mac", "address", "MAC address"},
        {"interface", "target", "dev", "target"},
        {"filesystem", "target", "dir", "target"},
        {"disk", "target", "dev", "target"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        char *value = domain_xml_is(device, places[i].element)
                          ? domain_device_attribute(device, places[i].child, places[i].attribute)
                          : NULL;
        if (value != NULL) {
            g_autofree char *written = value;
            char *mac = i == 0 ? domain_mac_normalize(value) : NULL;

            *where = places[i].where;
            return mac != NULL ? mac : g_steal_pointer(&written);
        }
    }
    return NULL;
}

char *
domain_device_describe(const xmlNode *device)
{
    const char *where = NULL;
    g_autofree char *identity = identity_of(device, &where);
    g_autofree char *shown = identity != NULL ? domain_text_shorten(identity, 200) : NULL;

    return shown != NULL ? g_strdup_printf("%s %s", (const char *) device->name, shown)
                         : g_strdup((const char *) device->name);
}

static gboolean
same_namespace(const xmlNs *one, const xmlNs *other)
{
    return one == other || (one != NULL && other != NULL && xmlStrEqual(one->href, other->href));
}

static gboolean
has_attributes(const xmlNode *node, const xmlNode *wanted)
{
    for (const xmlAttr *attribute = wanted->properties; attribute != NULL; attribute = attribute->next) {
        const xmlChar *space = attribute->ns != NULL ? attribute->ns->href : NULL;
        g_autofree char *value = own(xmlGetNsProp((xmlNode *) wanted, attribute->name, space));
        g_autofree char *there = own(xmlGetNsProp((xmlNode *) node, attribute->name, space));

        if (g_strcmp0(value, there) != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* The text of an element that has no elements in it, without white space around; NULL of another. */
static char *
text_of(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            return NULL;
        }
    }
    char *text = own(xmlNodeGetContent(node));
    return text != NULL ? g_strstrip(text) : g_strdup("");
}

static gboolean says_all(const xmlNode *node, const xmlNode *wanted);

/* Whether a child of `node` says all that `part` does. */
static gboolean
has_part(const xmlNode *node, const xmlNode *part)
{
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && says_all(child, part)) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * Whether all that `wanted` says is said by `node` too, which may say more: a running domain's devices have aliases and
 * addresses. Depth is bounded by the reading of both.
 */
static gboolean
says_all(const xmlNode *node, const xmlNode *wanted)
{
    g_autofree char *text = text_of(wanted);

    if (!xmlStrEqual(node->name, wanted->name) || !same_namespace(node->ns, wanted->ns) ||
        !has_attributes(node, wanted)) {
        return FALSE;
    }
    if (text != NULL && *text != '\0') {
        g_autofree char *there = text_of(node);
        return g_strcmp0(text, there) == 0;
    }
    for (const xmlNode *part = wanted->children; part != NULL; part = part->next) {
        if (part->type == XML_ELEMENT_NODE && !has_part(node, part)) {
            return FALSE;
        }
    }
    return TRUE;
}

char *
domain_device_difference(const xmlNode *node, const xmlNode *device, const char *except)
{
    for (const xmlAttr *attribute = device->properties; attribute != NULL; attribute = attribute->next) {
        g_autofree char *value = own(xmlGetNoNsProp((xmlNode *) device, attribute->name));
        g_autofree char *there = own(xmlGetNoNsProp((xmlNode *) node, attribute->name));

        if (g_strcmp0(value, there) != 0) {
            return g_strdup_printf("the attribute %s", (const char *) attribute->name);
        }
    }
    for (const xmlNode *part = device->children; part != NULL; part = part->next) {
        // An address was compared in its usual form when the device was found.
        const gboolean compared = part->type != XML_ELEMENT_NODE || domain_xml_is(part, "mac");

        if (!compared && !domain_xml_is(part, except) && !has_part(node, part)) {
            return g_strdup_printf("<%s>", (const char *) part->name);
        }
    }
    return NULL;
}

/* A hostdev is what it stands for: what else is said of it may differ. */
static gboolean
is_same_hostdev(const xmlNode *node, const xmlNode *wanted)
{
    const xmlNode *source = domain_device_child(wanted, "source");
    const xmlNode *there = domain_device_child(node, "source");

    return source != NULL && there != NULL && has_attributes(node, wanted) && says_all(there, source);
}

static gboolean
is_it(const xmlNode *node, const xmlNode *device)
{
    const char *where = NULL;
    g_autofree char *wanted = identity_of(device, &where);

    if (!domain_xml_is(node, (const char *) device->name)) {
        return FALSE;
    }
    if (wanted == NULL) {
        return domain_xml_is(device, "hostdev") && domain_device_child(device, "source") != NULL
                   ? is_same_hostdev(node, device)
                   : says_all(node, device);
    }
    if (g_str_equal(where, "MAC address")) {
        g_autofree char *address = domain_device_attribute(node, "mac", "address");
        g_autofree char *mac = address != NULL ? domain_mac_normalize(address) : NULL;
        return g_strcmp0(mac != NULL ? mac : address, wanted) == 0;
    }
    g_autofree char *target
        = domain_device_attribute(node, "target", domain_xml_is(device, "filesystem") ? "dir" : "dev");
    return g_strcmp0(target, wanted) == 0;
}

/* Those that say all that `device` does, and of these only those that say no more where `exactly`. */
static guint
count_matches(const xmlNode *devices, const xmlNode *device, gboolean exactly, xmlNode *matches[2])
{
    guint count = 0;

    for (xmlNode *child = devices != NULL ? devices->children : NULL; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && is_it(child, device) && (!exactly || says_all(device, child))) {
            if (count < 2) {
                matches[count] = child;
            }
            count++;
        }
    }
    return count;
}

xmlNode *
domain_device_find(const xmlNode *devices, const xmlNode *device, DriverFailure **failure)
{
    g_autofree char *name = domain_device_describe(device);
    xmlNode *matches[2] = {NULL, NULL};
    xmlNode *same[2];
    const guint count = count_matches(devices, device, FALSE, matches);

    // One that was just added says no more than this, where older ones have got addresses and names.
    if (count > 1 && count_matches(devices, device, TRUE, same) == 1) {
        return same[0];
    }
    if (count > 1) {
        driver_failure_set(failure, "invalid-argument", name,
                           "Say more of it: an interface has its MAC address, others have their target.",
                           "more than one <%s> is what this may speak of: those in lines %u and %u",
                           (const char *) device->name, domain_xml_line(matches[0]), domain_xml_line(matches[1]));
        return NULL;
    }
    if (count == 0) {
        driver_failure_set(failure, "no-device", name, "dumpxml shows the devices that there are.",
                           "there is no such device: %s", name);
    }
    return matches[0];
}

xmlNode *
domain_device_find_rival(const xmlNode *devices, const xmlNode *device)
{
    const char *where = NULL;
    g_autofree char *identity = identity_of(device, &where);

    if (identity == NULL && !domain_xml_is(device, "hostdev")) {
        return NULL;
    }
    for (xmlNode *child = devices != NULL ? devices->children : NULL; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && is_it(child, device)) {
            return child;
        }
    }
    return NULL;
}

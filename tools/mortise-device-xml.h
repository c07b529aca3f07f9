// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing the XML of a device from words of the command line.
#pragma once

#include <glib.h>

typedef struct {
    const char *name;
    const char *value; /* NULL: the attribute is left out */
} DeviceAttribute;

/* Attributes, each {name, value}. */
#define DEVICE_ATTRIBUTES(...) ((const DeviceAttribute[]) {__VA_ARGS__, {NULL, NULL}})

/* Adds the start of an element. */
void device_xml_open(GString *text, const char *element, const DeviceAttribute *attributes);
/* Adds a child that has nothing in it; none when no attribute has a value. */
void device_xml_add(GString *text, const char *element, const DeviceAttribute *attributes);
/* Adds a child with text in it; none for NULL. */
void device_xml_add_text(GString *text, const char *element, const char *content);
void device_xml_close(GString *text, const char *element);

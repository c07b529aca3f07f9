// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing the XML of a device from words of the command line.
#pragma once

#include <glib.h>

/*
 * Adds the start of an element with attributes: pairs of name and value, ended by NULL. A pair whose value is NULL is
 * left out.
 */
void device_xml_open(GString *text, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* The same of a child that has nothing in it; none is added when no pair has a value. */
void device_xml_add(GString *text, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* Adds a child with text in it; none for NULL. */
void device_xml_add_text(GString *text, const char *element, const char *content);
void device_xml_close(GString *text, const char *element);

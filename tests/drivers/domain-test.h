// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of definitions and command lines share: their data, a plain context, golden files.
#pragma once

#include "qemu-command.h"
#include "qemu-live-xml.h"

/* Names of the definitions in data/domains, without ".xml". */
extern const char *const domain_test_names[];

/* Text of data/domains/NAME.xml with `directory` for @DIRECTORY@; to be freed. */
char *domain_test_read(const char *name, const char *directory);

/* Parses, and prints the failure or the findings when there are any; NULL then. */
DomainDefinition *domain_test_parse(const char *text);

/* A context for the definition's own type, as if every emulator were in /usr/bin. `emulator` gets the path. */
QemuCommandContext domain_test_context(const DomainDefinition *definition, char **emulator);

/* A small definition of type qemu with `general` from its line 3 on and `devices` from line 5 on; to be freed. */
char *domain_test_wrap(const char *general, const char *devices);

/*
 * Whether `text` is what data/FOLDER/NAME has; prints the first difference. With MORTISE_TEST_REGENERATE in the
 * environment the file is written anew, and the test fails so that nobody leaves it on.
 */
gboolean domain_test_golden(const char *folder, const char *name, const char *text);

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's definition: the user's text, and the little of it that this driver acts on.
#pragma once

#include "failure.h"

#include <mortise/driver/driver.h>

#define TEST_XML_LIMIT (4u * 1024u * 1024u)
#define TEST_VCPU_LIMIT 4096u
#define TEST_MEMORY_LIMIT_KIB (G_GUINT64_CONSTANT(1) << 50)
#define TEST_DOMAIN_TYPE "test"

/* Something that could not be honoured, or that a world plants into every check. */
typedef struct {
    guint verdict;     /* MORTISE_VERDICT_... */
    guint line;        /* from 1; 0: of no line */
    char *id;
    char *object;      /* may be NULL */
    char *message;
    char *hint;        /* may be NULL */
    char *domain;      /* name of the domain that it is planted for; NULL: any */
} TestFinding;

void test_finding_free(TestFinding *finding);

/* Never changed after it was made; any number of threads may read it. */
typedef struct {
    gatomicrefcount references;
    char *text;                  /* as the user wrote it, with a <uuid>, without an XML declaration and an id */
    gsize root;                  /* where in the text "<domain" begins */
    char *name;
    guint8 uuid[16];
    char uuid_text[37];
    guint64 memory_kib;
    guint64 current_memory_kib;
    guint vcpus;
    guint maximum_vcpus;
    guint64 tsc_hz;              /* that it asks for; 0: none */
    gboolean invtsc;             /* it asks for an invariant TSC */
    guint consoles;              /* serial ports and consoles that can be opened */
    GPtrArray *findings;         /* TestFinding */
} TestDefinition;

/*
 * Reads a definition; what it cannot honour is in its findings. NULL with reason "invalid-xml" (the message names the
 * line) or "limit-exceeded" when it is no domain at all: not well formed, with a document type, of another type than
 * "test", without a usable name or with a UUID that is none. A missing UUID is made from the name, the same each
 * time. Reads nothing outside the text. Any thread.
 */
TestDefinition *test_definition_parse(const char *text, DriverFailure **failure);

/* The same definition with another name. NULL with "invalid-xml" when it cannot have that one. */
TestDefinition *test_definition_rename(const TestDefinition *definition, const char *name, DriverFailure **failure);

/* A definition of nothing special, with one console. `name` is valid by test_name_check; `uuid` NULL: made from it. */
TestDefinition *test_definition_new(const char *name, const guint8 *uuid, guint64 memory_kib,
                                    guint64 current_memory_kib, guint vcpus);

TestDefinition *test_definition_ref(TestDefinition *definition);
void test_definition_unref(TestDefinition *definition);

/* The text of the running domain: with its id. */
char *test_definition_live_text(const TestDefinition *definition, gint64 id);

/* FALSE with reason "element-unsupported" and every finding in the message when there is any. */
gboolean test_definition_require(const TestDefinition *definition, DriverFailure **failure);

/* NULL, or why a domain cannot have this name. */
const char *test_name_check(const char *name);
/* FALSE unless `text` has 32 hexadecimal digits, with or without hyphens. */
gboolean test_uuid_parse(const char *text, guint8 uuid[16]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestDefinition, test_definition_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestFinding, test_finding_free)

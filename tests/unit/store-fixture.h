// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A store in a directory of its own, for its tests.
#pragma once

#include "domain-xml.h"
#include "error.h"
#include "sandbox.h"
#include "store.h"

#include "mortise-test.h"

#define UUID "6a4296d3-1973-4c06-85fa-15f8265f8b3f"
#define OTHER_UUID "00000000-0000-4000-8000-000000000001"
#define XML "<domain type='x'>\n  <name>one</name>\n  <uuid>" UUID "</uuid>\n</domain>\n"
#define HEAD(mark) "<?mortise schema=\"1\" autostart=\"" mark "\"?>\n"

typedef struct {
    char *directory;
    MortiseRoot root;
    char *definitions;
    char *runs;
    MortiseStore *store;
    GString *complaints;    /* "FILE: SENTENCE\n" for each */
} Fixture;

static inline void
fixture_note(const char *path, const GError *error, gpointer data)
{
    Fixture *self = data;
    g_autofree char *name = g_path_get_basename(path);
    g_string_append_printf(self->complaints, "%s: %s\n", name, error->message);
}

static inline void
fixture_init(Fixture *self)
{
    self->directory = sandbox_new();
    self->root.config_directory = g_build_filename(self->directory, "etc", NULL);
    self->root.run_directory = g_build_filename(self->directory, "run", NULL);
    self->definitions = g_build_filename(self->root.config_directory, "domains", NULL);
    self->runs = g_build_filename(self->root.run_directory, "domains", NULL);
    if (g_mkdir_with_parents(self->definitions, 0700) != 0 || g_mkdir_with_parents(self->runs, 0700) != 0) {
        abort();
    }
    self->store = mortise_store_new(&self->root);
    self->complaints = g_string_new(NULL);
}

static inline void
fixture_clear(Fixture *self)
{
    mortise_store_free(self->store);
    g_free(self->root.config_directory);
    g_free(self->root.run_directory);
    g_free(self->definitions);
    g_free(self->runs);
    g_string_free(self->complaints, TRUE);
    sandbox_remove(self->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

/* What load says; complaints are collected anew. */
static inline GPtrArray *
fixture_load(Fixture *self)
{
    g_autoptr(GError) error = NULL;
    g_string_truncate(self->complaints, 0);
    GPtrArray *domains = mortise_store_load(self->store, fixture_note, self, &error);
    CHECK_NO_ERROR(error);
    if (domains == NULL) {
        abort();
    }
    return domains;
}

/* As the next process would see it. */
static inline GPtrArray *
fixture_reload(Fixture *self)
{
    mortise_store_free(self->store);
    self->store = mortise_store_new(&self->root);
    return fixture_load(self);
}

static inline const guint8 *
fixture_uuid(const char *text)
{
    static guint8 uuid[16];
    if (!mortise_uuid_from_text(text, uuid)) {
        abort();
    }
    return uuid;
}

static inline MortiseStoredDomain *
fixture_running(const char *uuid)
{
    MortiseStoredDomain *domain = g_new0(MortiseStoredDomain, 1);
    (void) mortise_uuid_from_text(uuid, domain->uuid);
    domain->driver = g_strdup("driver");
    domain->phase = g_strdup("running");
    domain->running_xml = g_strdup(XML);
    domain->live_xml = g_strdup("<live>\xc3\xa4 \"\\\t\x01\x7f</live>");
    domain->running_state = g_strdup("{\"pid\": 1, \"text\": \"a\\nb\\u0041\"}\n");
    domain->state = 4000000000u;
    domain->id = 42;
    domain->state_reason = g_strdup("booted");
    return domain;
}

/* The boot id as the store writes it. */
static inline char *
fixture_boot_id(void)
{
    char *text = sandbox_read("/proc/sys/kernel/random", "boot_id");
    return text != NULL ? g_strstrip(text) : g_strdup("unknown");
}

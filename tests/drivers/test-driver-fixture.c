// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Opening and closing the test driver on a fake host.
#include "test-driver-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static const void *
interface_of(const char *id)
{
    for (guint i = 0; mortise_driver_v1.interfaces[i] != NULL; i++) {
        if (g_str_equal(mortise_driver_v1.interfaces[i]->id, id)) {
            return mortise_driver_v1.interfaces[i];
        }
    }
    return NULL;
}

Fixture *
fixture_new(void)
{
    Fixture *fixture = g_new0(Fixture, 1);

    fixture->host = fake_host_new();
    fixture->listed = fake_connection_new(fixture->host);
    fixture->operations = mortise_driver_v1.operations;
    fixture->lifecycle = interface_of(MORTISE_LIFECYCLE_ID);
    fixture->config = interface_of(MORTISE_CONFIG_ID);
    fixture->vcpu = interface_of(MORTISE_VCPU_ID);
    fixture->stats = interface_of(MORTISE_STATS_ID);
    fixture->console = interface_of(MORTISE_CONSOLE_ID);
    fixture->domains = g_ptr_array_new();
    MortiseResult result = fixture->operations->startup(fake_host_table(), fake_host_driver(fixture->host),
                                                        &fixture->driver);
    CHECK_INT(result, MORTISE_OK);
    return fixture;
}

Fixture *
fixture_new_default(void)
{
    static const char *const none[] = {NULL};
    Fixture *fixture = fixture_new();

    CHECK_WORKS(fixture_open(fixture, "/default", none));
    return fixture;
}

Fixture *
fixture_new_world(const char *world)
{
    Fixture *fixture = fixture_new();

    CHECK_WORKS(fixture_open_world(fixture, world));
    return fixture;
}

MortiseResult
fixture_open(Fixture *fixture, const char *path, const char *const *parameters)
{
    const char *keys[8];
    const char *values[8];
    guint count = 0;
    g_autofree char *uri = g_strconcat("test://", path, NULL);

    for (; parameters != NULL && parameters[2 * count] != NULL && count < G_N_ELEMENTS(keys); count++) {
        keys[count] = parameters[2 * count];
        values[count] = parameters[2 * count + 1];
    }
    MortiseConnectionArguments arguments = {
        .struct_size = sizeof arguments,
        .root = MORTISE_ROOT_NONE,
        .uri = uri,
        .scheme = "test",
        .host = "",
        .user = "",
        .path = path,
        .parameter_count = count,
        .parameter_keys = keys,
        .parameter_values = values,
    };
    return fixture->operations->open(fixture->driver, &arguments, fixture->listed, &fixture->connection);
}

MortiseResult
fixture_open_world(Fixture *fixture, const char *world)
{
    g_autofree char *directory = g_dir_make_tmp("mortise-world-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "world.json", NULL);
    g_autofree char *text = quoted(world);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    MortiseResult result = fixture_open(fixture, path, NULL);
    (void) g_unlink(path);
    (void) g_rmdir(directory);
    return result;
}

void
fixture_close(Fixture *fixture)
{
    if (fixture->connection == NULL) {
        return;
    }
    fixture->operations->interrupt(fixture->connection);
    for (guint i = 0; i < fixture->domains->len; i++) {
        fixture->operations->domain_close(g_ptr_array_index(fixture->domains, i));
    }
    g_ptr_array_set_size(fixture->domains, 0);
    fixture->operations->close(g_steal_pointer(&fixture->connection));
}

void
fixture_free(Fixture *fixture)
{
    fixture_close(fixture);
    fixture->operations->shutdown(fixture->driver);
    g_ptr_array_unref(fixture->domains);
    fake_host_free(fixture->host);
    g_free(fixture);
}

void *
fixture_domain(Fixture *fixture, const char *name)
{
    g_autoptr(FakeDomain) known = fake_domain_get(fixture->listed, name);
    void *domain = NULL;

    CHECK(known != NULL);
    if (known == NULL) {
        return NULL;
    }
    MortiseDomainArguments arguments = {
        .struct_size = sizeof arguments,
        .persistent = known->persistent ? 1 : 0,
        .name = name,
        .type = known->type,
        .inactive_xml = known->inactive_xml,
    };
    memcpy(arguments.uuid, known->uuid, sizeof arguments.uuid);
    /* The driver is to use the handle that domain_announce returned. */
    CHECK_WORKS(fixture->operations->domain_open(fixture->connection, &arguments, NULL, &domain));
    g_ptr_array_add(fixture->domains, domain);
    return domain;
}

MortiseResult
fixture_start(Fixture *fixture, void *domain, const char *name, guint flags)
{
    g_autoptr(FakeDomain) known = fake_domain_get(fixture->listed, name);
    MortiseStartArguments arguments = {.struct_size = sizeof arguments, .flags = flags, .xml = known->inactive_xml};

    return fixture->lifecycle->start(domain, &arguments);
}

char *
quoted(const char *text)
{
    return g_strdelimit(g_strdup(text), "'", '"');
}

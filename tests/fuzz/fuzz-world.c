// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz harness of the test driver's worlds, and of the definitions in them.
#include "world.h"

#include <string.h>

/* More of them are like the first ones. */
#define LOOKED_AT 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(gboolean condition)
{
    if (!condition) {
        g_abort();
    }
}

/* What the core is given of a running domain is the same domain, and nothing that this driver would not read. */
static void
look_at(const TestDefinition *definition)
{
    g_autofree char *live = test_definition_live_text(definition, 7);
    g_autoptr(DriverFailure) failure = NULL;

    require(g_utf8_validate(definition->text, -1, NULL));
    require(g_str_has_prefix(definition->text + definition->root, "<domain"));
    require(test_name_check(definition->name) == NULL);
    g_autoptr(TestDefinition) again = test_definition_parse(live, &failure);
    require(again != NULL);
    require(g_str_equal(again->name, definition->name));
    require(g_str_equal(again->uuid_text, definition->uuid_text));
    require(again->memory_kib == definition->memory_kib && again->vcpus == definition->vcpus);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(DriverFailure) failure = NULL;
    /* Exactly as long as the input, so that reading past its end is found. */
    g_autofree char *text = g_memdup2(size > 0 ? (const void *) data : "", MAX(size, 1));
    g_autoptr(TestWorld) world = test_world_parse(text, size, "world.json", &failure);

    require((world == NULL) == (failure != NULL));
    if (failure != NULL) {
        require(g_utf8_validate(failure->message, -1, NULL));
        require(g_str_has_prefix(failure->message, "world.json:"));
        return 0;
    }
    for (guint i = 0; i < world->domains->len && i < LOOKED_AT; i++) {
        const TestDomainPlan *plan = g_ptr_array_index(world->domains, i);
        look_at(plan->definition);
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// For tests of host networking: the built provider, and network namespaces that end with the test.
#include "network-test.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

const MortiseNetworkInterface *
network_provider(const char *module)
{
    void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    const MortiseModuleDescriptor *descriptor = handle != NULL ? dlsym(handle, "mortise_driver_v1") : NULL;

    if (descriptor == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    return (const MortiseNetworkInterface *) descriptor->interfaces[0];
}

gboolean
network_enter_new(void)
{
    if (unshare(CLONE_NEWNET) == 0) {
        return TRUE;
    }
    mortise_test_skip("network namespaces", g_strerror(errno));
    return FALSE;
}

gboolean
network_has(const MortiseNetworkInterface *table, MortiseNetwork *network, guint32 kind, const char *test)
{
    MortiseLinkSettings bridge = network_settings(MORTISE_LINK_BRIDGE, "probe0");
    MortiseLinkSettings settings = network_settings(kind, "probe1");
    MortiseProblem problem = {.struct_size = sizeof problem};
    MortiseResult result;

    CHECK_INT(table->create(network, &bridge, NULL, &problem), MORTISE_OK);
    settings.parent = "probe0";
    result = table->create(network, &settings, NULL, &problem);
    if (result == MORTISE_UNSUPPORTED) {
        mortise_test_skip(test, problem.message);
    } else {
        CHECK_INT(result, MORTISE_OK);
        CHECK_INT(table->remove(network, "probe1", 0, NULL), MORTISE_OK);
    }
    CHECK_INT(table->remove(network, "probe0", 0, NULL), MORTISE_OK);
    return result == MORTISE_OK;
}

void
network_check_problem(const MortiseProblem *problem, const char *reason, const char *message, const char *hint)
{
    CHECK_TEXT(problem->reason, reason);
    CHECK_CONTAINS(problem->message, message);
    if (hint != NULL) {
        CHECK_CONTAINS(problem->hint, hint);
    }
}

MortiseLinkSettings
network_settings(guint32 kind, const char *name)
{
    return (MortiseLinkSettings){
        .struct_size = sizeof(MortiseLinkSettings), .kind = kind, .name = name, .peer_namespace = -1,
    };
}

MortiseLink
network_link(const MortiseNetworkInterface *table, MortiseNetwork *network, const char *name)
{
    MortiseLink link = {.struct_size = sizeof link};
    uint32_t count = 0;

    CHECK_INT(table->links(network, &name, &link, 1, &count, NULL), MORTISE_OK);
    CHECK_INT(count, 1);
    return link;
}

guint
network_count(const MortiseNetworkInterface *table, MortiseNetwork *network)
{
    uint32_t count = 0;

    CHECK_INT(table->links(network, NULL, NULL, 0, &count, NULL), MORTISE_OK);
    return count;
}

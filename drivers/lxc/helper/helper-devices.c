// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What devices a container that runs may use, with control groups of version 2: liblxc's program in the kernel.
#include <stdbool.h>
#include <stdlib.h>

#include <lxc/lxccontainer.h>

#include "lxc-helper.h"

int
helper_devices(const char *name, const char *action, const char *rule)
{
    struct lxc_container *container = lxc_container_new(name, HELPER_LXC_PATH);
    const bool good = container != NULL && container->set_cgroup_item(container, action, rule);

    if (container != NULL) {
        (void) lxc_container_put(container);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

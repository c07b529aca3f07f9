// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The filter of system calls that liblxc gives an init, for programs that enter the container later.
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "lxc-helper.h"

/* Programs of other architectures that the kernel runs here as well. */
static bool
add_architectures(scmp_filter_ctx filter)
{
    switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
        return seccomp_arch_add(filter, SCMP_ARCH_X86) == 0 && seccomp_arch_add(filter, SCMP_ARCH_X32) == 0;
    case SCMP_ARCH_AARCH64:
        return seccomp_arch_add(filter, SCMP_ARCH_ARM) == 0;
    default:
        return true;
    }
}

static bool
add_rules(scmp_filter_ctx filter)
{
    static const char *const calls[] = HELPER_FILTERED_CALLS;
    const struct scmp_arg_cmp forced = SCMP_A1(SCMP_CMP_MASKED_EQ, MNT_FORCE, MNT_FORCE);
    bool good = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(umount2), 1, &forced) == 0;

    for (size_t i = 0; good && i < sizeof(calls) / sizeof(calls[0]); i++) {
        const int number = seccomp_syscall_resolve_name(calls[i]);
        good = number != __NR_SCMP_ERROR && seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 0, NULL) == 0;
    }
    return good;
}

int
helper_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool good = filter != NULL && add_architectures(filter) && add_rules(filter) &&
                      seccomp_export_bpf(filter, HELPER_FD_REPLY) == 0;

    if (filter != NULL) {
        seccomp_release(filter);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

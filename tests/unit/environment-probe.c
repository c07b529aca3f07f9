// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Says what the core makes of its environment; the test of it runs this program with and without privileges.
#include "environment.h"
#include "trust.h"

#include <stdio.h>

int
main(void)
{
    g_auto(GStrv) list = mortise_environment_get_list("MORTISE_TEST_LIST");
    const char *value = mortise_environment_get("MORTISE_TEST_VALUE");
    printf("value=%s list=%u privileged=%d trust=%d\n", value != NULL ? value : "(none)", g_strv_length(list),
           mortise_environment_is_privileged(), (int) mortise_trust_of_process());
    return 0;
}

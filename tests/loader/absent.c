// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A library that a module is linked with and that the dynamic linker is not told where to find.
int mortise_absent(void);

int
mortise_absent(void)
{
    return 1;
}

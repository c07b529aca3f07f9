// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How the core makes errors: a code, the object, the hint and the sentence, kept apart and joined for people.
#pragma once

#include <mortise/mortise-error.h>

/*
 * Sets *error (when error is not NULL) to MORTISE_ERROR with `code`. `object` and `hint` may be NULL. The
 * GError's message is the formatted sentence, followed by "; " and the hint when there is one.
 */
void mortise_error_set(GError **error, MortiseError code, const char *object, const char *hint, const char *format,
                       ...) G_GNUC_PRINTF(5, 6);

/* Adds details (further causes, a program's words) to an error made by mortise_error_set. */
void mortise_error_set_details(GError *error, const char *details);

/* The code of a reason id; -1 for an id that is not in the list. */
int mortise_error_code_of_reason(const char *reason);

/*
 * Sets *error from an errno of an operation on `path`: file-missing, permission-denied or file-error with the
 * words of the system. `doing` begins the sentence: "cannot read".
 */
void mortise_error_set_errno(GError **error, int number, const char *doing, const char *path);

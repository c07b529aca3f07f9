// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors: one GError domain, a stable code and reason id for each cause, and what a person can do about it.
#ifndef MORTISE_ERROR_H
#define MORTISE_ERROR_H

#include <mortise/mortise-types.h>

G_BEGIN_DECLS

#define MORTISE_ERROR (mortise_error_quark())

/**
 * MortiseError:
 *
 * Codes of #MORTISE_ERROR. A code never changes its number or meaning; new ones are appended. Each has a reason id,
 * the same words in lower case with hyphens ("no-such-domain"); docs/errors.md describes them all.
 */
typedef enum {
    MORTISE_ERROR_INTERNAL,
    MORTISE_ERROR_INVALID_ARGUMENT,
    MORTISE_ERROR_INVALID_XML,
    MORTISE_ERROR_INVALID_URI,
    MORTISE_ERROR_UNSUPPORTED,
    MORTISE_ERROR_ELEMENT_UNSUPPORTED,
    MORTISE_ERROR_NO_SUCH_DOMAIN,
    MORTISE_ERROR_DOMAIN_EXISTS,
    MORTISE_ERROR_DOMAIN_ACTIVE,
    MORTISE_ERROR_DOMAIN_INACTIVE,
    MORTISE_ERROR_DOMAIN_BUSY,
    MORTISE_ERROR_TIMEOUT,
    MORTISE_ERROR_CANCELLED,
    MORTISE_ERROR_PERMISSION_DENIED,
    MORTISE_ERROR_FILE_MISSING,
    MORTISE_ERROR_FILE_ERROR,
    MORTISE_ERROR_RESOURCE_BUSY,
    MORTISE_ERROR_ROOT_OWNED,
    MORTISE_ERROR_STATE_UNKNOWN,
    MORTISE_ERROR_STATE_SCHEMA,
    MORTISE_ERROR_DRIVER_MISSING,
    MORTISE_ERROR_DRIVER_FAILED,
    MORTISE_ERROR_DRIVER_MISBEHAVED,
    MORTISE_ERROR_MODULE_MISSING,
    MORTISE_ERROR_MODULE_MISSING_LIBRARY,
    MORTISE_ERROR_MODULE_ABI_MISMATCH,
    MORTISE_ERROR_MODULE_UNTRUSTED,
    MORTISE_ERROR_MODULE_MASKED,
    MORTISE_ERROR_MODULE_INIT_FAILED,
    MORTISE_ERROR_MANIFEST_INVALID,
    MORTISE_ERROR_PROGRAM_MISSING,
    MORTISE_ERROR_PROGRAM_FAILED,
    MORTISE_ERROR_MONITOR_CLOSED,
    MORTISE_ERROR_MONITOR_TIMEOUT,
    MORTISE_ERROR_MONITOR_REPLY,
    MORTISE_ERROR_EMULATOR_ENDED,
    MORTISE_ERROR_GUEST_NOT_RESPONDING,
    MORTISE_ERROR_HOST_UNSUPPORTED,
    MORTISE_ERROR_NO_CONSOLE,
    MORTISE_ERROR_NO_DEVICE,
    MORTISE_ERROR_LIMIT_EXCEEDED,
    MORTISE_ERROR_CONNECTION_CLOSED,
    MORTISE_ERROR_FORKED,
    MORTISE_ERROR_REFUSED_BY_FILTER,
    MORTISE_ERROR_NO_METADATA,
    MORTISE_ERROR_LINK_MISSING,
    MORTISE_ERROR_LINK_EXISTS,
    MORTISE_ERROR_NO_JOB,
    MORTISE_ERROR_MIGRATION_FAILED,
} MortiseError;

MORTISE_EXPORT GQuark mortise_error_quark(void);

/**
 * mortise_error_reason_of_code:
 * @code: a code of #MORTISE_ERROR
 *
 * Returns: (transfer none): the reason id, such as "no-such-domain"; "internal" for a number that is no code
 */
MORTISE_EXPORT const char *mortise_error_reason_of_code(int code);

/**
 * mortise_error_code_is_retryable:
 * @code: a code of #MORTISE_ERROR
 *
 * Returns: whether the same call may succeed later without anything being changed by hand
 */
MORTISE_EXPORT gboolean mortise_error_code_is_retryable(int code);

/**
 * mortise_error_get_reason:
 * @error: an error of any domain
 *
 * Returns: (transfer none): the reason id; "internal" for an error of another domain
 */
MORTISE_EXPORT const char *mortise_error_get_reason(const GError *error);

/**
 * mortise_error_get_object:
 * @error: an error of any domain
 *
 * Returns: (transfer none) (nullable): the domain, file, element, module or package that the error is about
 */
MORTISE_EXPORT const char *mortise_error_get_object(const GError *error);

/**
 * mortise_error_get_details:
 * @error: an error of any domain
 *
 * Returns: (transfer none) (nullable): more for a person who looks closely: what a program printed, further causes
 */
MORTISE_EXPORT const char *mortise_error_get_details(const GError *error);

/**
 * mortise_error_get_hint:
 * @error: an error of any domain
 *
 * Returns: (transfer none) (nullable): what to do next. A binding that keeps only code and message loses nothing:
 *   the message ends with it, after "; ".
 */
MORTISE_EXPORT const char *mortise_error_get_hint(const GError *error);

/**
 * mortise_error_get_summary:
 * @error: an error of any domain
 *
 * Returns: (transfer none): the message without the hint
 */
MORTISE_EXPORT const char *mortise_error_get_summary(const GError *error);

/**
 * mortise_error_is_retryable:
 * @error: an error of any domain
 *
 * Returns: whether the same call may succeed later without anything being changed by hand
 */
MORTISE_EXPORT gboolean mortise_error_is_retryable(const GError *error);

G_END_DECLS

#endif

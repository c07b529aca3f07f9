/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* The words every border crossing is made of: version, results, limits, handles and domain states. */
#ifndef MORTISE_DRIVER_ABI_H
#define MORTISE_DRIVER_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The ABI of major version 1 is a draft until five drivers have used it; see docs/abi-policy.md.
 * A core accepts every module of its own major version. Minor versions only append.
 */
#define MORTISE_ABI_MAJOR 1
#define MORTISE_ABI_MINOR 0

/* "MORT", read before anything else of a descriptor. */
#define MORTISE_ABI_MAGIC 0x4d4f5254u

/* Content of the marker symbol of every module of every version; it never changes. */
#define MORTISE_MODULE_MARKER "mortise-module"

/* Every driver function that can fail returns one of these. */
typedef int32_t MortiseResult;
#define MORTISE_OK ((MortiseResult) 0)
/* The call failed; the cause was given to MortiseHost.set_error during the same call. */
#define MORTISE_FAILED ((MortiseResult) -1)
/* The call is known but this domain, host or argument cannot have it; set_error may say more. */
#define MORTISE_UNSUPPORTED ((MortiseResult) -2)

/* Longest strings that the core accepts from a module, in bytes without the terminator. */
#define MORTISE_NAME_LIMIT 255u
#define MORTISE_MESSAGE_LIMIT 4095u
#define MORTISE_TEXT_LIMIT (16u * 1024u * 1024u)

/* Objects of the core. A driver keeps the pointer and hands it back, nothing more. */
typedef struct MortiseHostDriver MortiseHostDriver;
typedef struct MortiseHostConnection MortiseHostConnection;
typedef struct MortiseHostDomain MortiseHostDomain;
typedef struct MortiseSink MortiseSink;

/* State of a domain; the numbers are those that users of libvirt know. */
#define MORTISE_STATE_UNKNOWN 0u     /* nobody can tell; never a synonym of "shut off" */
#define MORTISE_STATE_RUNNING 1u
#define MORTISE_STATE_BLOCKED 2u
#define MORTISE_STATE_PAUSED 3u
#define MORTISE_STATE_SHUTDOWN 4u    /* on its way down */
#define MORTISE_STATE_SHUTOFF 5u
#define MORTISE_STATE_CRASHED 6u
#define MORTISE_STATE_SUSPENDED 7u   /* by the guest's own power management */
#define MORTISE_STATE_LAST 7u

/* Thread models, from the narrowest to the widest; the core's gate keeps what a driver declares. */
#define MORTISE_THREADS_SERIAL_ALL 0u             /* one call at a time in the whole driver */
#define MORTISE_THREADS_SERIAL_PER_CONNECTION 1u  /* one call at a time on a connection */
#define MORTISE_THREADS_SERIAL_PER_DOMAIN 2u      /* one call at a time on a domain; others in parallel */
#define MORTISE_THREADS_PARALLEL 3u               /* any number of calls at once */
#define MORTISE_THREADS_LAST 3u

/* A text with its length, for arguments that may be long; always terminated as well. */
typedef struct MortiseText {
    const char *data;
    uint64_t length;
} MortiseText;

/* A file descriptor passed to a call; the receiver owns it when the call succeeds. */
typedef int32_t MortiseFileDescriptor;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_ABI_H */

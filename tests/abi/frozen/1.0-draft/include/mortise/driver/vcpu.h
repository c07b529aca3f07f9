/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface vcpu/1: what a domain's vCPUs are, which host threads run them, how many there are, and where they run. */
#ifndef MORTISE_DRIVER_VCPU_H
#define MORTISE_DRIVER_VCPU_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_VCPU_ID "vcpu"
#define MORTISE_VCPU_VERSION 1u

/* Thread models of vCPUs: a thread each, one for all of them, or no host threads that this host can see. */
#define MORTISE_VCPU_MODEL_NONE 0u
#define MORTISE_VCPU_MODEL_SHARED 1u
#define MORTISE_VCPU_MODEL_PER_VCPU 2u
#define MORTISE_VCPU_MODEL_LAST 2u

#define MORTISE_VCPU_OFFLINE 0u
#define MORTISE_VCPU_RUNNING 1u
#define MORTISE_VCPU_BLOCKED 2u
#define MORTISE_VCPU_UNKNOWN 3u
#define MORTISE_VCPU_LAST 3u

/*
 * Stands for the emulator where the number of a vCPU is asked for: for its threads that are no vCPU's own; in a domain
 * without vCPUs (a container) for all that runs in it.
 */
#define MORTISE_VCPU_EMULATOR 0xffffffffu

/* `reason` says why vCPUs cannot be pinned, or how the model was found; it is written by the driver, terminated. */
typedef struct MortiseVcpuSummary {
    uint32_t struct_size;
    uint32_t model;            /* MORTISE_VCPU_MODEL_... */
    uint32_t pinnable;         /* 1 only when each vCPU has a host thread of its own */
    uint32_t maximum;          /* vCPUs the domain could have; has, with MODEL_NONE and none in the report */
    char reason[256];
} MortiseVcpuSummary;

/* What a definition says of vCPUs. */
typedef struct MortiseVcpuSettings {
    uint32_t struct_size;
    uint32_t current;          /* vCPUs that the domain starts with; at least 1 */
    uint32_t maximum;          /* vCPUs that it can have; at least `current` */
    uint32_t reserved;         /* 0 */
} MortiseVcpuSettings;

/*
 * Sets of host CPUs are texts such as "0-3,^2,5": numbers and ranges, those with a '^' taken out again. The functions
 * behind `report` are optional; those on a definition read and return its text, ask no guest and start nothing.
 */
typedef struct MortiseVcpuInterface {
    MortiseInterface head;

    /*
     * The report of a domain, made now. A thread id is given only when it is the vCPU's own; the main thread of an
     * emulator is never given out. The core refuses a report that breaks this. [blocks] Mandatory.
     */
    MortiseResult (*report)(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus);

    /*
     * Plugs or unplugs vCPUs of the running domain until it has `count` (at least 1), and returns when it has; its live
     * XML then says so. Fails with "guest-not-responding" when the guest does not give a vCPU back before the deadline,
     * "unsupported" when machine or guest cannot do it, "invalid-argument" when `count` is above the maximum; the
     * message says how many there are then. [blocks]
     */
    MortiseResult (*set_count)(void *domain, uint32_t count);
    /*
     * Lets one vCPU's own thread, or with MORTISE_VCPU_EMULATOR all threads that are no vCPU's own, run on these host
     * CPUs only. NULL takes a pin away. When the vCPU has no thread of its own it fails with "unsupported", and says
     * why; nothing has changed after a failure. Part of the live XML from then on, and kept for vCPUs that are plugged
     * later. [blocks]
     */
    MortiseResult (*pin)(void *domain, uint32_t vcpu, const char *cpus);
    /*
     * The affinity (id and affinity of a MortiseVcpu count) of each vCPU that has a thread of its own, and of
     * MORTISE_VCPU_EMULATOR. [blocks]
     */
    MortiseResult (*pins)(void *domain, MortiseSink *pins);

    /*
     * What a definition says: how many vCPUs, and the set of host CPUs of each of them up to the maximum and of
     * MORTISE_VCPU_EMULATOR; without an affinity where it says nothing. "invalid-xml" when it cannot be understood.
     */
    MortiseResult (*read_settings)(void *connection, const char *xml, MortiseVcpuSettings *settings, MortiseSink *pins);
    /*
     * The definition with another number of vCPUs; `count` and `maximum` may be 0: as it is. A maximum below the
     * number takes that down with it. All else stays as it was, byte by byte. "invalid-argument" when the numbers
     * contradict each other or the rest of the definition.
     */
    MortiseResult (*edit_count)(void *connection, const char *xml, uint32_t count, uint32_t maximum, MortiseSink *text);
    /*
     * The definition with another set of host CPUs for a vCPU below the maximum, or for MORTISE_VCPU_EMULATOR; NULL
     * takes the pin out. All else stays as it was, byte by byte. Whether this host has such CPUs is not looked at.
     */
    MortiseResult (*edit_pin)(void *connection, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text);
} MortiseVcpuInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_VCPU_H */

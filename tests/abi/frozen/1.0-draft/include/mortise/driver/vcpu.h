/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface vcpu/1: what a domain's vCPUs are, and which host threads run them. */
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

/* `reason` says why vCPUs cannot be pinned, or how the model was found; it is written by the driver, terminated. */
typedef struct MortiseVcpuSummary {
    uint32_t struct_size;
    uint32_t model;            /* MORTISE_VCPU_MODEL_... */
    uint32_t pinnable;         /* 1 only when each vCPU has a host thread of its own */
    uint32_t maximum;          /* vCPUs the domain could have */
    char reason[256];
} MortiseVcpuSummary;

typedef struct MortiseVcpuInterface {
    MortiseInterface head;

    /*
     * The report of a domain, made now. A thread id is given only when it is the vCPU's own; the main thread of an
     * emulator is never given out. The core refuses a report that breaks this. [blocks] Mandatory.
     */
    MortiseResult (*report)(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus);
} MortiseVcpuInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_VCPU_H */

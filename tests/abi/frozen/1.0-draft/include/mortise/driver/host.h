/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* What the host offers to a driver: one table of functions, handed over at start-up. */
#ifndef MORTISE_DRIVER_HOST_H
#define MORTISE_DRIVER_HOST_H

#include <mortise/driver/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Levels of MortiseHost.log. Nothing is printed by the library: an application reads its log through GLib. */
#define MORTISE_LOG_DEBUG 0u
#define MORTISE_LOG_INFO 1u
#define MORTISE_LOG_WARNING 2u

/* What a driver says of a domain's state. `reason` is a short lower-case word such as "booted" or "crashed". */
typedef struct MortiseDomainStatus {
    uint32_t struct_size;
    uint32_t state;      /* MORTISE_STATE_... */
    int64_t id;          /* the number users see (process id, Xen domid, ...); -1 when not active */
    const char *reason;  /* NULL when there is none */
    const char *detail;  /* one sentence for a person, for example why the guest ended; NULL when there is none */
} MortiseDomainStatus;

/* Who a domain is, for drivers that keep their own list (MORTISE_DRIVER_OWNS_DOMAINS). */
typedef struct MortiseDomainIdentity {
    uint32_t struct_size;
    uint32_t persistent;       /* 1 when it has a definition that outlives its run */
    uint32_t autostart;
    uint32_t reserved;
    uint8_t uuid[16];
    const char *name;
    const char *type;          /* the type attribute of its <domain> element */
    const char *inactive_xml;  /* its definition; NULL when it has none */
} MortiseDomainIdentity;

/* One numbered or worded fact about a running thing; see stats.h for the names. */
#define MORTISE_VALUE_UNSIGNED 0u
#define MORTISE_VALUE_SIGNED 1u
#define MORTISE_VALUE_TEXT 2u
#define MORTISE_VALUE_LAST 2u

typedef struct MortiseValue {
    uint32_t struct_size;
    uint32_t type;          /* MORTISE_VALUE_... */
    const char *key;        /* lower case, dotted: "cpu.time" */
    uint64_t number;        /* of type UNSIGNED, or the two's complement of a SIGNED */
    const char *text;       /* of type TEXT */
} MortiseValue;

/* One finding about the host or about a definition. */
#define MORTISE_VERDICT_GOOD 0u
#define MORTISE_VERDICT_WARNING 1u
#define MORTISE_VERDICT_BAD 2u
#define MORTISE_VERDICT_UNKNOWN 3u
#define MORTISE_VERDICT_LAST 3u

typedef struct MortiseFinding {
    uint32_t struct_size;
    uint32_t verdict;     /* MORTISE_VERDICT_... */
    uint32_t line;        /* line of the definition it speaks of, from 1; 0 when it speaks of none */
    uint32_t reserved;
    const char *id;       /* stable name of the check: "kvm-device", "element-unsupported" */
    const char *object;   /* element, file, device or package it speaks of; may be NULL */
    const char *message;
    const char *hint;     /* what to do; may be NULL */
    /* For a check that compares a source with a destination. */
    const char *source;        /* the value there; may be NULL */
    const char *destination;
    const MortiseValue *facts; /* numbers and words that a program may want: "host_khz"; keys may repeat, in order */
    uint32_t fact_count;
    uint32_t reserved_too;
} MortiseFinding;

/* One vCPU of a report; see vcpu.h. */
typedef struct MortiseVcpu {
    uint32_t struct_size;
    uint32_t id;
    uint32_t state;          /* 0 offline, 1 running, 2 blocked; 3 unknown */
    int32_t cpu;             /* host CPU it last ran on; -1 unknown */
    int64_t thread_id;       /* of its own host thread; -1 when it has none */
    int64_t cpu_time;        /* nanoseconds; -1 when not known for this vCPU alone */
    const char *affinity;    /* host CPUs it may run on, "0-3,5"; NULL when unknown */
} MortiseVcpu;

typedef void (*MortiseTimerFunction)(void *data);
/* `ready` has the bits of MORTISE_WATCH_...; return 0 to end the watch, 1 to keep it. */
typedef int32_t (*MortiseWatchFunction)(MortiseFileDescriptor fd, uint32_t ready, void *data);
#define MORTISE_WATCH_READ 1u
#define MORTISE_WATCH_WRITE 2u
#define MORTISE_WATCH_HANGUP 4u

/*
 * All functions may be called from any thread of the driver unless their comment says otherwise, and none blocks
 * unless it says so. Strings are borrowed for the time of the call. The core checks all that it is given; what is
 * out of bounds (bad UTF-8, unknown state, too long) makes the current call fail with reason "driver-misbehaved".
 */
typedef struct MortiseHost {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;

    /* Writes one line to the application's log, marked with the driver's name. */
    void (*log)(MortiseHostDriver *driver, uint32_t level, const char *message);

    /*
     * Says why the call that this thread is in will fail. `reason` is an id of docs/errors.md; an unknown one is kept
     * in the details and shown as "driver-failed". `object`, `hint` may be NULL. [thread of the call only]
     * The last one wins.
     */
    void (*set_error)(MortiseHostDriver *driver, const char *reason, const char *object, const char *message,
                      const char *hint);

    /* Milliseconds until the deadline of the call that this thread is in, 0 when it has passed; -1 without one. */
    int64_t (*call_remaining)(MortiseHostDriver *driver);

    /* Appends to the text that a call returns (capabilities, XML). [thread of the call only] */
    void (*sink_text)(MortiseSink *sink, const char *data, uint64_t length);
    /* Adds one value to a result that is a list of values. [thread of the call only] */
    void (*sink_value)(MortiseSink *sink, const MortiseValue *value);
    /* Adds one finding to a result that is a list of findings. [thread of the call only] */
    void (*sink_finding)(MortiseSink *sink, const MortiseFinding *finding);
    /* Adds one vCPU to a report. [thread of the call only] */
    void (*sink_vcpu)(MortiseSink *sink, const MortiseVcpu *vcpu);

    /* Publishes a domain's state; an event follows when it differs from the one published before. */
    void (*domain_status)(MortiseHostDomain *domain, const MortiseDomainStatus *status);
    /* Publishes the XML of the running domain as it really is; NULL when it no longer runs. */
    void (*domain_live_xml)(MortiseHostDomain *domain, const char *xml);
    /*
     * Keeps `state` (any UTF-8 text, JSON by habit) as what the driver needs to find this running domain again after
     * the process was killed; it comes back in MortiseDomainArguments.running_state. On disk, durably, when this
     * returns MORTISE_OK. NULL forgets it. Only with MORTISE_DRIVER_USES_STORE. [may block: fsync]
     */
    MortiseResult (*domain_running_state)(MortiseHostDomain *domain, const char *state);
    /* Publishes an event that is no change of state: "reboot", "watchdog", "io-error", "rtc-change", ... */
    void (*domain_event)(MortiseHostDomain *domain, const char *kind, const char *detail);

    /*
     * Adds a domain to the connection's list, or replaces the identity of one with the same UUID. The returned
     * handle is valid until domain_withdraw. Only with MORTISE_DRIVER_OWNS_DOMAINS; NULL when refused.
     */
    MortiseHostDomain *(*domain_announce)(MortiseHostConnection *connection, const MortiseDomainIdentity *identity);
    /* Takes a domain off the list; the driver's handle of it gets domain_close later. */
    void (*domain_withdraw)(MortiseHostDomain *domain);

    /*
     * One timer or watch on the core's I/O thread; `function` must not block. An id above 0, or 0 on failure.
     * remove returns only when the function does not run and will not run, except when called from within it.
     */
    uint64_t (*timer_add)(MortiseHostDriver *driver, uint64_t milliseconds, MortiseTimerFunction function, void *data);
    uint64_t (*watch_add)(MortiseHostDriver *driver, MortiseFileDescriptor fd, uint32_t ready,
                          MortiseWatchFunction function, void *data);
    void (*source_remove)(MortiseHostDriver *driver, uint64_t id);

    /*
     * Full path of a helper program that was installed with the core (libexecdir) under `name`, written into `path`
     * of `size` bytes. MORTISE_FAILED when it is not there (set_error has been called).
     */
    MortiseResult (*helper_path)(MortiseHostDriver *driver, const char *name, char *path, uint64_t size);

    /*
     * The table of a provider (host networking, storage) by interface id such as "network", with at least
     * `version`; NULL when no module provides it (set_error has been called). Loads the provider's module. [may block]
     */
    const void *(*provider)(MortiseHostDriver *driver, const char *interface_id, uint32_t version);
} MortiseHost;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_HOST_H */

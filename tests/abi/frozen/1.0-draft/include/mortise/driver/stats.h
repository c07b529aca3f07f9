/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface stats/1: numbers of a running domain. */
#ifndef MORTISE_DRIVER_STATS_H
#define MORTISE_DRIVER_STATS_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_STATS_ID "stats"
#define MORTISE_STATS_VERSION 1u

/* Groups that a caller may ask for; keys begin with the group's word, as in virsh domstats. */
#define MORTISE_STATS_CPU 1u        /* cpu.time, cpu.user, cpu.system: nanoseconds */
#define MORTISE_STATS_BALLOON 2u    /* balloon.current, balloon.maximum, balloon.rss: KiB */
#define MORTISE_STATS_VCPU 4u       /* vcpu.current, vcpu.maximum, vcpu.N.time, vcpu.N.state */
#define MORTISE_STATS_INTERFACE 8u  /* net.count, net.N.name, net.N.rx.bytes, ... */
#define MORTISE_STATS_BLOCK 16u     /* block.count, block.N.name, block.N.rd.bytes, ... */
#define MORTISE_STATS_ALL 31u

typedef struct MortiseStats {
    MortiseInterface head;

    /* Numbers of the groups asked for; a group that the driver does not know is left out. [blocks] Mandatory. */
    MortiseResult (*collect)(void *domain, uint32_t groups, MortiseSink *values);
} MortiseStats;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_STATS_H */

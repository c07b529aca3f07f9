/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface device/1: giving devices to a domain, taking them away and changing them, running or in its definition. */
#ifndef MORTISE_DRIVER_DEVICE_H
#define MORTISE_DRIVER_DEVICE_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_DEVICE_ID "device"
#define MORTISE_DEVICE_VERSION 1u

/* What `edit` does with a device. */
#define MORTISE_DEVICE_ATTACH 0u
#define MORTISE_DEVICE_DETACH 1u
#define MORTISE_DEVICE_UPDATE 2u
#define MORTISE_DEVICE_ACTION_LAST 2u

/*
 * `device` is the XML of one device as it stands in <devices>: one element, found well formed by the core. To detach or
 * update, it names a device that is there by what makes it the only one: an interface by the address of <mac>, else
 * the dev of <target>; a filesystem by the dir of <target>; a disk by the dev of <target>; a hostdev by its <source>;
 * any other by all that is said of it. Of several that fit, the only one of which no more is said is meant. None, or
 * several otherwise, is an error ("no-device", "invalid-argument") that says so.
 *
 * Every function is optional. What a driver leaves NULL is "unsupported"; of one that it can do only in part it says
 * "unsupported" itself, with a hint at what can be done. attach, detach and update are called while the domain runs;
 * on success the live XML has been published with the change. After a failure nothing has changed: what was made for
 * the device is gone again.
 */
typedef struct MortiseDeviceInterface {
    MortiseInterface head;

    /*
     * Gives the running domain a device; event "device-added" with its target, alias or address. "resource-busy" when
     * what it stands for is in use, "invalid-argument" when its target is taken in the domain. [blocks]
     */
    MortiseResult (*attach)(void *domain, const char *device);
    /*
     * Takes a device away and returns when it is gone; event "device-removed". "guest-not-responding" when the guest
     * does not give it back before the deadline, "resource-busy" when it uses it. [blocks]
     */
    MortiseResult (*detach)(void *domain, const char *device);
    /*
     * Makes a device of the running domain what `device` says; event "device-changed". A difference that cannot be made
     * while it runs is "unsupported", and the message names it. [blocks]
     */
    MortiseResult (*update)(void *domain, const char *device);

    /*
     * The definition with that done to it (MORTISE_DEVICE_ATTACH, ...). All else stays as it was, byte by byte. Asks no
     * guest and starts nothing. The core refuses the result when config/1 finds something bad in it that the definition
     * did not have before.
     */
    MortiseResult (*edit)(void *connection, const char *xml, uint32_t action, const char *device, MortiseSink *text);
} MortiseDeviceInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_DEVICE_H */

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether KVM on this host lets an emulator use a vCPU again that was taken away from its guest.
#pragma once

#include <glib.h>

/*
 * QEMU keeps the vCPU that it takes away and gives the same one to the place that is plugged again; for that the kernel
 * must take its CPUID a second time after it has run. Tried with a virtual machine of one instruction. TRUE also where
 * it cannot be tried: then QEMU tells. [about a millisecond]
 */
gboolean kvm_replug_works(void);

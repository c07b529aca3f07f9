// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The tables of functions that the driver offers.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>

extern const MortiseLifecycle test_lifecycle_interface;
extern const MortiseConfig test_config_interface;
extern const MortiseVcpuInterface test_vcpu_interface;

/* vcpus.c: the rest of interface vcpu/1 beside its report. */
MortiseResult test_vcpu_set_count(void *handle, uint32_t count);
MortiseResult test_vcpu_pin(void *handle, uint32_t vcpu, const char *cpus);
MortiseResult test_vcpu_pins(void *handle, MortiseSink *pins);
MortiseResult test_vcpu_read_settings(void *handle, const char *xml, MortiseVcpuSettings *settings, MortiseSink *pins);
MortiseResult test_vcpu_edit_count(void *handle, const char *xml, uint32_t count, uint32_t maximum, MortiseSink *text);
MortiseResult test_vcpu_edit_pin(void *handle, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text);
/* Why vCPUs of that model can or cannot be pinned. */
extern const char *const test_vcpu_reasons[MORTISE_VCPU_MODEL_LAST + 1];
extern const MortiseStats test_stats_interface;
extern const MortiseConsole test_console_interface;
extern const MortiseMigration test_migration_interface;
extern const MortiseDeviceInterface test_device_interface;
extern const MortiseMemoryInterface test_memory_interface;
extern const MortiseTuningInterface test_tuning_interface;

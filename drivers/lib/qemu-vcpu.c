// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a guest's vCPUs are: the decision over what was seen.
#include "qemu-vcpu.h"

#include <mortise/driver/vcpu.h>
#include <string.h>

static void
conclude(QemuVcpuVerdict *verdict, guint model, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
conclude(QemuVcpuVerdict *verdict, guint model, const char *format, ...)
{
    va_list arguments;

    verdict->model = model;
    verdict->pinnable = model == MORTISE_VCPU_MODEL_PER_VCPU;
    va_start(arguments, format);
    (void) g_vsnprintf(verdict->reason, sizeof(verdict->reason), format, arguments);
    va_end(arguments);
}

/* Index of another vCPU with the same thread; -1: none. */
static gint
find_twin(const QemuVcpuSeen *vcpus, guint index)
{
    for (guint i = 0; i < index; i++) {
        if (vcpus[i].thread == vcpus[index].thread) {
            return (gint) i;
        }
    }
    return -1;
}

static gboolean
all_are_main(gint64 main_process, const QemuVcpuSeen *vcpus, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (vcpus[i].thread != main_process) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
all_are_one(const QemuVcpuSeen *vcpus, guint count)
{
    for (guint i = 1; i < count; i++) {
        if (vcpus[i].thread != vcpus[0].thread) {
            return FALSE;
        }
    }
    return count > 1;
}

/* TRUE when something is wrong with the ids as a whole; the verdict is then made. */
static gboolean
refuse_all(gint64 main_process, const QemuVcpuSeen *vcpus, guint count, QemuVcpuVerdict *verdict)
{
    if (count == 0) {
        conclude(verdict, MORTISE_VCPU_MODEL_NONE, "The emulator reports no vCPU.");
        return TRUE;
    }
    if (all_are_main(main_process, vcpus, count)) {
        conclude(verdict, count > 1 ? MORTISE_VCPU_MODEL_SHARED : MORTISE_VCPU_MODEL_NONE,
                 "vCPUs cannot be pinned: the emulator reports its main thread (%" G_GINT64_FORMAT
                 ") for %s, so no thread is known to be a vCPU's own.",
                 main_process, count > 1 ? "all of them" : "its vCPU");
        return TRUE;
    }
    if (all_are_one(vcpus, count) && vcpus[0].thread > 0) {
        conclude(verdict, MORTISE_VCPU_MODEL_SHARED,
                 "vCPUs cannot be pinned: one thread (%s) runs all %u of them in turn.",
                 vcpus[0].seen ? vcpus[0].seen->name : "not seen under /proc", count);
        return TRUE;
    }
    return FALSE;
}

/* TRUE when something is wrong with that vCPU's id; the verdict is then made. */
static gboolean
refuse_one(gint64 main_process, const QemuVcpuSeen *vcpus, guint index, QemuVcpuVerdict *verdict)
{
    const QemuVcpuSeen *vcpu = &vcpus[index];
    const gint twin = find_twin(vcpus, index);

    if (vcpu->thread <= 0) {
        conclude(verdict, MORTISE_VCPU_MODEL_NONE,
                 "vCPUs cannot be pinned: the emulator reports no thread for vCPU %u.", vcpu->id);
    } else if (vcpu->thread == main_process) {
        conclude(verdict, MORTISE_VCPU_MODEL_SHARED,
                 "vCPUs cannot be pinned: the emulator reports its main thread (%" G_GINT64_FORMAT ") for vCPU %u.",
                 main_process, vcpu->id);
    } else if (twin >= 0) {
        conclude(verdict, MORTISE_VCPU_MODEL_SHARED,
                 "vCPUs cannot be pinned: vCPUs %u and %u have the same thread (%" G_GINT64_FORMAT ").",
                 vcpus[twin].id, vcpu->id, vcpu->thread);
    } else if (!vcpu->seen) {
        conclude(verdict, MORTISE_VCPU_MODEL_NONE,
                 "vCPUs cannot be pinned: the emulator reports thread %" G_GINT64_FORMAT
                 " for vCPU %u, and has no such thread.",
                 vcpu->thread, vcpu->id);
    } else {
        return FALSE;
    }
    return TRUE;
}

void
qemu_vcpu_decide(gint64 main_process, const QemuVcpuSeen *vcpus, guint count, QemuVcpuVerdict *verdict)
{
    memset(verdict, 0, sizeof(*verdict));
    if (refuse_all(main_process, vcpus, count, verdict)) {
        return;
    }
    for (guint i = 0; i < count; i++) {
        if (refuse_one(main_process, vcpus, i, verdict)) {
            return;
        }
    }
    if (count == 1) {
        conclude(verdict, MORTISE_VCPU_MODEL_PER_VCPU, "The only vCPU has a thread of its own (%s).",
                 vcpus[0].seen->name);
    } else {
        conclude(verdict, MORTISE_VCPU_MODEL_PER_VCPU, "Each of the %u vCPUs has a thread of its own (%s, ...).", count,
                 vcpus[0].seen->name);
    }
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A virtual machine of one instruction, to learn what the kernel does with a vCPU's CPUID once it has run.
#include "kvm-replug.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm-host.h"

#ifdef __x86_64__

#define MEMORY 4096u
#define HALT 0xf4
#define TASK_STATE 0xfffbd000ul
#define CPUID_ENTRIES 256u

/* Descriptors are -1 and memory is MAP_FAILED until they are there. */
typedef struct {
    int device;
    int machine;
    int cpu;
    void *memory;
    struct kvm_run *run;
    gsize run_size;
} Trial;

static void
trial_clear(Trial *trial)
{
    if (trial->run != MAP_FAILED) {
        (void) munmap(trial->run, trial->run_size);
    }
    if (trial->cpu >= 0) {
        (void) close(trial->cpu);
    }
    if (trial->machine >= 0) {
        (void) close(trial->machine);
    }
    if (trial->memory != MAP_FAILED) {
        (void) munmap(trial->memory, MEMORY);
    }
    if (trial->device >= 0) {
        (void) close(trial->device);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trial, trial_clear)

static gboolean
make_machine(Trial *trial)
{
    struct kvm_userspace_memory_region region = {.memory_size = MEMORY};

    trial->device = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
    trial->machine = trial->device >= 0 ? ioctl(trial->device, KVM_CREATE_VM, 0) : -1;
    /* cppcheck-suppress invalidFunctionArg; memory without a file has no descriptor */
    trial->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trial->machine < 0 || trial->memory == MAP_FAILED) {
        return FALSE;
    }
    *(volatile guint8 *) trial->memory = HALT;
    region.userspace_addr = (guint64) (guintptr) trial->memory;
    return ioctl(trial->machine, KVM_SET_TSS_ADDR, TASK_STATE) == 0 &&
           ioctl(trial->machine, KVM_SET_USER_MEMORY_REGION, &region) == 0;
}

static gboolean
make_cpu(Trial *trial)
{
    const int size = ioctl(trial->device, KVM_GET_VCPU_MMAP_SIZE, 0);
    struct kvm_sregs special;
    struct kvm_regs registers = {.rflags = 2};

    trial->cpu = ioctl(trial->machine, KVM_CREATE_VCPU, 0);
    if (trial->cpu < 0 || size < (int) sizeof(struct kvm_run)) {
        return FALSE;
    }
    trial->run_size = (gsize) size;
    trial->run = mmap(NULL, trial->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, trial->cpu, 0);
    if (trial->run == MAP_FAILED || ioctl(trial->cpu, KVM_GET_SREGS, &special) != 0) {
        return FALSE;
    }
    special.cs.base = 0;
    special.cs.selector = 0;
    return ioctl(trial->cpu, KVM_SET_SREGS, &special) == 0 && ioctl(trial->cpu, KVM_SET_REGS, &registers) == 0;
}

gboolean
kvm_replug_works(void)
{
    g_autofree struct kvm_cpuid2 *cpuid = g_malloc0(sizeof(*cpuid) + CPUID_ENTRIES * sizeof(cpuid->entries[0]));
    g_auto(Trial) trial = {-1, -1, -1, MAP_FAILED, MAP_FAILED, 0};

    cpuid->nent = CPUID_ENTRIES;
    if (!make_machine(&trial) || !make_cpu(&trial) || ioctl(trial.device, KVM_GET_SUPPORTED_CPUID, cpuid) != 0 ||
        ioctl(trial.cpu, KVM_SET_CPUID2, cpuid) != 0 || ioctl(trial.cpu, KVM_RUN, 0) != 0) {
        return TRUE;
    }
    return ioctl(trial.cpu, KVM_SET_CPUID2, cpuid) == 0 || errno != EINVAL;
}

#else

gboolean
kvm_replug_works(void)
{
    return TRUE;
}

#endif

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// vCPU reports of real guests: KVM, MTTCG, one thread by option, by icount and by QEMU's own choice.
#include "engine-test.h"
#include "mortise-test.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PC "<type arch='x86_64' machine='pc'>hvm</type>"
#define ICOUNT \
    "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-icount'/>" \
    "<qemu:arg value='shift=auto'/></qemu:commandline>"

/* One guest, and what must be reported of it. */
typedef struct {
    const char *driver;
    const char *type;
    guint vcpus;
    const char *os;
    const char *more;
    guint model;
    const char *reason;
    const char *thread_name;   /* beginning of the name of each vCPU's thread; NULL: none is given out */
} Guest;

static void
check_vcpu(const MortiseVcpu *vcpu, guint index, gint64 pid, const Guest *guest)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/comm", pid,
                                            (gint64) vcpu->thread_id);
    g_autofree char *name = NULL;

    CHECK_INT(vcpu->id, index);
    CHECK(vcpu->thread_id != pid);
    if (!guest->thread_name) {
        CHECK_INT(vcpu->thread_id, -1);
        CHECK_INT(vcpu->cpu_time, -1);
        CHECK_INT(vcpu->state, MORTISE_VCPU_UNKNOWN);
        return;
    }
    CHECK(g_file_get_contents(path, &name, NULL, NULL));
    CHECK(name && g_str_has_prefix(name, guest->thread_name));
    CHECK(vcpu->cpu_time >= 0);
    CHECK(vcpu->cpu >= 0);
    CHECK(vcpu->affinity != NULL);
    CHECK(vcpu->state == MORTISE_VCPU_RUNNING || vcpu->state == MORTISE_VCPU_BLOCKED);
}

static void
check_report(FakeHost *host, FakeDomain *domain, const Guest *guest)
{
    const MortiseVcpuInterface *interface = fake_host_interface(host, MORTISE_VCPU_ID);
    const gint64 pid = fake_domain_id(domain);
    MortiseVcpuSummary summary = {.struct_size = sizeof(summary)};
    g_autoptr(MortiseSink) sink = fake_sink_new();
    cpu_set_t before;
    cpu_set_t after;

    CHECK_INT(sched_getaffinity((pid_t) pid, sizeof(before), &before), 0);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(interface->report(fake_domain_handle(domain), &summary, sink), MORTISE_OK);
    CHECK_INT(summary.model, guest->model);
    CHECK_INT(summary.pinnable, guest->model == MORTISE_VCPU_MODEL_PER_VCPU);
    CHECK_INT(summary.maximum, guest->vcpus);
    CHECK_CONTAINS(summary.reason, guest->reason);
    CHECK_INT(sink->vcpus->len, guest->vcpus);
    for (guint i = 0; i < sink->vcpus->len; i++) {
        check_vcpu(&g_array_index(sink->vcpus, MortiseVcpu, i), i, pid, guest);
    }
    CHECK_INT(sched_getaffinity((pid_t) pid, sizeof(after), &after), 0);
    CHECK(CPU_EQUAL(&before, &after));
}

static void
check_guest(const Guest *guest)
{
    FakeHost *host = fake_host_new(guest->driver, NULL);
    g_autofree char *xml = engine_any_xml(80, guest->type, guest->vcpus, guest->os, guest->more);
    FakeDomain *domain = fake_domain_open(host, xml);

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    if (fake_domain_id(domain) > 0) {
        check_report(host, domain, guest);
    }
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
}

static void
test_multi(void)
{
    const Guest guest = {"tcg", "qemu", 3, PC, "", MORTISE_VCPU_MODEL_PER_VCPU, "Each of the 3 vCPUs", "CPU "};

    check_guest(&guest);
}

/*
 * An emulator that is QEMU with one thread for all vCPUs: of two -accel options QEMU takes the first, so the
 * driver's own has to be changed. To be removed and freed.
 */
static char *
make_single_threaded_emulator(void)
{
    static const char script[] = "#!/bin/sh\n"
                                 "for word; do\n"
                                 "    shift\n"
                                 "    if [ \"$word\" = tcg ]; then word=tcg,thread=single; fi\n"
                                 "    set -- \"$@\" \"$word\"\n"
                                 "done\n"
                                 "exec /usr/bin/qemu-system-x86_64 \"$@\"\n";
    char *path = g_strdup("/tmp/mortise-emulator-XXXXXX");
    const int fd = g_mkstemp(path);

    CHECK_INT(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
    CHECK_INT(fchmod(fd, 0700), 0);
    CHECK_INT(close(fd), 0);
    return path;
}

static void
check_single(guint vcpus, guint model, const char *reason, const char *thread_name)
{
    g_autofree char *emulator = make_single_threaded_emulator();
    g_autofree char *more = g_strdup_printf("<devices><emulator>%s</emulator></devices>", emulator);
    const Guest guest = {"tcg", "qemu", vcpus, PC, more, model, reason, thread_name};

    check_guest(&guest);
    CHECK_INT(g_unlink(emulator), 0);
}

static void
test_single(void)
{
    check_single(3, MORTISE_VCPU_MODEL_SHARED, "one thread (ALL CPUs/TCG) runs all 3 of them", NULL);
}

static void
test_single_vcpu(void)
{
    check_single(1, MORTISE_VCPU_MODEL_PER_VCPU, "The only vCPU", "ALL ");
}

static void
test_icount(void)
{
    const Guest guest = {"tcg", "qemu", 3, PC, ICOUNT, MORTISE_VCPU_MODEL_SHARED, "one thread (ALL CPUs/TCG)", NULL};

    check_guest(&guest);
}

static void
test_sparc(void)
{
    const Guest guest = {"tcg", "qemu", 3, "<type arch='sparc' machine='SS-20'>hvm</type>", "",
                         MORTISE_VCPU_MODEL_SHARED, "one thread (ALL CPUs/TCG)", NULL};

    if (engine_require_emulator("sparc", "qemu-system-sparc")) {
        check_guest(&guest);
    }
}

static void
test_aarch64(void)
{
    const Guest guest = {"tcg", "qemu", 3, "<type arch='aarch64' machine='virt'>hvm</type>",
                         "<cpu mode='custom'><model>cortex-a57</model></cpu>", MORTISE_VCPU_MODEL_PER_VCPU,
                         "Each of the 3 vCPUs", "CPU "};

    if (engine_require_emulator("aarch64", "qemu-system-aarch64")) {
        check_guest(&guest);
    }
}

static void
test_kvm(void)
{
    const Guest guest = {"qemu", "kvm", 3, PC, "<cpu mode='custom'><model>qemu64</model></cpu>",
                         MORTISE_VCPU_MODEL_PER_VCPU, "Each of the 3 vCPUs", "CPU "};

    if (access("/dev/kvm", R_OK | W_OK) != 0) {
        mortise_test_skip("kvm", "/dev/kvm cannot be used");
        return;
    }
    if (engine_require("qemu")) {
        check_guest(&guest);
    }
}

static const MortiseTest tests[] = {
    {"x86_64, three vCPUs, QEMU's choice", test_multi},
    {"x86_64, thread=single", test_single},
    {"x86_64, thread=single, one vCPU", test_single_vcpu},
    {"x86_64, icount", test_icount},
    {"sparc, QEMU's choice", test_sparc},
    {"aarch64, QEMU's choice", test_aarch64},
    {"kvm", test_kvm},
};

int
main(void)
{
    return engine_require("tcg") ? mortise_test_main("vcpu-guests", tests, G_N_ELEMENTS(tests)) : 77;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Command lines against golden files, what goes with them, and what QEMU's own checks refuse.
#include "mortise-test.h"

#include <string.h>

#include "domain-test.h"

static QemuCommand *
build(const DomainDefinition *definition, DriverFailure **failure)
{
    g_autofree char *emulator = NULL;
    QemuCommandContext context = domain_test_context(definition, &emulator);

    context.monitor_fd = 5;
    context.keeper_fd = 6;
    return qemu_command_build(definition, &context, failure);
}

static char *
list_lines(const QemuCommand *command)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; command->environment[i] != NULL; i++) {
        g_string_append_printf(text, "%s\n", command->environment[i]);
    }
    for (guint i = 0; command->arguments[i] != NULL; i++) {
        g_string_append_printf(text, "%s\n", command->arguments[i]);
    }
    return g_string_free(text, FALSE);
}

static void
check_golden(const char *name)
{
    g_autofree char *text = domain_test_read(name, "/images");
    g_autofree char *golden = g_strconcat(name, ".args", NULL);
    g_autofree char *lines = NULL;
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    g_autoptr(QemuCommand) command = definition != NULL ? build(definition, &failure) : NULL;

    CHECK(command != NULL);
    if (command == NULL) {
        fprintf(stderr, "%s: %s\n", name, failure != NULL ? failure->message : "not parsed");
        return;
    }
    lines = list_lines(command);
    CHECK(domain_test_golden("arguments", golden, lines));
}

static void
test_golden(void)
{
    for (guint i = 0; domain_test_names[i] != NULL; i++) {
        check_golden(domain_test_names[i]);
    }
}

static void
test_what_goes_along(void)
{
    g_autofree char *text = domain_test_read("everything", "/images");
    g_autofree char *kvm_text = domain_test_read("kvm", "/images");
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    g_autoptr(DomainDefinition) kvm = domain_test_parse(kvm_text);
    g_autoptr(QemuCommand) command = build(definition, NULL);
    g_autoptr(QemuCommand) kvm_command = build(kvm, NULL);
    g_autofree char *features = g_strjoinv(" ", command->required_features);
    g_autofree char *kvm_features = g_strjoinv(" ", kvm_command->required_features);

    CHECK_INT(command->balloon_bytes, 49152 * 1024);
    CHECK_INT(kvm_command->balloon_bytes, 0);
    CHECK_TEXT(features, "lahf-lm");
    CHECK_TEXT(kvm_features, "invtsc pclmulqdq");
    CHECK_INT(command->end.reboot, DOMAIN_END_RESTART);
    CHECK(qemu_plan_find_alias(command->plan, "virtio-disk0") != NULL);
    CHECK(qemu_plan_find_alias(command->plan, "virtio-disk7") == NULL);
    CHECK(kvm_command->plan->balloon == FALSE);
}

static void
test_interfaces(void)
{
    g_autofree char *text = domain_test_wrap(
        "",
        "<interface type='user'/>"
        "<interface type='bridge'><source bridge='br0'/><model type='virtio'/><driver name='qemu' queues='3'/>"
        "<mtu size='1400'/><link state='down'/><target dev='vnet7'/></interface>"
        "<interface type='direct'><source dev='eth0'/><target dev='tap.of-mine'/></interface>"
        "<interface type='ethernet'><target dev='vnet8' managed='no'/><bandwidth><inbound average='2' peak='3' "
        "burst='4'/></bandwidth></interface>");
    g_autofree char *emulator = NULL;
    g_autofree char *line = NULL;
    g_autofree char *down = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    QemuCommandContext context = domain_test_context(definition, &emulator);
    g_autoptr(QemuCommand) command = NULL;

    context.network_fd = 10;
    command = qemu_command_build(definition, &context, NULL);
    line = g_strjoinv(" ", command->arguments);
    down = g_strjoinv(" ", command->links_down);
    CHECK_TEXT(down, "net1");
    CHECK_CONTAINS(line, "{\"type\":\"user\",\"id\":\"hostnet0\"}");
    CHECK_CONTAINS(line, "{\"type\":\"tap\",\"id\":\"hostnet1\",\"fds\":\"10:11:12\"}");
    CHECK_CONTAINS(line, "\"mq\":true,\"vectors\":8,\"host_mtu\":1400");
    CHECK_CONTAINS(line, "{\"type\":\"tap\",\"id\":\"hostnet2\",\"fd\":\"13\"}");
    CHECK_CONTAINS(line, "{\"type\":\"tap\",\"id\":\"hostnet3\",\"fd\":\"14\"}");
    const DomainInterface *bridge = definition->interfaces->pdata[1];
    const DomainInterface *direct = definition->interfaces->pdata[2];
    const DomainInterface *existing = definition->interfaces->pdata[3];
    CHECK_TEXT(bridge->target, NULL);
    CHECK_TEXT(direct->target, "tap.of-mine");
    CHECK_INT(direct->mode, DOMAIN_DIRECT_VEPA);
    CHECK_TEXT(existing->target, "vnet8");
    CHECK(existing->target_exists);
    CHECK_INT(existing->inbound.average, 2000);
    CHECK_INT(existing->inbound.peak, 3000);
    CHECK_INT(existing->inbound.burst, 4096);
    CHECK_INT(existing->outbound.average, 0);
}

static void
test_no_monitors(void)
{
    g_autofree char *text = domain_test_read("minimal", "/images");
    g_autofree char *emulator = NULL;
    g_autofree char *line = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    QemuCommandContext context = domain_test_context(definition, &emulator);
    g_autoptr(QemuCommand) command = NULL;

    context.sandbox = FALSE;
    command = qemu_command_build(definition, &context, NULL);
    line = g_strjoinv(" ", command->arguments);
    CHECK(strstr(line, "-chardev") == NULL);
    CHECK(strstr(line, "-mon") == NULL);
    CHECK(strstr(line, "-sandbox") == NULL);
    CHECK_CONTAINS(line, " -S ");
}

static void
test_host_model(void)
{
    g_autofree char *text = domain_test_wrap("<cpu mode='host-model'><feature name='avx'/></cpu>", "");
    g_autofree char *emulator = NULL;
    g_autofree char *line = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    QemuCommandContext context = domain_test_context(definition, &emulator);
    g_autoptr(QemuCommand) command = NULL;

    context.host_cpu_model = "EPYC,ibpb=on";
    command = qemu_command_build(definition, &context, NULL);
    line = g_strjoinv(" ", command->arguments);
    CHECK_CONTAINS(line, " -cpu EPYC,ibpb=on,avx=on ");
}

static void
test_emulator_missing(void)
{
    g_autofree char *text = domain_test_wrap("", "");
    g_autofree char *emulator = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    g_autoptr(DriverFailure) failure = NULL;
    QemuCommandContext context = domain_test_context(definition, &emulator);

    context.emulator = NULL;
    CHECK(qemu_command_build(definition, &context, &failure) == NULL);
    CHECK_TEXT(failure->reason, "program-missing");
    CHECK_TEXT(failure->message, "domain/devices/emulator: qemu-system-x86_64 is not installed");
    CHECK_TEXT(failure->hint, "Install the package that has it, or name another program with <emulator>.");
}

/* The message of the findings on files, with `devices` on a machine whose files lie in `directory`. */
static char *
files_message(const char *general, const char *devices, const char *program)
{
    g_autofree char *text = domain_test_wrap(general, devices);
    g_autofree char *emulator = NULL;
    g_autoptr(DomainDefinition) definition = domain_test_parse(text);
    g_autoptr(DomainFindings) findings = NULL;
    g_autoptr(DriverFailure) failure = NULL;
    QemuCommandContext context = domain_test_context(definition, &emulator);

    context.emulator = program;
    findings = qemu_command_check(definition, &context, TRUE);
    if (domain_findings_require_none(findings, &failure)) {
        return g_strdup("good");
    }
    return g_strdup_printf("%s|%s", failure->reason, failure->message);
}

static void
test_files(void)
{
    g_autofree char *good = files_message("", "<disk><source file='/bin/sh'/><target dev='vda'/><readonly/></disk>",
                                          "/bin/sh");
    g_autofree char *image = files_message("", "<disk><source file='/no/such.img'/><target dev='vda'/></disk>",
                                           "/bin/sh");
    g_autofree char *device = files_message("", "<disk><source file='/dev/null'/><target dev='vda'/></disk>",
                                            "/bin/sh");
    g_autofree char *program = files_message("", "", "/no/such/program");
    g_autofree char *named = files_message("", "<emulator>/etc/passwd</emulator>", NULL);
    g_autofree char *serial = files_message("", "<serial type='file'><source path='/no/such/log'/></serial>",
                                            "/bin/sh");
    g_autofree char *random = files_message(
        "", "<rng model='virtio'><backend model='random'>/no/such</backend></rng>", "/bin/sh");

    CHECK_TEXT(good, "good");
    CHECK_TEXT(image, "file-missing|line 5, domain/devices/disk/source/@file: /no/such.img: No such file or directory");
    CHECK_TEXT(device, "file-error|line 5, domain/devices/disk/source/@file: /dev/null is not a regular file");
    CHECK_TEXT(program,
               "program-missing|domain/devices/emulator: /no/such/program: No such file or directory");
    CHECK_TEXT(named,
               "program-missing|line 5, domain/devices/emulator: /etc/passwd is not a program that can be run");
    CHECK_TEXT(serial,
               "file-missing|line 5, domain/devices/serial/source/@path: /no/such: No such file or directory");
    CHECK_TEXT(random, "file-missing|line 5, domain/devices/rng/backend: /no/such: No such file or directory");
}

static void
test_emulator_names(void)
{
    g_autofree char *same = qemu_emulator_name("riscv64");
    g_autofree char *other = qemu_emulator_name("armv7l");

    CHECK_TEXT(same, "qemu-system-riscv64");
    CHECK_TEXT(other, "qemu-system-arm");
    CHECK(qemu_machine_find("x86_64", "pc-q35-7.2") != qemu_machine_find("x86_64", "pc-i440fx-7.2"));
    CHECK(qemu_machine_find("x86_64", NULL) == qemu_machine_find("x86_64", "pc"));
    CHECK(qemu_machine_find("x86_64", "pcx") == NULL);
    CHECK(qemu_machine_find("vax", NULL) == NULL);
}

static const MortiseTest tests[] = {
    {"golden command lines", test_golden},
    {"balloon, features and end actions go along", test_what_goes_along},
    {"interfaces on the host's network", test_interfaces},
    {"no monitor without its descriptor", test_no_monitors},
    {"host-model is what the driver says", test_host_model},
    {"an emulator that is not installed", test_emulator_missing},
    {"files that are missing or wrong", test_files},
    {"names of emulators and machines", test_emulator_names},
};

MORTISE_TEST_MAIN("qemu command", tests)

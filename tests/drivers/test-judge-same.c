// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which changes of a guest's XML make it another machine, and which do not.
#include "domain-definition.h"
#include "mortise-test.h"
#include "qemu-migration-judge.h"

#define DISK \
    "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a'/>" \
    "<target dev='vda' bus='virtio'/><serial>one</serial><address type='pci' slot='0x04'/></disk>"
#define INTERFACE \
    "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><address type='pci' slot='0x05'/>" \
    "</interface>"
#define CPU \
    "<cpu mode='custom'><model>qemu64</model><feature policy='require' name='invtsc'/>" \
    "<feature policy='disable' name='svm'/></cpu>"
#define XML \
    "<domain type='kvm'><name>a</name><uuid>00000000-0000-4000-8000-000000000001</uuid><memory unit='MiB'>64</memory>" \
    "<vcpu current='1'>2</vcpu><os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>" \
    "<features><acpi/></features>" CPU "<clock offset='utc'><timer name='tsc' frequency='2000000000'/></clock>" \
    "<devices>" DISK INTERFACE "<serial type='file'><source path='/log'/></serial>" \
    "<rng model='virtio'><backend model='random'>" \
    "/dev/urandom</backend></rng><video><model type='vga'/></video><memballoon model='virtio'><address type='pci' " \
    "slot='0x03'/></memballoon></devices></domain>"

/* What differs when `before` of the XML is `after`. */
static const char *
difference(const char *before, const char *after)
{
    g_autoptr(GString) text = g_string_new(XML);
    g_autoptr(DomainDefinition) one = domain_definition_parse(XML, -1, NULL);
    g_autoptr(DomainDefinition) other = NULL;

    CHECK_INT(g_string_replace(text, before, after, 1), 1);
    other = domain_definition_parse(text->str, -1, NULL);
    CHECK(one != NULL && other != NULL);
    if (!one || !other) {
        return "nothing that can be read";
    }
    CHECK_INT(domain_findings_count(one->findings), 0);
    return qemu_judge_difference(one, other);
}

static void
test_other_machines(void)
{
    static const struct {
        const char *before;
        const char *after;
        const char *what;
    } cases[] = {
        {"000000000001", "000000000002", "its UUID"},
        {"type='kvm'", "type='qemu'", "its type"},
        {"x86_64", "i686", "its architecture"},
        {"pc-i440fx-7.2", "pc-i440fx-7.1", "its machine type"},
        {">64<", ">65<", "its memory"},
        {"<acpi/>", "", "ACPI or APIC"},
        {"<acpi/>", "<acpi/><apic/>", "ACPI or APIC"},
        {"current='1'>2", "current='1'>3", "its number of vCPUs"},
        {"current='1'", "current='2'", "its number of vCPUs that are plugged"},
        {"qemu64", "qemu32", "its CPU model"},
        {"<feature policy='require' name='invtsc'/>", "", "what its CPU can do"},
        {"'require'", "'disable'", "what its CPU can do"},
        {"'disable'", "'require'", "what its CPU can do"},
        {"'vda'", "'vdb'", "kind, target, serial number or address of a disk"},
        {">one<", ">two<", "kind, target, serial number or address of a disk"},
        {"slot='0x04'", "slot='0x07'", "kind, target, serial number or address of a disk"},
        {DISK, "", "its number of disks"},
        {"00:01'", "00:02'", "model, MAC, queues or address of an interface"},
        {"<mac address='52:54:00:00:00:01'/><model type='virtio'/>", "<mac address='52:54:00:00:00:01'/>"
         "<model type='e1000'/>", "model, MAC, queues or address of an interface"},
        {"slot='0x05'", "slot='0x07'", "model, MAC, queues or address of an interface"},
        {INTERFACE, "", "its number of interfaces"},
        {"<serial type='file'><source path='/log'/></serial>", "", "its number of serial ports"},
        {"<rng model", "<rng model='virtio'><backend model='random'>/dev/random</backend></rng><rng model",
         "its number of random number generators"},
        {"'vga'", "'cirrus'", "its video device"},
        {"<memballoon model='virtio'><address type='pci' slot='0x03'/></memballoon>", "<memballoon model='none'/>",
         "its memory balloon"},
        {"slot='0x03'", "slot='0x07'", "its memory balloon"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        CHECK_TEXT(difference(cases[i].before, cases[i].after), cases[i].what);
    }
}

static void
test_same_machine(void)
{
    static const char *const cases[][2] = {
        {"<name>a<", "<name>b<"},
        {"file='/a'", "file='/b'"},
        {"path='/log'", "path='/other'"},
        {"2000000000", "2500000000"},
        {"<address type='pci' slot='0x04'/>", ""},
        {CPU, ""},
        {"<feature policy='disable' name='svm'/>", ""},
        {"<memballoon model='virtio'><address type='pci' slot='0x03'/></memballoon>", ""},
        {"<video><model type='vga'/></video>", ""},
        {"/dev/urandom", "/dev/random"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        CHECK_TEXT(difference(cases[i][0], cases[i][1]), NULL);
    }
}

static const MortiseTest tests[] = {
    {"what the guest would see change", test_other_machines},
    {"what only the host sees", test_same_machine},
};

int
main(void)
{
    return mortise_test_main("judge-same", tests, G_N_ELEMENTS(tests));
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The check of a descriptor: a good one with one thing spoilt at a time, and what is said of it.
#include "descriptor.h"
#include "error.h"
#include "mortise-test.h"

#include <string.h>

/* A good module, of which every part may be changed. */
typedef struct {
    MortiseModuleDescriptor descriptor;
    MortiseDriverOperations operations;
    MortiseFilterOperations filter;
    MortiseLifecycle lifecycle;
    MortiseConfig config;
    MortiseVcpuInterface vcpu;
    MortiseStats stats;
    MortiseConsole console;
    MortiseNetworkInterface network;
    MortiseInterface other;
    MortiseParameter parameter;
    MortiseParameter parameter_again;
    const char *schemes[4];
    const char *domain_types[4];
    const char *programs[4];
    const MortiseParameter *parameters[4];
    const MortiseInterface *interfaces[8];
} Subject;

/* Any function will do: none is called. */
static void
function(void)
{
}

#define SET(slot) (slot) = (__typeof__(slot)) (void *) function

static void
subject_set_functions(Subject *self)
{
    SET(self->operations.startup);
    SET(self->operations.probe);
    SET(self->operations.open);
    SET(self->operations.close);
    SET(self->operations.capabilities);
    SET(self->operations.host_information);
    SET(self->operations.domain_open);
    SET(self->operations.domain_close);
    SET(self->filter.startup);
    SET(self->filter.before);
    SET(self->lifecycle.start);
    SET(self->lifecycle.stop);
    SET(self->config.check);
    SET(self->vcpu.report);
    SET(self->stats.collect);
    SET(self->console.open);
}

static void
subject_set_interfaces(Subject *self)
{
    self->lifecycle.head = (MortiseInterface) {sizeof self->lifecycle, 1, MORTISE_LIFECYCLE_ID};
    self->config.head = (MortiseInterface) {sizeof self->config, 1, MORTISE_CONFIG_ID};
    self->vcpu.head = (MortiseInterface) {sizeof self->vcpu, 1, MORTISE_VCPU_ID};
    self->stats.head = (MortiseInterface) {sizeof self->stats, 1, MORTISE_STATS_ID};
    self->console.head = (MortiseInterface) {sizeof self->console, 1, MORTISE_CONSOLE_ID};
    self->other = (MortiseInterface) {sizeof self->other, 7, "com.example.tape"};
    const MortiseInterface *list[] = {&self->lifecycle.head, &self->config.head, &self->vcpu.head,
                                      &self->stats.head,     &self->console.head, &self->other};
    memcpy(self->interfaces, list, sizeof list);
}

static void
subject_make(Subject *self)
{
    memset(self, 0, sizeof *self);
    self->descriptor = (MortiseModuleDescriptor) {
        MORTISE_DESCRIPTOR_HEAD, MORTISE_KIND_DRIVER, MORTISE_THREADS_PARALLEL, MORTISE_DRIVER_USES_STORE,
        "subject", "1.0", "MIT", "Somebody", "For a test", "subject",
        self->schemes, self->domain_types, self->programs, self->parameters, self->interfaces, &self->operations,
    };
    self->operations.struct_size = sizeof self->operations;
    self->filter.struct_size = sizeof self->filter;
    self->schemes[0] = "one";
    self->schemes[1] = "two";
    self->domain_types[0] = "one";
    self->programs[0] = "ls";
    self->parameter = (MortiseParameter) {sizeof self->parameter, MORTISE_VALUE_TEXT, "speed", NULL, "How fast."};
    self->parameter_again = self->parameter;
    self->parameters[0] = &self->parameter;
    subject_set_interfaces(self);
    subject_set_functions(self);
}

static gboolean
subject_check(const Subject *self, MortiseCheckedDescriptor *checked, char **message)
{
    g_autoptr(GError) error = NULL;
    gboolean good =
        mortise_descriptor_check(&self->descriptor, sizeof self->descriptor, "subject.so", checked, &error);
    CHECK_INT(good, error == NULL);
    if (error != NULL) {
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_ABI_MISMATCH));
        CHECK_TEXT(mortise_error_get_object(error), "subject.so");
        *message = g_strdup(mortise_error_get_summary(error));
    }
    return good;
}

static void
check_good(const Subject *self)
{
    MortiseCheckedDescriptor checked;
    g_autofree char *message = NULL;
    CHECK(subject_check(self, &checked, &message));
    CHECK_TEXT(message, NULL);
}

static void
check_bad(const Subject *self, const char *why)
{
    MortiseCheckedDescriptor checked;
    g_autofree char *message = NULL;
    g_autofree char *expected = g_strdup_printf("subject.so cannot be used: %s", why);
    CHECK(!subject_check(self, &checked, &message));
    CHECK_TEXT(message, expected);
}

/* Makes a good subject, spoils it, and checks what is said; "" when nothing is to be said. */
#define SPOILT(spoil, why) \
    do { \
        Subject subject; \
        subject_make(&subject); \
        spoil; \
        if ((why)[0] == '\0') { \
            check_good(&subject); \
        } else { \
            check_bad(&subject, why); \
        } \
    } while (0)

static void
test_good(void)
{
    Subject subject;
    MortiseCheckedDescriptor checked;
    g_autofree char *message = NULL;
    subject_make(&subject);
    CHECK(subject_check(&subject, &checked, &message));
    CHECK_TEXT(checked.descriptor.name, "subject");
    CHECK(checked.operations.probe == subject.operations.probe);
    CHECK(checked.operations.shutdown == NULL);
    CHECK(checked.filter.startup == NULL);
}

static void
test_head(void)
{
    SPOILT(subject.descriptor.magic = 0x12345678,
           "its descriptor begins with 0x12345678 and not with 0x4d4f5254: it is corrupt");
    SPOILT(subject.descriptor.abi_major = 2,
           "it is made for version 2.0 of the driver ABI, and this library speaks version 1");
    SPOILT(subject.descriptor.abi_major = 0,
           "it is made for version 0.0 of the driver ABI, and this library speaks version 1");
    SPOILT(subject.descriptor.abi_minor = 65535, "");
    SPOILT(subject.descriptor.struct_size = 0, "its descriptor has 0 bytes, fewer than the 120 of ABI 1.0");
    SPOILT(subject.descriptor.struct_size = 119, "its descriptor has 119 bytes, fewer than the 120 of ABI 1.0");
    SPOILT(subject.descriptor.struct_size = G_MAXUINT32, "");
    SPOILT(subject.descriptor.kind = 3, "its kind is 3, which there is not");
    SPOILT(subject.descriptor.thread_model = 4, "its thread model is 4, which there is not");
    SPOILT(subject.descriptor.thread_model = G_MAXUINT32, "its thread model is 4294967295, which there is not");
}

static void
test_flags(void)
{
    SPOILT(subject.descriptor.flags = 0, "its flags are 0; a driver has exactly one of 1 (uses the store) and 2 (owns "
                                         "its domains)");
    SPOILT(subject.descriptor.flags = 3, "its flags are 3; a driver has exactly one of 1 (uses the store) and 2 (owns "
                                         "its domains)");
    SPOILT(subject.descriptor.flags = 5, "its flags are 5; a driver has exactly one of 1 (uses the store) and 2 (owns "
                                         "its domains)");
    /* A flag that a later minor version has is not known here and does not matter. */
    SPOILT(subject.descriptor.flags = 5; subject.descriptor.abi_minor = 1, "");
}

static void
test_texts(void)
{
    g_autofree char *long_text = g_strnfill(MORTISE_NAME_LIMIT + 1, 'x');
    SPOILT(subject.descriptor.name = NULL, "its name is missing, or is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.descriptor.name = "Subject", "its name is missing, or is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.descriptor.name = "../x", "its name is missing, or is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.descriptor.name = long_text, "its name is missing, or is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.descriptor.version = NULL, "its version is missing");
    SPOILT(subject.descriptor.version = "", "its version is missing");
    SPOILT(subject.descriptor.version = long_text, "its version has more than 255 bytes");
    SPOILT(subject.descriptor.licence = NULL, "its licence is missing");
    SPOILT(subject.descriptor.vendor = NULL, "");
    SPOILT(subject.descriptor.vendor = "\xff\xfe", "its vendor is not UTF-8");
    SPOILT(subject.descriptor.summary = NULL, "");
    SPOILT(subject.descriptor.summary = "two\nlines", "its summary has a control character");
    SPOILT(subject.descriptor.package = NULL, "");
    SPOILT(subject.descriptor.package = "a\tb", "its package has a control character");
}

static void
test_lists(void)
{
    SPOILT(subject.descriptor.schemes = NULL, "its list of URI schemes is empty");
    SPOILT(subject.schemes[0] = NULL, "its list of URI schemes is empty");
    SPOILT(subject.schemes[1] = "Two", "item 2 of its list of URI schemes is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.schemes[1] = "one", "'one' comes twice in its list of URI schemes");
    SPOILT(subject.descriptor.domain_types = NULL, "its list of domain types is empty");
    SPOILT(subject.domain_types[0] = "", "item 1 of its list of domain types is not [a-z][a-z0-9-]{0,31}");
    SPOILT(subject.descriptor.programs = NULL, "");
    SPOILT(subject.programs[0] = "", "its program is missing");
    SPOILT(subject.descriptor.interfaces = NULL, "");
    SPOILT(subject.descriptor.parameters = NULL, "");
}

/* A list that nobody ended: the check stops at its limit. */
static void
test_endless_lists(void)
{
    const char *texts[70];
    const MortiseParameter *parameters[70];
    const MortiseInterface *interfaces[70];
    Subject other;
    subject_make(&other);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        texts[i] = "one";
        parameters[i] = &other.parameter;
        interfaces[i] = &other.other;
    }
    SPOILT(subject.descriptor.schemes = texts, "its list of URI schemes has more than 64 items, or no end");
    SPOILT(subject.descriptor.domain_types = texts, "its list of domain types has more than 64 items, or no end");
    SPOILT(subject.descriptor.programs = texts, "its list of programs has more than 64 items, or no end");
    SPOILT(subject.descriptor.parameters = parameters, "its list of parameters has more than 64 items, or no end");
    SPOILT(subject.descriptor.interfaces = interfaces, "its list of interfaces has more than 64 items, or no end");
}

static void
test_parameters(void)
{
    SPOILT(subject.parameter.struct_size = 31, "its parameter 1 has 31 bytes, fewer than the 32 of ABI 1.0");
    SPOILT(subject.parameter.struct_size = 1000, "");
    SPOILT(subject.parameter.type = 3, "its parameter 1 has the type 3, which there is not");
    SPOILT(subject.parameter.key = NULL, "its parameter's key is missing");
    SPOILT(subject.parameter.default_text = "\xff", "its parameter's default is not UTF-8");
    SPOILT(subject.parameter.help = NULL, "");
    SPOILT(subject.parameters[1] = &subject.parameter_again, "its parameter 'speed' comes twice");
}

static void
test_operations(void)
{
    SPOILT(subject.descriptor.operations = NULL, "it has no operations");
    SPOILT(subject.operations.struct_size = 79, "its operations have fewer than the 80 bytes of ABI 1.0");
    SPOILT(subject.operations.struct_size = 0, "its operations have fewer than the 80 bytes of ABI 1.0");
    SPOILT(subject.operations.struct_size = 80000, "");
    SPOILT(subject.operations.startup = NULL, "its operations lack the mandatory function 'startup'");
    SPOILT(subject.operations.probe = NULL, "its operations lack the mandatory function 'probe'");
    SPOILT(subject.operations.open = NULL, "its operations lack the mandatory function 'open'");
    SPOILT(subject.operations.close = NULL, "its operations lack the mandatory function 'close'");
    SPOILT(subject.operations.capabilities = NULL, "its operations lack the mandatory function 'capabilities'");
    SPOILT(subject.operations.host_information = NULL,
           "its operations lack the mandatory function 'host_information'");
    SPOILT(subject.operations.domain_open = NULL, "its operations lack the mandatory function 'domain_open'");
    SPOILT(subject.operations.domain_close = NULL, "its operations lack the mandatory function 'domain_close'");
}

static void
test_interfaces(void)
{
    SPOILT(subject.other.struct_size = 15, "its interface 6 says that it has 15 bytes, fewer than a head has");
    SPOILT(subject.other.id = NULL, "its interface 6 has no id, or one that is not [a-z][a-z0-9.-]*");
    SPOILT(subject.other.id = "Tape", "its interface 6 has no id, or one that is not [a-z][a-z0-9.-]*");
    SPOILT(subject.other.version = 0, "its interface 'com.example.tape' has version 0, which cannot be");
    SPOILT(subject.other.version = 65536, "its interface 'com.example.tape' has version 65536, which cannot be");
    SPOILT(subject.other.id = "stats"; subject.other.version = 1,
           "its interface 'stats' has 16 bytes, fewer than the 24 of ABI 1.0");
    SPOILT(subject.other.id = "device"; subject.other.version = 1,
           "its interface 'device' has 16 bytes, fewer than the 48 of ABI 1.0");
    SPOILT(subject.other.id = "memory"; subject.other.version = 1,
           "its interface 'memory' has 16 bytes, fewer than the 32 of ABI 1.0");
    SPOILT(subject.other.id = "tuning"; subject.other.version = 1,
           "its interface 'tuning' has 16 bytes, fewer than the 48 of ABI 1.0");
    SPOILT(subject.interfaces[5] = &subject.lifecycle.head, "its interface 'lifecycle' comes twice");
    SPOILT(subject.stats.head.version = 2, "");
    SPOILT(subject.lifecycle.head.struct_size = 71,
           "its interface 'lifecycle' has 71 bytes, fewer than the 72 of ABI 1.0");
    SPOILT(subject.config.head.struct_size = 55, "its interface 'config' has 55 bytes, fewer than the 56 of ABI 1.0");
    SPOILT(subject.vcpu.head.struct_size = 23, "its interface 'vcpu' has 23 bytes, fewer than the 24 of ABI 1.0");
    SPOILT(subject.stats.head.struct_size = 23, "its interface 'stats' has 23 bytes, fewer than the 24 of ABI 1.0");
    SPOILT(subject.console.head.struct_size = 23, "its interface 'console' has 23 bytes, fewer than the 24 of ABI 1.0");
    SPOILT(subject.lifecycle.start = NULL, "its interface 'lifecycle' lacks the mandatory function 'start'");
    SPOILT(subject.lifecycle.stop = NULL, "its interface 'lifecycle' lacks the mandatory function 'stop'");
    SPOILT(subject.config.check = NULL, "its interface 'config' lacks the mandatory function 'check'");
    SPOILT(subject.vcpu.report = NULL, "its interface 'vcpu' lacks the mandatory function 'report'");
    SPOILT(subject.stats.collect = NULL, "its interface 'stats' lacks the mandatory function 'collect'");
    SPOILT(subject.console.open = NULL, "its interface 'console' lacks the mandatory function 'open'");
    SPOILT(SET(subject.config.define),
           "its interface 'config' has the function 'define', which only a driver that owns its domains may have");
    SPOILT(SET(subject.config.create),
           "its interface 'config' has the function 'create', which only a driver that owns its domains may have");
    SPOILT(SET(subject.config.define); subject.descriptor.flags = MORTISE_DRIVER_OWNS_DOMAINS, "");
}

static void
make_other_kind(Subject *subject, guint32 kind)
{
    subject->descriptor.kind = kind;
    subject->descriptor.flags = 0;
    subject->descriptor.schemes = NULL;
    subject->descriptor.domain_types = NULL;
    subject->descriptor.operations = kind == MORTISE_KIND_FILTER ? &subject->filter : NULL;
}

#define SPOILT_KIND(kind, spoil, why) SPOILT(make_other_kind(&subject, kind); spoil, why)

static void
test_filters(void)
{
    SPOILT_KIND(MORTISE_KIND_FILTER, (void) 0, "");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.descriptor.flags = 1, "its flags are 1; only drivers have flags");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.descriptor.schemes = subject.schemes,
                "it has a list of URI schemes, which only drivers have");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.descriptor.operations = NULL, "it has no operations");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.filter.struct_size = 39,
                "its operations have fewer than the 40 bytes of ABI 1.0");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.filter.startup = NULL,
                "its operations lack the mandatory function 'startup'");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.filter.before = NULL, "it has neither 'before' nor 'after'");
    SPOILT_KIND(MORTISE_KIND_FILTER, subject.filter.before = NULL; SET(subject.filter.after), "");
}

/* All functions are there; none is ever called. */
static void
provide_network(Subject *self)
{
    memset(&self->network, 1, sizeof self->network);
    self->network.head = (MortiseInterface) {sizeof self->network, MORTISE_NETWORK_VERSION, MORTISE_NETWORK_ID};
    self->interfaces[0] = &self->network.head;
}

static void
test_providers(void)
{
    SPOILT_KIND(MORTISE_KIND_PROVIDER, provide_network(&subject), "");
    SPOILT_KIND(MORTISE_KIND_PROVIDER, provide_network(&subject); subject.network.open = NULL,
                "its interface 'network' lacks the mandatory function 'open'");
    SPOILT_KIND(MORTISE_KIND_PROVIDER, provide_network(&subject); subject.network.next_event = NULL,
                "its interface 'network' lacks the mandatory function 'next_event'");
    SPOILT_KIND(MORTISE_KIND_PROVIDER, provide_network(&subject); subject.network.head.struct_size = 128,
                "its interface 'network' has 128 bytes, fewer than the 136 of ABI 1.0");
    SPOILT_KIND(MORTISE_KIND_PROVIDER, (void) 0, "");
    SPOILT_KIND(MORTISE_KIND_PROVIDER, subject.interfaces[0] = NULL, "it is a provider and provides no interface");
}

/* The file says how large the symbol is, whatever the descriptor claims. */
static void
test_available(void)
{
    Subject subject;
    MortiseCheckedDescriptor checked;
    subject_make(&subject);
    for (gsize available = 0; available < sizeof subject.descriptor; available++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *part = g_memdup2(&subject.descriptor, available);   /* for a sanitizer to watch over */
        CHECK(!mortise_descriptor_check(part, available, "subject.so", &checked, &error));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, "its descriptor ");
    }
}

/* An older module is shorter than today's struct; a newer one is longer. */
static void
test_struct_copy(void)
{
    struct {
        guint32 struct_size;
        guint32 values[7];
    } source = {sizeof source, {1, 2, 3, 4, 5, 6, 7}}, target;
    memset(&target, 0xff, sizeof target);
    source.struct_size = 12;
    CHECK(mortise_struct_copy(&source, 12, &target, sizeof target));
    CHECK_INT(target.values[1], 2);
    CHECK_INT(target.values[2], 0);
    CHECK_INT(target.values[6], 0);
    source.struct_size = 1000;
    CHECK(mortise_struct_copy(&source, 12, &target, sizeof target));
    CHECK_INT(target.values[6], 7);
    source.struct_size = 11;
    CHECK(!mortise_struct_copy(&source, 12, &target, sizeof target));
    CHECK_INT(target.values[0], 0);
}

static void
test_find_interface(void)
{
    Subject subject;
    MortiseCheckedDescriptor checked;
    g_autofree char *message = NULL;
    subject_make(&subject);
    CHECK(subject_check(&subject, &checked, &message));
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "vcpu", 1) == &subject.vcpu.head);
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "vcpu", 2) == NULL);
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "com.example.tape", 1) == &subject.other);
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "nothing", 1) == NULL);
    subject.other.id = "vcpu";
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "vcpu", 1) == &subject.vcpu.head);
    CHECK(mortise_descriptor_find_interface(&checked.descriptor, "vcpu", 2) == &subject.other);
}

static const MortiseTest tests[] = {
    {"a good driver", test_good},
    {"the head", test_head},
    {"flags", test_flags},
    {"texts", test_texts},
    {"lists", test_lists},
    {"lists without an end", test_endless_lists},
    {"parameters", test_parameters},
    {"operations of a driver", test_operations},
    {"interfaces", test_interfaces},
    {"filters", test_filters},
    {"providers", test_providers},
    {"a symbol that is too small", test_available},
    {"shorter and longer structs", test_struct_copy},
    {"finding an interface", test_find_interface},
};

MORTISE_TEST_MAIN("descriptor", tests)

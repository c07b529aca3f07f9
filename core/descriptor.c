// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks what a module exports before any of its code is called, and copies it in today's size.
#include "descriptor.h"

#include "descriptor-interfaces.h"
#include "error.h"
#include "limits.h"
#include "names.h"

#include <string.h>

/* All functions below return NULL when all is well, else a sentence about the module that begins with "its" or "it". */

gboolean
mortise_struct_copy(const void *source, gsize least, void *target, gsize size)
{
    guint32 said = 0;
    memcpy(&said, source, sizeof said);
    memset(target, 0, size);
    if (said < least) {
        return FALSE;
    }
    memcpy(target, source, MIN(said, size));
    return TRUE;
}

/* A text that a person reads: `what` is its name; `mandatory` ones have at least one byte. */
static char *
check_text(const char *text, const char *what, gsize limit, gboolean mandatory)
{
    if (text == NULL || text[0] == '\0') {
        return mandatory ? g_strdup_printf("its %s is missing", what) : NULL;
    }
    gsize length = strnlen(text, limit + 1);
    if (length > limit) {
        return g_strdup_printf("its %s has more than %" G_GSIZE_FORMAT " bytes", what, limit);
    }
    if (!g_utf8_validate_len(text, length, NULL)) {
        return g_strdup_printf("its %s is not UTF-8", what);
    }
    for (gsize i = 0; i < length; i++) {
        if (g_ascii_iscntrl(text[i])) {
            return g_strdup_printf("its %s has a control character", what);
        }
    }
    return NULL;
}

static char *
check_list_length(const void *const *list, const char *what)
{
    guint length = 0;
    while (length <= MORTISE_LIMIT_LIST_ITEMS && list[length] != NULL) {
        length++;
    }
    return length > MORTISE_LIMIT_LIST_ITEMS
               ? g_strdup_printf("its list of %s has more than %d items, or no end", what, MORTISE_LIMIT_LIST_ITEMS)
               : NULL;
}

static char *
check_items(const char *const *list, const char *what)
{
    char *problem = check_list_length((const void *const *) list, what);
    if (problem != NULL) {
        return problem;
    }
    for (guint i = 0; list[i] != NULL; i++) {
        if (!mortise_name_is_valid(list[i])) {
            return g_strdup_printf("item %u of its list of %s is not [a-z][a-z0-9-]{0,31}", i + 1, what);
        }
        for (guint j = 0; j < i; j++) {
            if (g_str_equal(list[i], list[j])) {
                return g_strdup_printf("'%s' comes twice in its list of %s", list[i], what);
            }
        }
    }
    return NULL;
}

static char *
check_names(const char *const *list, const char *what, gboolean wanted)
{
    if (wanted != (list[0] != NULL)) {
        return wanted ? g_strdup_printf("its list of %s is empty", what)
                      : g_strdup_printf("it has a list of %s, which only drivers have", what);
    }
    return check_items(list, what);
}

static char *
check_programs(const char *const *list)
{
    char *problem = check_list_length((const void *const *) list, "programs");
    for (guint i = 0; problem == NULL && list[i] != NULL; i++) {
        problem = check_text(list[i], "program", MORTISE_NAME_LIMIT, TRUE);
    }
    return problem;
}

static char *
check_parameter(const MortiseParameter *parameter, guint number)
{
    if (parameter->struct_size < MORTISE_SIZE_1_0_PARAMETER) {
        return g_strdup_printf("its parameter %u has %u bytes, fewer than the %" G_GSIZE_FORMAT " of ABI 1.0", number,
                               parameter->struct_size, MORTISE_SIZE_1_0_PARAMETER);
    }
    if (parameter->type > MORTISE_VALUE_LAST) {
        return g_strdup_printf("its parameter %u has the type %u, which there is not", number, parameter->type);
    }
    char *problem = check_text(parameter->key, "parameter's key", MORTISE_NAME_LIMIT, TRUE);
    if (problem == NULL) {
        problem = check_text(parameter->default_text, "parameter's default", MORTISE_MESSAGE_LIMIT, FALSE);
    }
    return problem != NULL ? problem : check_text(parameter->help, "parameter's help", MORTISE_MESSAGE_LIMIT, FALSE);
}

static char *
check_parameters(const MortiseParameter *const *list)
{
    char *problem = check_list_length((const void *const *) list, "parameters");
    for (guint i = 0; problem == NULL && list[i] != NULL; i++) {
        problem = check_parameter(list[i], i + 1);
        for (guint j = 0; problem == NULL && j < i; j++) {
            if (g_str_equal(list[i]->key, list[j]->key)) {
                problem = g_strdup_printf("its parameter '%s' comes twice", list[i]->key);
            }
        }
    }
    return problem;
}

static char *
check_interfaces(const MortiseModuleDescriptor *descriptor)
{
    const MortiseInterface *const *list = descriptor->interfaces;
    char *problem = check_list_length((const void *const *) list, "interfaces");
    for (guint i = 0; problem == NULL && list[i] != NULL; i++) {
        problem = mortise_descriptor_check_interface(list[i], i + 1, descriptor->flags);
        for (guint j = 0; problem == NULL && j < i; j++) {
            if (g_str_equal(list[i]->id, list[j]->id) && list[i]->version == list[j]->version) {
                problem = g_strdup_printf("its interface '%s' comes twice", list[i]->id);
            }
        }
    }
    return problem;
}

static char *
check_driver(const MortiseModuleDescriptor *descriptor, MortiseDriverOperations *operations)
{
    if (descriptor->flags != MORTISE_DRIVER_USES_STORE && descriptor->flags != MORTISE_DRIVER_OWNS_DOMAINS) {
        return g_strdup_printf("its flags are %u; a driver has exactly one of 1 (uses the store) and 2 (owns its "
                               "domains)",
                               descriptor->flags);
    }
    if (descriptor->operations == NULL) {
        return g_strdup("it has no operations");
    }
    if (!mortise_struct_copy(descriptor->operations, MORTISE_SIZE_1_0_DRIVER_OPERATIONS, operations,
                             sizeof *operations)) {
        return g_strdup_printf("its operations have fewer than the %" G_GSIZE_FORMAT " bytes of ABI 1.0",
                               MORTISE_SIZE_1_0_DRIVER_OPERATIONS);
    }
    const struct {
        const char *name;
        gboolean present;
    } mandatory[] = {
        {"startup", operations->startup != NULL},
        {"probe", operations->probe != NULL},
        {"open", operations->open != NULL},
        {"close", operations->close != NULL},
        {"capabilities", operations->capabilities != NULL},
        {"host_information", operations->host_information != NULL},
        {"domain_open", operations->domain_open != NULL},
        {"domain_close", operations->domain_close != NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(mandatory); i++) {
        if (!mandatory[i].present) {
            return g_strdup_printf("its operations lack the mandatory function '%s'", mandatory[i].name);
        }
    }
    return NULL;
}

static char *
check_filter(const MortiseModuleDescriptor *descriptor, MortiseFilterOperations *filter)
{
    if (descriptor->operations == NULL) {
        return g_strdup("it has no operations");
    }
    if (!mortise_struct_copy(descriptor->operations, MORTISE_SIZE_1_0_FILTER_OPERATIONS, filter, sizeof *filter)) {
        return g_strdup_printf("its operations have fewer than the %" G_GSIZE_FORMAT " bytes of ABI 1.0",
                               MORTISE_SIZE_1_0_FILTER_OPERATIONS);
    }
    if (filter->startup == NULL) {
        return g_strdup("its operations lack the mandatory function 'startup'");
    }
    return filter->before == NULL && filter->after == NULL ? g_strdup("it has neither 'before' nor 'after'") : NULL;
}

static char *
check_kind(MortiseCheckedDescriptor *checked)
{
    const MortiseModuleDescriptor *descriptor = &checked->descriptor;
    if (descriptor->kind == MORTISE_KIND_DRIVER) {
        return check_driver(descriptor, &checked->operations);
    }
    if (descriptor->flags != 0) {
        return g_strdup_printf("its flags are %u; only drivers have flags", descriptor->flags);
    }
    if (descriptor->kind == MORTISE_KIND_FILTER) {
        return check_filter(descriptor, &checked->filter);
    }
    return descriptor->interfaces[0] == NULL ? g_strdup("it is a provider and provides no interface") : NULL;
}

static char *
check_texts(const MortiseModuleDescriptor *descriptor)
{
    char *problem = check_text(descriptor->version, "version", MORTISE_NAME_LIMIT, TRUE);
    if (problem == NULL) {
        problem = check_text(descriptor->licence, "licence", MORTISE_NAME_LIMIT, TRUE);
    }
    if (problem == NULL) {
        problem = check_text(descriptor->vendor, "vendor", MORTISE_NAME_LIMIT, FALSE);
    }
    if (problem == NULL) {
        problem = check_text(descriptor->summary, "summary", MORTISE_NAME_LIMIT, FALSE);
    }
    return problem != NULL ? problem : check_text(descriptor->package, "package", MORTISE_NAME_LIMIT, FALSE);
}

static char *
check_contents(MortiseCheckedDescriptor *checked)
{
    const MortiseModuleDescriptor *descriptor = &checked->descriptor;
    gboolean is_driver = descriptor->kind == MORTISE_KIND_DRIVER;
    if (!mortise_name_is_valid(descriptor->name)) {
        return g_strdup("its name is missing, or is not [a-z][a-z0-9-]{0,31}");
    }
    if (descriptor->kind > MORTISE_KIND_LAST) {
        return g_strdup_printf("its kind is %u, which there is not", descriptor->kind);
    }
    if (descriptor->thread_model > MORTISE_THREADS_LAST) {
        return g_strdup_printf("its thread model is %u, which there is not", descriptor->thread_model);
    }
    char *problem = check_texts(descriptor);
    problem = problem != NULL ? problem : check_names(descriptor->schemes, "URI schemes", is_driver);
    problem = problem != NULL ? problem : check_names(descriptor->domain_types, "domain types", is_driver);
    problem = problem != NULL ? problem : check_programs(descriptor->programs);
    problem = problem != NULL ? problem : check_items(descriptor->companions, "companions");
    problem = problem != NULL ? problem : check_parameters(descriptor->parameters);
    problem = problem != NULL ? problem : check_interfaces(descriptor);
    return problem != NULL ? problem : check_kind(checked);
}

static void
fill_lists(MortiseModuleDescriptor *descriptor)
{
    static const void *const nothing[] = {NULL};
    const char *const *texts = (const char *const *) nothing;
    descriptor->schemes = descriptor->schemes != NULL ? descriptor->schemes : texts;
    descriptor->domain_types = descriptor->domain_types != NULL ? descriptor->domain_types : texts;
    descriptor->programs = descriptor->programs != NULL ? descriptor->programs : texts;
    descriptor->companions = descriptor->companions != NULL ? descriptor->companions : texts;
    if (descriptor->parameters == NULL) {
        descriptor->parameters = (const MortiseParameter *const *) nothing;
    }
    if (descriptor->interfaces == NULL) {
        descriptor->interfaces = (const MortiseInterface *const *) nothing;
    }
}

/* The head, which is the same in every major version. */
static char *
copy_head(const void *raw, gsize available, MortiseModuleDescriptor *descriptor)
{
    gsize head_size = MORTISE_SIZE_UP_TO(MortiseModuleDescriptor, abi_minor);
    memset(descriptor, 0, sizeof *descriptor);
    if (available < head_size) {
        return g_strdup_printf("its descriptor has only %" G_GSIZE_FORMAT " bytes", available);
    }
    memcpy(descriptor, raw, head_size);
    if (descriptor->magic != MORTISE_ABI_MAGIC) {
        return g_strdup_printf("its descriptor begins with %#x and not with %#x: it is corrupt", descriptor->magic,
                               MORTISE_ABI_MAGIC);
    }
    if (descriptor->abi_major != MORTISE_ABI_MAJOR) {
        return g_strdup_printf("it is made for version %u.%u of the driver ABI, and this library speaks version %d",
                               descriptor->abi_major, descriptor->abi_minor, MORTISE_ABI_MAJOR);
    }
    return NULL;
}

static char *
copy_descriptor(const void *raw, gsize available, MortiseModuleDescriptor *descriptor)
{
    char *problem = copy_head(raw, available, descriptor);
    if (problem != NULL) {
        return problem;
    }
    if (descriptor->struct_size < MORTISE_SIZE_1_0_DESCRIPTOR) {
        return g_strdup_printf("its descriptor has %u bytes, fewer than the %" G_GSIZE_FORMAT " of ABI 1.0",
                               descriptor->struct_size, MORTISE_SIZE_1_0_DESCRIPTOR);
    }
    gsize size = MIN(descriptor->struct_size, sizeof *descriptor);
    if (size > available) {
        return g_strdup_printf("its descriptor says that it has %u bytes and has only %" G_GSIZE_FORMAT,
                               descriptor->struct_size, available);
    }
    memcpy(descriptor, raw, size);
    if (descriptor->abi_minor > MORTISE_ABI_MINOR) {
        descriptor->flags &= MORTISE_DRIVER_FLAGS_ALL;   /* a later minor version may have more of them */
    }
    fill_lists(descriptor);
    return NULL;
}

gboolean
mortise_descriptor_check(const void *raw, gsize available, const char *where, MortiseCheckedDescriptor *checked,
                         GError **error)
{
    memset(checked, 0, sizeof *checked);
    g_autofree char *problem = copy_descriptor(raw, available, &checked->descriptor);
    gboolean other_version = checked->descriptor.magic == MORTISE_ABI_MAGIC &&
                             checked->descriptor.abi_major != MORTISE_ABI_MAJOR;
    if (problem == NULL) {
        problem = check_contents(checked);
    }
    if (problem != NULL) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_ABI_MISMATCH, where,
                          other_version ? "install the module's build for this version of Mortise"
                                        : "reinstall the module, or report this to its vendor",
                          "%s cannot be used: %s", where, problem);
        return FALSE;
    }
    return TRUE;
}

const MortiseInterface *
mortise_descriptor_find_interface(const MortiseModuleDescriptor *descriptor, const char *id, guint32 version)
{
    const MortiseInterface *best = NULL;
    for (const MortiseInterface *const *item = descriptor->interfaces; *item != NULL; item++) {
        gboolean fits = (*item)->version >= version && g_str_equal((*item)->id, id);
        if (fits && (best == NULL || (*item)->version < best->version)) {
            best = *item;
        }
    }
    return best;
}

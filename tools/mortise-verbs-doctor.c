// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb doctor: looks at this host for each driver, and says what to do.
#include "mortise-interrupt.h"
#include "mortise-options.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

#include <string.h>

/* What was found about one module. */
typedef struct {
    MortiseModule *module;
    GPtrArray *findings; /* of MortiseCheck; NULL when it was not probed */
    GError *error;       /* of the probe */
} Examination;

/* What was found about the URI. */
typedef struct {
    gboolean opened;
    GError *error;
    GPtrArray *modules; /* that serve it */
} Door;

static void
free_examination(gpointer data)
{
    Examination *self = data;
    g_object_unref(self->module);
    g_clear_pointer(&self->findings, g_ptr_array_unref);
    g_clear_error(&self->error);
    g_free(self);
}

static void
clear_door(Door *self)
{
    g_clear_error(&self->error);
    g_clear_pointer(&self->modules, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Door, clear_door)

static gboolean
is_available(MortiseModule *module)
{
    return mortise_module_get_state(module) == MORTISE_MODULE_STATE_AVAILABLE;
}

static Examination *
examine(Command *command, MortiseModule *module)
{
    Examination *self = g_new0(Examination, 1);
    self->module = g_object_ref(module);
    gboolean driver = mortise_module_get_kind(module) == MORTISE_MODULE_KIND_DRIVER;
    if (driver && is_available(module)) {
        self->findings = mortise_module_probe(module, command->cancellable, &self->error);
    }
    return self;
}

/* Whether a module can be used, as far as it said itself. */
static gboolean
is_fit(const Examination *self)
{
    if (!is_available(self->module) || self->error != NULL) {
        return FALSE;
    }
    for (guint i = 0; self->findings != NULL && i < self->findings->len; i++) {
        const MortiseCheck *finding = g_ptr_array_index(self->findings, i);
        if (finding->verdict == MORTISE_CHECK_BAD) {
            return FALSE;
        }
    }
    return TRUE;
}

/* The modules that are named, or all; NULL: reported, and command->status is set. */
static GPtrArray *
choose_modules(Command *command)
{
    MortiseRegistry *registry = mortise_registry_get_default();
    if (command->count == 0) {
        return mortise_registry_list_modules(registry);
    }
    GPtrArray *modules = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < command->count; i++) {
        MortiseModule *module = mortise_registry_lookup_module(registry, command->arguments[i]);
        if (module == NULL) {
            command->status = report_fault(command, MORTISE_ERROR_DRIVER_MISSING, "'mortise drivers' lists all",
                                           "there is no module '%s'", command->arguments[i]);
            g_ptr_array_unref(modules);
            return NULL;
        }
        g_ptr_array_add(modules, module);
    }
    return modules;
}

static void
try_door(Command *command, Door *door)
{
    command_catch_signals(command);
    command->connection = mortise_connection_open_full(NULL, command->uri, MORTISE_OPEN_NO_WAIT,
                                                       command->cancellable, &door->error);
    door->opened = command->connection != NULL;
    door->modules = door->opened ? mortise_connection_list_modules(command->connection) : NULL;
}

static gboolean
serves(const Door *door, const Examination *examination)
{
    const char *name = mortise_module_get_name(examination->module);
    for (guint i = 0; i < door->modules->len; i++) {
        if (g_strcmp0(mortise_module_get_name(g_ptr_array_index(door->modules, i)), name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A URI is usable when it opens and one of the modules behind it is fit. Named modules must all be fit. */
static gboolean
judge(const Door *door, GPtrArray *examinations)
{
    gboolean all = TRUE;
    gboolean any = FALSE;
    for (guint i = 0; i < examinations->len; i++) {
        const Examination *examination = g_ptr_array_index(examinations, i);
        all = all && is_fit(examination);
        any = any || (door != NULL && door->opened && is_fit(examination) && serves(door, examination));
    }
    return door != NULL ? any : all;
}

static void
add_error(JsonBuilder *builder, const GError *error)
{
    json_builder_set_member_name(builder, "error");
    if (error == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    json_builder_begin_object(builder);
    report_add_error(builder, error);
    json_builder_end_object(builder);
}

static void
add_findings(JsonBuilder *builder, const GPtrArray *findings)
{
    json_builder_set_member_name(builder, "findings");
    json_builder_begin_array(builder);
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const MortiseCheck *finding = g_ptr_array_index(findings, i);
        json_builder_begin_object(builder);
        json_add_text(builder, "id", finding->id);
        json_add_text(builder, "verdict", mortise_verdict_to_string(finding->verdict));
        json_add_text(builder, "object", finding->object);
        json_add_text(builder, "message", finding->message);
        json_add_text(builder, "hint", finding->hint);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
print_json(const Command *command, const Door *door, GPtrArray *examinations, gboolean usable)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "uri", door != NULL ? command->uri : NULL);
    json_add_flag(builder, "usable", usable);
    add_error(builder, door != NULL ? door->error : NULL);
    json_builder_set_member_name(builder, "modules");
    json_builder_begin_array(builder);
    for (guint i = 0; i < examinations->len; i++) {
        const Examination *examination = g_ptr_array_index(examinations, i);
        MortiseModule *module = examination->module;
        g_autofree char *reason = mortise_module_dup_reason(module);
        json_builder_begin_object(builder);
        json_add_text(builder, "name", mortise_module_get_name(module));
        json_add_text(builder, "kind", mortise_module_kind_to_string(mortise_module_get_kind(module)));
        json_add_text(builder, "state", mortise_module_state_to_string(mortise_module_get_state(module)));
        json_add_text(builder, "reason", reason);
        json_add_text(builder, "package", mortise_module_get_package(module));
        json_add_flag(builder, "fit", is_fit(examination));
        add_findings(builder, examination->findings);
        add_error(builder, examination->error);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(builder);
}

static void
print_finding(const MortiseCheck *finding)
{
    output_text(stdout, "  %-8s %s: %s\n", mortise_verdict_to_string(finding->verdict), finding->id,
                finding->message);
    if (finding->hint != NULL && finding->verdict != MORTISE_CHECK_GOOD) {
        output_text(stdout, "           hint: %s\n", finding->hint);
    }
}

static void
print_error(const GError *error)
{
    const char *hint = mortise_error_get_hint(error);
    output_text(stdout, "  %-8s %s: %s\n", "bad", mortise_error_get_reason(error),
                mortise_error_get_summary(error));
    if (hint != NULL) {
        output_text(stdout, "           hint: %s\n", hint);
    }
}

static void
print_examination(const Examination *self)
{
    MortiseModule *module = self->module;
    output_text(stdout, "%s %s: %s\n", mortise_module_kind_to_string(mortise_module_get_kind(module)),
                mortise_module_get_name(module), mortise_module_state_to_string(mortise_module_get_state(module)));
    if (self->error != NULL) {
        print_error(self->error);
    } else if (!is_available(module)) {
        g_autofree char *reason = mortise_module_dup_reason(module);
        const char *package = mortise_module_get_package(module);
        output_text(stdout, "  %s\n", reason != NULL ? reason : "no reason is known");
        if (package != NULL && (reason == NULL || strstr(reason, package) == NULL)) {
            output_text(stdout, "  package: %s\n", package);
        }
    }
    for (guint i = 0; self->findings != NULL && i < self->findings->len; i++) {
        print_finding(g_ptr_array_index(self->findings, i));
    }
}

static void
print_text(const Command *command, const Door *door, GPtrArray *examinations, gboolean usable)
{
    for (guint i = 0; i < examinations->len; i++) {
        print_examination(g_ptr_array_index(examinations, i));
    }
    if (door == NULL) {
        return;
    }
    output_text(stdout, "connection %s: %s\n", command->uri, usable ? "usable" : "not usable");
    if (door->error != NULL) {
        print_error(door->error);
    } else if (!usable) {
        output_text(stdout, "  it opens, but none of the modules behind it can run a guest: see above\n");
    }
}

static int
run_doctor(Command *command)
{
    command_catch_signals(command);
    g_autoptr(GPtrArray) modules = choose_modules(command);
    if (modules == NULL) {
        return command->status;
    }
    g_autoptr(GPtrArray) examinations = g_ptr_array_new_with_free_func(free_examination);
    for (guint i = 0; i < modules->len && !g_cancellable_is_cancelled(command->cancellable); i++) {
        g_ptr_array_add(examinations, examine(command, g_ptr_array_index(modules, i)));
    }
    g_auto(Door) door = {FALSE, NULL, NULL};
    gboolean named = command->count > 0;
    if (!named && !g_cancellable_is_cancelled(command->cancellable)) {
        try_door(command, &door);
    }
    if (g_cancellable_is_cancelled(command->cancellable)) {
        return 128 + interrupt_get_signal(command->interrupt);
    }
    const Door *asked = named ? NULL : &door;
    gboolean usable = judge(asked, examinations);
    if (command->json) {
        print_json(command, asked, examinations, usable);
    } else {
        print_text(command, asked, examinations, usable);
    }
    return usable ? COMMAND_DONE : COMMAND_NO_CONNECTION;
}

const Verb verbs_doctor[] = {
    {"doctor", GROUP_HOST, "[MODULE...]", "check this host for each driver, and say what to do",
     "Loads every driver, or those that are named, and lets it look. Exit code 0 when the URI can be used (it "
     "opens,\n"
     "and a driver behind it found nothing bad), or all modules that were named; else 4.",
     NULL, 0, NO_LIMIT, run_doctor},
    {NULL},
};

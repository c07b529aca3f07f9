// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs on modules, the connection and the host: drivers, uri, version, capabilities, nodeinfo.
#include "config.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

#include <string.h>

static void
add_module(JsonBuilder *builder, MortiseModule *module)
{
    g_autofree char *reason = mortise_module_dup_reason(module);
    json_builder_begin_object(builder);
    json_add_text(builder, "name", mortise_module_get_name(module));
    json_add_text(builder, "kind", mortise_module_kind_to_string(mortise_module_get_kind(module)));
    json_add_text(builder, "state", mortise_module_state_to_string(mortise_module_get_state(module)));
    json_add_text(builder, "reason", reason);
    json_add_texts(builder, "schemes", mortise_module_get_schemes(module));
    json_add_texts(builder, "domain_types", mortise_module_get_domain_types(module));
    json_add_texts(builder, "interfaces", mortise_module_get_interfaces(module));
    json_builder_end_object(builder);
}

static void
print_modules_json(GPtrArray *modules)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < modules->len; i++) {
        add_module(builder, g_ptr_array_index(modules, i));
    }
    json_builder_end_array(builder);
    output_json(builder);
}

static void
print_reason(MortiseModule *module)
{
    if (mortise_module_get_state(module) == MORTISE_MODULE_STATE_AVAILABLE) {
        return;
    }
    g_autofree char *reason = mortise_module_dup_reason(module);
    const char *package = mortise_module_get_package(module);
    output_text(stdout, "\n%s: %s\n", mortise_module_get_name(module),
                reason != NULL ? reason : "no reason is known");
    if (package != NULL && (reason == NULL || strstr(reason, package) == NULL)) {
        output_text(stdout, "  package: %s\n", package);
    }
}

static void
print_modules(GPtrArray *modules, gboolean quiet)
{
    g_autoptr(Table) table = table_new((const char *const[]){"Name", "Kind", "State", "Schemes", NULL});
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autofree char *schemes = g_strjoinv(" ", (char **) mortise_module_get_schemes(module));
        table_add_row(table, (const char *const[]){
                                 mortise_module_get_name(module),
                                 mortise_module_kind_to_string(mortise_module_get_kind(module)),
                                 mortise_module_state_to_string(mortise_module_get_state(module)),
                                 schemes,
                             });
    }
    table_print(table, quiet);
    for (guint i = 0; i < modules->len; i++) {
        print_reason(g_ptr_array_index(modules, i));
    }
}

static int
run_drivers(Command *command)
{
    MortiseRegistry *registry = mortise_registry_get_default();
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(registry);
    if (command->json) {
        print_modules_json(modules);
    } else {
        print_modules(modules, command->quiet);
    }
    return COMMAND_DONE;
}

static int
run_uri(Command *command)
{
    if (!command_connect(command)) {
        return command->status;
    }
    const char *uri = mortise_connection_get_uri(command->connection);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "uri", uri);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_text(stdout, "%s\n", uri);
    }
    return COMMAND_DONE;
}

/* The facts of the host; NULL: reported, and command->status is set. */
static MortiseHostInfo *
get_host_info(Command *command)
{
    if (!command_connect(command)) {
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    MortiseHostInfo *info = mortise_connection_get_host_info(command->connection, command->cancellable, &error);
    if (info == NULL) {
        command->status = report_error(command, error);
    }
    return info;
}

/* "7.2.0" of 7002000; "unknown" of 0. Free with g_free. */
static char *
version_text(guint64 version)
{
    if (version == 0) {
        return g_strdup("unknown");
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%u.%u", version / 1000000, (guint) (version / 1000 % 1000),
                           (guint) (version % 1000));
}

static int
run_version(Command *command)
{
    g_autoptr(MortiseHostInfo) info = get_host_info(command);
    if (info == NULL) {
        return command->status;
    }
    g_autofree char *version = version_text(info->hypervisor_version);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "compiled", MORTISE_VERSION);
        json_add_text(builder, "library", mortise_get_version());
        json_add_text(builder, "hypervisor", info->hypervisor);
        json_add_text(builder, "hypervisor_version", info->hypervisor_version != 0 ? version : NULL);
        json_builder_end_object(builder);
        output_json(builder);
        return COMMAND_DONE;
    }
    output_text(stdout, "Compiled against library: mortise %s\n", MORTISE_VERSION);
    output_text(stdout, "Using library: mortise %s\n", mortise_get_version());
    output_text(stdout, "Running hypervisor: %s %s\n", info->hypervisor, version);
    return COMMAND_DONE;
}

static int
run_capabilities(Command *command)
{
    if (!command_connect(command)) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = mortise_connection_get_capabilities(command->connection, command->cancellable, &error);
    if (xml == NULL) {
        return report_error(command, error);
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "xml", xml);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_document(xml);
    }
    return COMMAND_DONE;
}

static void
print_host_json(const MortiseHostInfo *info)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "hostname", info->hostname);
    json_add_text(builder, "model", info->model);
    json_add_number(builder, "cpus", info->cpus);
    json_add_known_number(builder, "mhz", info->mhz != 0 ? (gint64) info->mhz : -1);
    json_add_number(builder, "numa_nodes", info->numa_nodes);
    json_add_number(builder, "sockets", info->sockets);
    json_add_number(builder, "cores", info->cores);
    json_add_number(builder, "threads", info->threads);
    json_add_unsigned(builder, "memory_kib", info->memory_kib);
    json_builder_end_object(builder);
    output_json(builder);
}

static int
run_nodeinfo(Command *command)
{
    g_autoptr(MortiseHostInfo) info = get_host_info(command);
    if (info == NULL) {
        return command->status;
    }
    if (command->json) {
        print_host_json(info);
        return COMMAND_DONE;
    }
    output_text(stdout, "CPU model:           %s\n", info->model);
    output_text(stdout, "CPU(s):              %u\n", info->cpus);
    if (info->mhz != 0) {
        output_text(stdout, "CPU frequency:       %u MHz\n", info->mhz);
    }
    output_text(stdout, "CPU socket(s):       %u\n", info->sockets);
    output_text(stdout, "Core(s) per socket:  %u\n", info->cores);
    output_text(stdout, "Thread(s) per core:  %u\n", info->threads);
    output_text(stdout, "NUMA cell(s):        %u\n", info->numa_nodes);
    output_text(stdout, "Memory size:         %" G_GUINT64_FORMAT " KiB\n", info->memory_kib);
    return COMMAND_DONE;
}

const Verb verbs_host[] = {
    {"drivers", GROUP_HOST, "", "list the modules, their state, and what is missing",
     "Reads manifests only: no module is loaded and no connection is opened.", NULL, 0, 0, run_drivers},
    {"uri", GROUP_HOST, "", "print the URI of the connection", NULL, NULL, 0, 0, run_uri},
    {"version", GROUP_HOST, "", "print the versions of library and hypervisor", NULL, NULL, 0, 0, run_version},
    {"capabilities", GROUP_HOST, "", "print the capabilities document of the connection", NULL, NULL, 0, 0,
     run_capabilities},
    {"nodeinfo", GROUP_HOST, "", "print facts of the host", NULL, NULL, 0, 0, run_nodeinfo},
    {NULL},
};

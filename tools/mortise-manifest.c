// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// mortise-manifest: writes the manifest of a module from the module's own descriptor.
#include "config.h"
#include "mortise-manifest-module.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
word_of(const char *const *words, gsize count, guint32 number)
{
    return number < count ? words[number] : "";
}

static void
set_text(JsonObject *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        json_object_set_string_member(object, key, text);
    }
}

static void
set_list(JsonObject *object, const char *key, const char *const *list)
{
    JsonArray *array = json_array_new();
    for (; list != NULL && *list != NULL; list++) {
        json_array_add_string_element(array, *list);
    }
    json_object_set_array_member(object, key, array);
}

static void
set_interfaces(JsonObject *object, const MortiseModuleDescriptor *descriptor)
{
    JsonArray *array = json_array_new();
    const MortiseInterface *const *item = descriptor->interfaces;
    for (; item != NULL && *item != NULL; item++) {
        g_autofree char *text = g_strdup_printf("%s/%u", (*item)->id, (*item)->version);
        json_array_add_string_element(array, text);
    }
    json_object_set_array_member(object, "interfaces", array);
}

static void
set_parameters(JsonObject *object, const MortiseModuleDescriptor *descriptor)
{
    static const char *const types[] = {"unsigned", "signed", "text"};
    JsonArray *array = json_array_new();
    const MortiseParameter *const *item = descriptor->parameters;
    for (; item != NULL && *item != NULL; item++) {
        JsonObject *parameter = json_object_new();
        set_text(parameter, "key", (*item)->key);
        set_text(parameter, "type", word_of(types, G_N_ELEMENTS(types), (*item)->type));
        if ((*item)->default_text != NULL) {
            json_object_set_string_member(parameter, "default", (*item)->default_text);
        }
        set_text(parameter, "help", (*item)->help);
        json_array_add_object_element(array, parameter);
    }
    json_object_set_array_member(object, "parameters", array);
}

/* What only a driver says. */
static void
set_driver(JsonObject *object, const MortiseModuleDescriptor *descriptor)
{
    static const char *const states[] = {"", "store", "own"};
    set_list(object, "schemes", descriptor->schemes);
    set_list(object, "domain_types", descriptor->domain_types);
    set_text(object, "state", word_of(states, G_N_ELEMENTS(states), descriptor->flags));
    // Appended to the descriptor: older modules end before it.
    if (descriptor->struct_size >= offsetof(MortiseModuleDescriptor, companions) + sizeof descriptor->companions &&
        descriptor->companions != NULL && descriptor->companions[0] != NULL) {
        set_list(object, "companions", descriptor->companions);
    }
}

static JsonNode *
make_manifest(const ManifestModule *module)
{
    static const char *const kinds[] = {"driver", "filter", "provider"};
    static const char *const thread_models[] = {"serial-all", "serial-per-connection", "serial-per-domain", "parallel"};
    const MortiseModuleDescriptor *descriptor = module->descriptor;
    JsonObject *object = json_object_new();
    g_autofree char *abi = g_strdup_printf("%u.%u", descriptor->abi_major, descriptor->abi_minor);
    json_object_set_int_member(object, "format", 1);
    set_text(object, "kind", word_of(kinds, G_N_ELEMENTS(kinds), descriptor->kind));
    set_text(object, "name", descriptor->name);
    set_text(object, "module", module->file_name);
    set_text(object, "abi", abi);
    set_text(object, "version", descriptor->version);
    set_text(object, "vendor", descriptor->vendor);
    set_text(object, "licence", descriptor->licence);
    set_text(object, "summary", descriptor->summary);
    set_text(object, "package", descriptor->package);
    if (descriptor->kind == MORTISE_KIND_DRIVER) {
        set_driver(object, descriptor);
    }
    set_interfaces(object, descriptor);
    set_text(object, "thread_model", word_of(thread_models, G_N_ELEMENTS(thread_models), descriptor->thread_model));
    set_list(object, "libraries", (const char *const *) module->libraries);
    set_list(object, "programs", descriptor->programs);
    set_parameters(object, descriptor);
    return json_node_init_object(json_node_alloc(), object);
}

static char *
make_text(const ManifestModule *module)
{
    g_autoptr(JsonNode) root = make_manifest(module);
    json_object_unref(json_node_get_object(root));   /* the node has a reference of its own */
    g_autofree char *json = json_to_string(root, TRUE);
    return g_strconcat(json, "\n", NULL);
}

static gboolean
write_text(const char *output, const char *text, GError **error)
{
    if (output != NULL) {
        return g_file_set_contents(output, text, -1, error);
    }
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot write to the standard output");
        return FALSE;
    }
    return TRUE;
}

static gboolean
run(const char *path, const char *output, const char *name, GError **error)
{
    g_autoptr(ManifestModule) module = manifest_module_open(path, error);
    if (module == NULL) {
        return FALSE;
    }
    if (name != NULL) {
        g_free(module->file_name);
        module->file_name = g_strdup(name);
    }
    g_autofree char *text = make_text(module);
    return write_text(output, text, error);
}

int
main(int argc, char **argv)
{
    g_autofree char *output = NULL;
    g_autofree char *name = NULL;
    gboolean version = FALSE;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Write to FILE and not to the standard output", "FILE"},
        {"module", 'm', 0, G_OPTION_ARG_STRING, &name, "File name or path to write for the module", "NAME"},
        {"version", 'V', 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("MODULE");
    g_option_context_set_summary(context, "Writes the manifest of a module from the module's own descriptor.\n"
                                          "The module is loaded for that, and none of its functions is called.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        g_printerr("mortise-manifest: %s; see mortise-manifest --help\n", error->message);
        return 2;
    }
    if (version) {
        g_print("mortise-manifest %s\n", MORTISE_VERSION);
        return 0;
    }
    if (argc != 2) {
        g_printerr("mortise-manifest: name one module file; see mortise-manifest --help\n");
        return 2;
    }
    if (!run(argv[1], output, name, &error)) {
        g_printerr("mortise-manifest: %s\n", error->message);
        return 1;
    }
    return 0;
}

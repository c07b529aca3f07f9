// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding verbs in the table, and what many of them say at their end.
#include "mortise-verbs.h"

#include "mortise-output.h"

static const Verb *const lists[] = {
    verbs_host,    verbs_tsc,    verbs_doctor, verbs_list,      verbs_show,    verbs_stats, verbs_vcpus,
    verbs_devices, verbs_attach, verbs_detach, verbs_define,    verbs_start,   verbs_lifecycle, verbs_tuning,
    verbs_migrate, verbs_steer,
    verbs_describe, verbs_console, verbs_enter, verbs_event,    verbs_wait,    verbs_help,
};

void
verbs_each(void (*function)(const Verb *verb, gpointer data), gpointer data)
{
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const Verb *verb = lists[i]; verb->name != NULL; verb++) {
            function(verb, data);
        }
    }
}

const Verb *
verbs_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const Verb *verb = lists[i]; verb->name != NULL; verb++) {
            if (g_str_equal(verb->name, name)) {
                return verb;
            }
        }
    }
    return NULL;
}

static void
collect_name(const Verb *verb, gpointer data)
{
    g_ptr_array_add(data, (gpointer) verb->name);
}

const char **
verbs_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    verbs_each(collect_name, names);
    g_ptr_array_add(names, NULL);
    return (const char **) g_ptr_array_free(names, FALSE);
}

int
say_xml(Command *command, MortiseDomain *domain, const char *xml)
{
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "name", mortise_domain_get_name(domain));
        json_add_text(builder, "uuid", mortise_domain_get_uuid(domain));
        json_add_text(builder, "xml", xml);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_document(xml);
    }
    return COMMAND_DONE;
}

int
say_done(Command *command, MortiseDomain *domain, const char *result, const char *format, ...)
{
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", mortise_domain_get_name(domain));
        json_add_text(builder, "uuid", mortise_domain_get_uuid(domain));
        json_add_text(builder, "result", result);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (!command->quiet) {
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *sentence = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        output_text(stdout, "%s\n", sentence);
    }
    return COMMAND_DONE;
}

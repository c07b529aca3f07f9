// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb tsc-common: which hosts can run a guest of one TSC frequency, and which frequency the most can.
#include "mortise-migration.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

/* A domain's number is never that large. */
#define LEAST_HZ 1000000

typedef struct {
    guint64 frequency;
} Timer;

static void
start_element(GMarkupParseContext *context, const char *element, const char **names, const char **values,
              gpointer data, GError **error G_GNUC_UNUSED)
{
    Timer *timer = data;
    const GSList *stack = g_markup_parse_context_get_element_stack(context);
    const char *parent = stack->next != NULL ? stack->next->data : "";
    gboolean tsc = FALSE;
    guint64 frequency = 0;
    if (!g_str_equal(element, "timer") || !g_str_equal(parent, "clock")) {
        return;
    }
    for (guint i = 0; names[i] != NULL; i++) {
        tsc = tsc || (g_str_equal(names[i], "name") && g_str_equal(values[i], "tsc"));
        if (g_str_equal(names[i], "frequency")) {
            (void) g_ascii_string_to_unsigned(values[i], 10, 0, G_MAXINT64, &frequency, NULL);
        }
    }
    timer->frequency = tsc ? frequency : timer->frequency;
}

/* The TSC frequency that a domain asks for, in Hz; 0 when it asks for none. */
static guint64
frequency_of_xml(const char *xml)
{
    static const GMarkupParser parser = {.start_element = start_element};
    Timer timer = {0};
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, &timer, NULL);
    (void) g_markup_parse_context_parse(context, xml, -1, NULL);
    return timer.frequency;
}

/* FALSE: reported, and command->status is set. */
static gboolean
find_frequency(Command *command, guint64 *frequency)
{
    const char *word = command->arguments[0];
    g_autoptr(GError) error = NULL;
    gboolean number = g_ascii_string_to_unsigned(word, 10, 0, G_MAXINT64, frequency, NULL);
    if (number && (*frequency == 0 || *frequency >= LEAST_HZ)) {
        return command_connect(command);
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, word);
    if (domain == NULL) {
        return FALSE;
    }
    g_autofree char *xml = mortise_domain_get_xml(domain, MORTISE_XML_CURRENT, &error);
    if (xml == NULL) {
        command->status = report_error(command, error);
        return FALSE;
    }
    *frequency = frequency_of_xml(xml);
    return TRUE;
}

/* Names in place of numbers. */
static void
name_hosts(Command *command, JsonObject *root)
{
    JsonArray *hosts = json_object_get_array_member(root, "hosts");
    for (guint i = 0; hosts != NULL && i < json_array_get_length(hosts); i++) {
        JsonObject *host = json_array_get_object_element(hosts, i);
        JsonArray *excludes = json_object_get_array_member(host, "excludes");
        JsonArray *names = json_array_new();
        for (guint k = 0; excludes != NULL && k < json_array_get_length(excludes); k++) {
            gint64 other = json_array_get_int_element(excludes, k);
            if (other >= 0 && other < (gint64) command->count - 1) {
                json_array_add_string_element(names, command->arguments[other + 1]);
            }
        }
        json_object_set_array_member(host, "excludes", names);
        json_object_set_string_member(host, "host", command->arguments[i + 1]);
    }
}

static char *
range_text(JsonObject *object)
{
    JsonNode *node = json_object_get_member(object, "window_khz");
    if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node) || json_array_get_length(json_node_get_array(node)) != 2) {
        return g_strdup("");
    }
    JsonArray *range = json_node_get_array(node);
    return g_strdup_printf("%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, json_array_get_int_element(range, 0),
                           json_array_get_int_element(range, 1));
}

static char *
names_text(JsonArray *names)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(names); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", json_array_get_string_element(names, i));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
print_table(Command *command, JsonObject *root)
{
    static const char *const titles[] = {"Host", "Verdict", "kHz", "Scaling", "Window", "Excludes", NULL};
    JsonArray *hosts = json_object_get_array_member(root, "hosts");
    g_autoptr(Table) table = table_new(titles);
    for (guint i = 0; i < json_array_get_length(hosts); i++) {
        JsonObject *host = json_array_get_object_element(hosts, i);
        g_autofree char *window = range_text(host);
        g_autofree char *excludes = names_text(json_object_get_array_member(host, "excludes"));
        g_autofree char *khz = json_object_has_member(host, "khz")
                                   ? g_strdup_printf("%" G_GINT64_FORMAT, json_object_get_int_member(host, "khz"))
                                   : g_strdup("");
        const char *const cells[] = {
            json_object_get_string_member(host, "host"),    json_object_get_string_member(host, "verdict"), khz,
            json_object_get_string_member(host, "scaling"), window,                                         excludes,
        };
        table_add_row(table, cells);
    }
    if (json_object_get_null_member(root, "frequency_khz")) {
        output_text(stdout, "No frequency can be told: nothing is known of any host's TSC\n");
    } else {
        g_autofree char *window = range_text(root);
        output_text(stdout, "Frequency: %" G_GINT64_FORMAT " kHz%s%s%s\n",
                    json_object_get_int_member(root, "frequency_khz"), window[0] != '\0' ? " (window " : "", window,
                    window[0] != '\0' ? ")" : "");
    }
    table_print(table, command->quiet);
}

/* All, some or none of the hosts can run it. */
static int
code_of(JsonObject *root)
{
    JsonArray *hosts = json_object_get_array_member(root, "hosts");
    guint good = 0;
    guint count = json_array_get_length(hosts);
    for (guint i = 0; i < count; i++) {
        JsonObject *host = json_array_get_object_element(hosts, i);
        good += g_str_equal(json_object_get_string_member(host, "verdict"), "compatible") ? 1 : 0;
    }
    return good == count ? COMMAND_DONE : good > 0 ? COMMAND_PARTLY : COMMAND_FAILED;
}

static int
print_result(Command *command, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(text, &error);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        return report_fault(command, MORTISE_ERROR_DRIVER_MISBEHAVED, NULL, "the driver's answer is no JSON object");
    }
    JsonObject *root = json_node_get_object(node);
    name_hosts(command, root);
    if (command->json) {
        g_autofree char *printed = json_to_string(node, TRUE);
        output_document(printed);
    } else {
        print_table(command, root);
    }
    return code_of(root);
}

/* The driver knows the hosts by their numbers only; asked for each alone, it says which one it cannot read. */
static int
report_host(Command *command, const GPtrArray *documents, const GError *error)
{
    for (guint i = 0; i + 1 < documents->len; i++) {
        const char *alone[] = {documents->pdata[i], NULL};
        g_autoptr(GError) problem = NULL;
        g_autofree char *result =
            mortise_connection_find_common_tsc(command->connection, 0, alone, command->cancellable, &problem);
        if (result == NULL && problem->code == error->code) {
            return report_error_of(command, command->arguments[i + 1], problem);
        }
    }
    return report_error(command, error);
}

static int
run_tsc_common(Command *command)
{
    guint64 frequency = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func(g_free);
    if (!find_frequency(command, &frequency)) {
        return command->status;
    }
    for (guint i = 1; i < command->count; i++) {
        char *text = host_read_capabilities(command, command->arguments[i], &error);
        if (text == NULL) {
            return report_error_of(command, command->arguments[i], error);
        }
        g_ptr_array_add(documents, text);
    }
    g_ptr_array_add(documents, NULL);
    g_autofree char *result = mortise_connection_find_common_tsc(
        command->connection, frequency, (const char *const *) documents->pdata, command->cancellable, &error);
    return result != NULL ? print_result(command, result) : report_host(command, documents, error);
}

const Verb verbs_tsc[] = {
    {"tsc-common", GROUP_HOST, "DOMAIN|HZ HOST...", "tell which hosts can run a guest of one TSC frequency",
     "HOST is the URI of a connection, or a file with the capabilities of a host. With HZ 0, or a DOMAIN that asks for "
     "no frequency, one is looked for that the most hosts share. The exit code is 0 when all can run it, 6 when some "
     "can, 1 when none is known to.",
     NULL, 2, NO_LIMIT, run_tsc_common},
    {NULL},
};

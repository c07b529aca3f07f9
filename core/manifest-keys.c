// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of a manifest: how the value of each is read, and what to write there.
#include "manifest-keys.h"

#include "limits.h"
#include "names.h"

#include <mortise/driver/driver.h>
#include <string.h>

#define PRIORITY_LIMIT 1000

const char *const mortise_manifest_kind_words[] = {"driver", "filter", "provider", NULL};
const char *const mortise_manifest_thread_words[] = {"serial-all", "serial-per-connection", "serial-per-domain",
                                                     "parallel", NULL};
const char *const mortise_manifest_state_words[] = {"", "store", "own", NULL};

G_GNUC_PRINTF(2, 3)
static gboolean
refuse(char **problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *problem = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return FALSE;
}

/* A text of the node, borrowed: not empty, one line, not too long. */
static gboolean
get_line(JsonNode *node, const char **text, char **problem)
{
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING) {
        return refuse(problem, "it is not a text");
    }
    const char *found = json_node_get_string(node);
    if (found == NULL || *found == '\0') {
        return refuse(problem, "it is empty");
    }
    if (strlen(found) > MORTISE_NAME_LIMIT) {
        return refuse(problem, "it has more than %u bytes", MORTISE_NAME_LIMIT);
    }
    for (const char *c = found; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c)) {
            return refuse(problem, "it has a control character");
        }
    }
    *text = found;
    return TRUE;
}

static gboolean
get_integer(JsonNode *node, gint64 least, gint64 most, gint64 *number, char **problem)
{
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64) {
        return refuse(problem, "it is not a whole number");
    }
    *number = json_node_get_int(node);
    if (*number < least || *number > most) {
        return refuse(problem, "%" G_GINT64_FORMAT " is out of range", *number);
    }
    return TRUE;
}

static gboolean
read_line(JsonNode *node, gpointer field, char **problem)
{
    const char *text = "";
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    *(char **) field = g_strdup(text);
    return TRUE;
}

static gboolean
read_package(JsonNode *node, gpointer field, char **problem)
{
    const char *text = "";
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    if (!g_ascii_isalnum(*text) || strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+.:_/@-") != strlen(text)) {
        return refuse(problem, "'%s' is not the name of a package", text);
    }
    *(char **) field = g_strdup(text);
    return TRUE;
}

static gboolean
is_path_or_bare(const char *text)
{
    if (text[0] != '/') {
        return text[0] != '.' && strchr(text, '/') == NULL;
    }
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    return !g_strv_contains((const char *const *) parts, "..") && !g_str_has_suffix(text, "/");
}

static gboolean
read_module(JsonNode *node, gpointer field, char **problem)
{
    const char *text = "";
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    if (!is_path_or_bare(text)) {
        return refuse(problem, "'%s' is neither a bare file name nor an absolute path without '..'", text);
    }
    if (g_str_has_suffix(text, ".la")) {
        return refuse(problem, "'%s' is a libtool script and not a shared object", text);
    }
    *(char **) field = g_strdup(text);
    return TRUE;
}

static gboolean
read_number_part(const char *text, guint64 *number)
{
    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, number, NULL);
}

static gboolean
read_abi(JsonNode *node, gpointer field, char **problem)
{
    const char *text = "";
    guint64 major = 0;
    guint64 minor = 0;
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    g_auto(GStrv) parts = g_strsplit(text, ".", -1);
    if (g_strv_length(parts) != 2 || !read_number_part(parts[0], &major) || !read_number_part(parts[1], &minor)) {
        return refuse(problem, "'%s' is not a version of the driver ABI", text);
    }
    *(guint32 *) field = (guint32) (major << 16 | minor);
    return TRUE;
}

static gboolean
read_one_of(JsonNode *node, const char *const *words, guint32 *number, char **problem)
{
    const char *text = "";
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    for (guint32 i = 0; words[i] != NULL; i++) {
        if (g_str_equal(words[i], text)) {
            *number = i;
            return TRUE;
        }
    }
    return refuse(problem, "'%s' is not a word for it", text);
}

static gboolean
read_kind(JsonNode *node, gpointer field, char **problem)
{
    guint32 number = 0;
    gboolean good = read_one_of(node, mortise_manifest_kind_words, &number, problem);
    *(MortiseModuleKind *) field = (MortiseModuleKind) number;
    return good;
}

static gboolean
read_thread_model(JsonNode *node, gpointer field, char **problem)
{
    return read_one_of(node, mortise_manifest_thread_words, field, problem);
}

static gboolean
read_state(JsonNode *node, gpointer field, char **problem)
{
    return read_one_of(node, mortise_manifest_state_words, field, problem);
}

static gboolean
read_isolation(JsonNode *node, gpointer field, char **problem)
{
    const char *text = "";
    if (!get_line(node, &text, problem)) {
        return FALSE;
    }
    /* To load a module into this process that somebody wanted kept apart from it would be worse than not to load it. */
    if (!g_str_equal(text, "none")) {
        return refuse(problem, "'%s' is not offered by this version", text);
    }
    *(char **) field = g_strdup(text);
    return TRUE;
}

static gboolean
read_enabled(JsonNode *node, gpointer field, char **problem)
{
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN) {
        return refuse(problem, "it is neither true nor false");
    }
    *(gboolean *) field = json_node_get_boolean(node);
    return TRUE;
}

static gboolean
read_priority(JsonNode *node, gpointer field, char **problem)
{
    gint64 number = 0;
    gboolean good = get_integer(node, -PRIORITY_LIMIT, PRIORITY_LIMIT, &number, problem);
    *(gint *) field = (gint) number;
    return good;
}

static gboolean
read_format(JsonNode *node, gpointer field, char **problem)
{
    gint64 number = 0;
    if (!get_integer(node, 1, G_MAXINT32, &number, problem)) {
        return FALSE;
    }
    if (number != 1) {
        return refuse(problem, "format %" G_GINT64_FORMAT " is newer than this version of Mortise", number);
    }
    *(guint *) field = 1;
    return TRUE;
}

static gboolean
is_interface(const char *text)
{
    const char *slash = strchr(text, '/');
    guint64 version = 0;
    return slash != NULL && mortise_interface_id_is_valid(text, (gsize) (slash - text)) &&
           g_ascii_string_to_unsigned(slash + 1, 10, 1, G_MAXUINT16, &version, NULL);
}

static gboolean
is_library(const char *text)
{
    return strchr(text, '/') == NULL && text[0] != '.';
}

static gboolean
read_list(JsonNode *node, gboolean (*is_valid)(const char *), char ***field, char **problem)
{
    if (!JSON_NODE_HOLDS_ARRAY(node)) {
        return refuse(problem, "it is not a list");
    }
    JsonArray *array = json_node_get_array(node);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    if (json_array_get_length(array) > MORTISE_LIMIT_LIST_ITEMS) {
        return refuse(problem, "the list has more than %d items", MORTISE_LIMIT_LIST_ITEMS);
    }
    for (guint i = 0; i < json_array_get_length(array); i++) {
        const char *text = "";
        g_autofree char *item_problem = NULL;
        if (!get_line(json_array_get_element(array, i), &text, &item_problem)) {
            return refuse(problem, "of item %u, %s", i + 1, item_problem);
        }
        if (!is_valid(text)) {
            return refuse(problem, "item %u is '%s', which cannot be right", i + 1, text);
        }
        if (g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL)) {
            return refuse(problem, "'%s' comes twice", text);
        }
        g_ptr_array_add(texts, g_strdup(text));
    }
    g_ptr_array_add(texts, NULL);
    *field = (char **) g_ptr_array_free(g_steal_pointer(&texts), FALSE);
    return TRUE;
}

static gboolean
read_names(JsonNode *node, gpointer field, char **problem)
{
    return read_list(node, mortise_name_is_valid, field, problem);
}

static gboolean
read_interfaces(JsonNode *node, gpointer field, char **problem)
{
    return read_list(node, is_interface, field, problem);
}

static gboolean
read_libraries(JsonNode *node, gpointer field, char **problem)
{
    return read_list(node, is_library, field, problem);
}

static gboolean
read_programs(JsonNode *node, gpointer field, char **problem)
{
    return read_list(node, is_path_or_bare, field, problem);
}

static void
parameter_free(gpointer data)
{
    MortiseManifestParameter *self = data;
    g_free(self->key);
    g_free(self->default_text);
    g_free(self->help);
    g_free(self);
}

/* An optional text of a parameter; the default may be empty. */
static gboolean
read_parameter_text(JsonObject *object, const char *member, char **field, char **problem)
{
    JsonNode *node = json_object_get_member(object, member);
    if (node == NULL) {
        return TRUE;
    }
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING) {
        return refuse(problem, "\"%s\" is not a text", member);
    }
    *field = json_node_dup_string(node);
    return strlen(*field) <= MORTISE_MESSAGE_LIMIT || refuse(problem, "\"%s\" is too long", member);
}

static gboolean
read_parameter(JsonNode *node, MortiseManifestParameter *parameter, char **problem)
{
    static const char *const types[] = {"unsigned", "signed", "text", NULL};
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        return refuse(problem, "it is not an object");
    }
    JsonObject *object = json_node_get_object(node);
    JsonNode *key = json_object_get_member(object, "key");
    JsonNode *type = json_object_get_member(object, "type");
    if (key == NULL || type == NULL) {
        return refuse(problem, "\"%s\" is missing", key == NULL ? "key" : "type");
    }
    return read_line(key, &parameter->key, problem) && read_one_of(type, types, &parameter->type, problem) &&
           read_parameter_text(object, "default", &parameter->default_text, problem) &&
           read_parameter_text(object, "help", &parameter->help, problem);
}

static gboolean
read_parameters(JsonNode *node, gpointer field, char **problem)
{
    if (!JSON_NODE_HOLDS_ARRAY(node)) {
        return refuse(problem, "it is not a list");
    }
    JsonArray *array = json_node_get_array(node);
    if (json_array_get_length(array) > MORTISE_LIMIT_LIST_ITEMS) {
        return refuse(problem, "the list has more than %d items", MORTISE_LIMIT_LIST_ITEMS);
    }
    g_autoptr(GPtrArray) parameters = g_ptr_array_new_with_free_func(parameter_free);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        MortiseManifestParameter *parameter = g_new0(MortiseManifestParameter, 1);
        g_autofree char *item_problem = NULL;
        g_ptr_array_add(parameters, parameter);
        if (!read_parameter(json_array_get_element(array, i), parameter, &item_problem)) {
            return refuse(problem, "of item %u, %s", i + 1, item_problem);
        }
    }
    *(GPtrArray **) field = g_steal_pointer(&parameters);
    return TRUE;
}

#define FIELD(member) offsetof(MortiseManifest, member), sizeof(((MortiseManifest *) 0)->member)

const MortiseManifestKey mortise_manifest_keys[] = {
    {"format", FIELD(format), read_format, "write 1, or install a newer Mortise"},
    {"name", FIELD(name), read_line, "write the file's name without .json"},
    {"kind", FIELD(kind), read_kind, "write \"driver\", \"filter\" or \"provider\""},
    {"module", FIELD(module), read_module, "write the module's file name, such as \"mortise-driver-example.so\""},
    {"abi", FIELD(abi), read_abi, "write major and minor version, such as \"1.0\""},
    {"version", FIELD(version), read_line, "write the module's version, such as \"1.2.3\""},
    {"vendor", FIELD(vendor), read_line, "write who made the module, on one line"},
    {"licence", FIELD(licence), read_line, "write an SPDX expression, such as \"MIT\""},
    {"summary", FIELD(summary), read_line, "write one line of at most 255 bytes"},
    {"package", FIELD(package), read_package, "write the name of the package to install"},
    {"schemes", FIELD(schemes), read_names, "write a list of URI schemes, such as [\"example\"]"},
    {"domain_types", FIELD(domain_types), read_names, "write a list of domain types, such as [\"example\"]"},
    {"interfaces", FIELD(interfaces), read_interfaces, "write a list of id and version, such as [\"lifecycle/1\"]"},
    {"thread_model", FIELD(thread_model), read_thread_model,
     "write \"serial-all\", \"serial-per-connection\", \"serial-per-domain\" or \"parallel\""},
    {"state", FIELD(state), read_state, "write \"store\" or \"own\""},
    {"libraries", FIELD(libraries), read_libraries, "write a list of library names, such as [\"libexample.so.1\"]"},
    {"programs", FIELD(programs), read_programs, "write a list of programs, by name or absolute path"},
    {"companions", FIELD(companions), read_names, "write a list of names of modules, such as [\"example\"]"},
    {"parameters", FIELD(parameters), read_parameters,
     "write a list of objects with \"key\", \"type\" (unsigned, signed, text), \"default\" and \"help\""},
    {"enabled", FIELD(enabled), read_enabled, "write true or false, without quotes"},
    {"priority", FIELD(priority), read_priority, "write a whole number from -1000 to 1000"},
    {"isolation", FIELD(isolation), read_isolation, "write \"none\", or take the key away"},
    {NULL, 0, 0, NULL, NULL},
};

int
mortise_manifest_key_index(const char *key)
{
    for (int i = 0; mortise_manifest_keys[i].key != NULL; i++) {
        if (g_str_equal(mortise_manifest_keys[i].key, key)) {
            return i;
        }
    }
    return -1;
}

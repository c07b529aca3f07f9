// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Definitions as a whole: making, keeping, and turning them into the text of a running domain.
#include "definition-private.h"

#include <string.h>

#define NAME_LIMIT 255u
#define UUID_SEED "mortise-test-domain:"

const char *
test_name_check(const char *name)
{
    gsize length = strlen(name);

    if (length == 0) {
        return "a name must not be empty";
    }
    if (length > NAME_LIMIT) {
        return "a name has at most 255 bytes";
    }
    if (strchr(name, '/') != NULL || g_str_equal(name, ".") || g_str_equal(name, "..")) {
        return "a name must not contain '/' nor be '.' or '..'";
    }
    if (!g_utf8_validate(name, -1, NULL)) {
        return "a name must be UTF-8";
    }
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (g_unichar_iscntrl(letter) || letter == 0xfffe || letter == 0xffff) {
            return "a name must not contain control characters";
        }
    }
    return NULL;
}

gboolean
test_uuid_parse(const char *text, guint8 uuid[16])
{
    guint digits = 0;
    guint8 bytes[16] = {0};

    for (; *text != '\0'; text++) {
        gint value = g_ascii_xdigit_value(*text);
        if (*text == '-') {
            continue;
        }
        if (value < 0 || digits >= 32) {
            return FALSE;
        }
        bytes[digits / 2] = (guint8) (bytes[digits / 2] << 4 | value);
        digits++;
    }
    if (digits != 32) {
        return FALSE;
    }
    memcpy(uuid, bytes, sizeof bytes);
    return TRUE;
}

/* A UUID of version 5, the same for the same name. */
static void
uuid_of_name(const char *name, guint8 uuid[16])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize length = sizeof digest;

    g_checksum_update(sum, (const guchar *) UUID_SEED, (gssize) strlen(UUID_SEED));
    g_checksum_update(sum, (const guchar *) name, (gssize) strlen(name));
    g_checksum_get_digest(sum, digest, &length);
    memcpy(uuid, digest, 16);
    uuid[6] = (uuid[6] & 0x0f) | 0x50;
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

void
test_definition_set_uuid(TestDefinition *definition, const guint8 *uuid)
{
    static const char digits[] = "0123456789abcdef";
    const guint8 *bytes = definition->uuid;

    if (uuid != NULL) {
        memcpy(definition->uuid, uuid, 16);
    } else {
        uuid_of_name(definition->name, definition->uuid);
    }
    for (guint i = 0, at = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            definition->uuid_text[at++] = '-';
        }
        definition->uuid_text[at++] = digits[bytes[i] >> 4];
        definition->uuid_text[at++] = digits[bytes[i] & 15];
    }
}

TestDefinition *
test_definition_alloc(void)
{
    TestDefinition *definition = g_new0(TestDefinition, 1);

    g_atomic_ref_count_init(&definition->references);
    definition->findings = g_ptr_array_new_with_free_func((GDestroyNotify) test_finding_free);
    return definition;
}

TestDefinition *
test_definition_new(const char *name, const guint8 *uuid, guint64 memory_kib, guint64 current_memory_kib, guint vcpus)
{
    TestDefinition *definition = test_definition_alloc();
    g_autofree char *escaped = g_markup_escape_text(name, -1);

    definition->name = g_strdup(name);
    test_definition_set_uuid(definition, uuid);
    definition->memory_kib = memory_kib;
    definition->current_memory_kib = current_memory_kib;
    definition->vcpus = vcpus;
    definition->maximum_vcpus = vcpus;
    definition->consoles = 1;
    definition->text = g_strdup_printf(
        "<domain type='" TEST_DOMAIN_TYPE "'>\n"
        "  <name>%s</name>\n"
        "  <uuid>%s</uuid>\n"
        "  <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n"
        "  <currentMemory unit='KiB'>%" G_GUINT64_FORMAT "</currentMemory>\n"
        "  <vcpu>%u</vcpu>\n"
        "  <os>\n"
        "    <type>hvm</type>\n"
        "  </os>\n"
        "  <devices>\n"
        "    <console type='pty'/>\n"
        "  </devices>\n"
        "</domain>\n",
        escaped, definition->uuid_text, memory_kib, current_memory_kib, vcpus);
    return definition;
}

TestDefinition *
test_definition_ref(TestDefinition *definition)
{
    g_atomic_ref_count_inc(&definition->references);
    return definition;
}

void
test_definition_unref(TestDefinition *definition)
{
    if (definition == NULL || !g_atomic_ref_count_dec(&definition->references)) {
        return;
    }
    g_free(definition->text);
    g_free(definition->name);
    g_ptr_array_unref(definition->findings);
    g_free(definition);
}

char *
test_definition_live_text(const TestDefinition *definition, gint64 id)
{
    gsize after = definition->root + strlen("<domain");
    GString *text = g_string_sized_new(strlen(definition->text) + 32);

    g_string_append_len(text, definition->text, (gssize) after);
    g_string_append_printf(text, " id='%" G_GINT64_FORMAT "'", id);
    g_string_append(text, definition->text + after);
    return g_string_free(text, FALSE);
}

gboolean
test_definition_require(const TestDefinition *definition, DriverFailure **failure)
{
    g_autoptr(GString) message = g_string_new(NULL);
    const TestFinding *first = NULL;

    for (guint i = 0; i < definition->findings->len; i++) {
        const TestFinding *finding = g_ptr_array_index(definition->findings, i);
        first = first != NULL ? first : finding;
        if (message->len < 3000) {
            g_string_append_printf(message, "%sline %u: %s", i > 0 ? "; " : "", finding->line, finding->message);
        }
    }
    if (first == NULL) {
        return TRUE;
    }
    driver_failure_set(failure, first->id, first->object, first->hint, "%s", message->str);
    return FALSE;
}

void
test_finding_free(TestFinding *finding)
{
    if (finding == NULL) {
        return;
    }
    g_free(finding->id);
    g_free(finding->object);
    g_free(finding->message);
    g_free(finding->hint);
    g_free(finding->domain);
    g_free(finding);
}

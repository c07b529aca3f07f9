// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of judgements have in common.
#include "judge-test.h"

#include <json-glib/json-glib.h>

static const char *const all_checks[] = {
    "tsc-frequency", "cpu-model", "cpu-features", "accelerator", "machine-type", "memory", "vcpus", "qemu-version",
    "migration-capabilities", "definition", "disk", "host-device", "network", "firmware",
};

char *
judge_begin_with(const JudgeScene *scene, MortiseMigrationArguments arguments)
{
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    if (scene->migration->begin(fake_domain_handle(scene->domain), &arguments, sink) != MORTISE_OK) {
        return NULL;
    }
    return g_strdup(sink->text->str);
}

char *
judge_begin(const JudgeScene *scene)
{
    return judge_begin_with(scene, (MortiseMigrationArguments){.struct_size = sizeof(MortiseMigrationArguments)});
}

char *
judge_capabilities(FakeHost *host)
{
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(operations->capabilities(fake_host_connection(host), sink), MORTISE_OK);
    return g_strdup(sink->text->str);
}

gboolean
judge_open(JudgeScene *scene, const char *driver, const char *xml)
{
    *scene = (JudgeScene){NULL, NULL, NULL, NULL, NULL};
    scene->host = engine_require(driver) ? fake_host_new(driver, NULL) : NULL;
    if (!scene->host) {
        return FALSE;
    }
    scene->migration = fake_host_interface(scene->host, MORTISE_MIGRATION_ID);
    scene->domain = fake_domain_open(scene->host, xml);
    CHECK_INT(fake_start(scene->domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    scene->offer = judge_begin(scene);
    scene->capabilities = judge_capabilities(scene->host);
    return TRUE;
}

void
judge_close(JudgeScene *scene)
{
    CHECK_INT(fake_stop(scene->domain, 0), MORTISE_OK);
    CHECK(engine_is_clean(scene->host));
    fake_host_free(scene->host);
    g_free(scene->offer);
    g_free(scene->capabilities);
}

MortiseSink *
judge_with(const JudgeScene *scene, guint flags, const char *xml, const char *offer, const char *capabilities)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments), .flags = flags, .xml = xml};
    MortiseSink *sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(scene->migration->judge(fake_host_connection(scene->host), &arguments, offer, capabilities, sink),
              MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    return sink;
}

MortiseSink *
judge(const JudgeScene *scene, const char *capabilities)
{
    return judge_with(scene, 0, NULL, scene->offer, capabilities);
}

const char *
judge_find(const GPtrArray *lines, const char *part)
{
    for (guint i = 0; i < lines->len; i++) {
        if (strstr(lines->pdata[i], part)) {
            return lines->pdata[i];
        }
    }
    for (guint i = 0; i < lines->len; i++) {
        fprintf(stderr, "no '%s' in: %s\n", part, (const char *) lines->pdata[i]);
    }
    return NULL;
}

guint
judge_count(const MortiseSink *sink, guint verdict)
{
    const char prefix[] = {(char) ('0' + verdict), ' ', '\0'};
    guint count = 0;

    for (guint i = 0; i < sink->findings->len; i++) {
        count += g_str_has_prefix(sink->findings->pdata[i], prefix);
    }
    return count;
}

void
judge_check_none(const MortiseSink *sink, guint verdict)
{
    for (guint i = 0; i < sink->findings->len && judge_count(sink, verdict) > 0; i++) {
        fprintf(stderr, "%s\n", (const char *) sink->findings->pdata[i]);
    }
    CHECK_INT(judge_count(sink, verdict), 0);
}

void
judge_check_complete(const MortiseSink *sink)
{
    for (guint i = 0; i < G_N_ELEMENTS(all_checks); i++) {
        g_autofree char *id = g_strdup_printf(" %s ", all_checks[i]);
        CHECK(judge_find(sink->findings, id) != NULL);
    }
}

char *
judge_replace(const char *text, const char *pattern, const char *other)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

    CHECK(g_regex_match(regex, text, 0, NULL));
    return g_regex_replace_literal(regex, text, -1, 0, other, 0, NULL);
}

/* The XML in an offer, to be freed. */
char *
judge_offered_xml(const char *offer)
{
    g_autoptr(JsonNode) root = json_from_string(offer, NULL);

    return g_strdup(json_object_get_string_member(json_node_get_object(root), "xml"));
}

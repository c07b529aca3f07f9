// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of judgements have in common: a real guest with its offer, judging it, looking through what was found.
#pragma once

#include "engine-test.h"
#include "mortise-test.h"

#include <mortise/driver/migration.h>
#include <string.h>

/* A running guest, what it offers, and what judges it. */
typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    const MortiseMigration *migration;
    char *offer;
    char *capabilities;
} JudgeScene;

/* FALSE when there is nothing to judge here; the guest is then skipped by name. */
gboolean judge_open(JudgeScene *scene, const char *driver, const char *xml);
void judge_close(JudgeScene *scene);
/* The domain's offer, to be freed; NULL when it was refused. */
char *judge_begin_with(const JudgeScene *scene, MortiseMigrationArguments arguments);
char *judge_begin(const JudgeScene *scene);
/* The host's document, to be freed. */
char *judge_capabilities(FakeHost *host);

/* All are to be freed; a judgement that fails fails the test. NULL is this host. */
MortiseSink *judge(const JudgeScene *scene, const char *capabilities);
MortiseSink *judge_with(const JudgeScene *scene, guint flags, const char *xml, const char *offer,
                        const char *capabilities);
/* The XML in an offer. */
char *judge_offered_xml(const char *offer);
/* With all that the pattern fits replaced; it must fit. */
char *judge_replace(const char *text, const char *pattern, const char *other);

/* The line with that part; NULL, and all of them on stderr, when there is none. */
const char *judge_find(const GPtrArray *lines, const char *part);
/* How many findings have that verdict. */
guint judge_count(const MortiseSink *sink, guint verdict);
void judge_check_none(const MortiseSink *sink, guint verdict);
/* Each check was made at least once. */
void judge_check_complete(const MortiseSink *sink);

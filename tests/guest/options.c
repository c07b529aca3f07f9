// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the words of the guest's command line.

#include "options.h"

#include <stddef.h>

#include "serial.h"

#define DEFAULT_PAGES 1024
#define DEFAULT_REPORT_MS 1000
#define LARGEST_NUMBER 1000000000u

static bool
same(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

// What follows PREFIX in WORD, or NULL when WORD does not begin with it.
static const char *
after(const char *word, const char *prefix)
{
    for (; *prefix != '\0'; word++, prefix++) {
        if (*word != *prefix) {
            return NULL;
        }
    }
    return word;
}

static void
read_number(uint32_t *number, const char *word, const char *text)
{
    uint32_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && value <= LARGEST_NUMBER / 10; at++) {
        value = value * 10 + (uint32_t) (*at - '0');
    }
    if (at == text || *at != '\0' || value > LARGEST_NUMBER) {
        say("bad number in %s, using %u", word, *number);
        return;
    }
    *number = value;
}

static void
read_word(struct options *options, const char *word)
{
    const char *pages = after(word, "pages=");
    const char *report = after(word, "report=");

    if (pages != NULL) {
        read_number(&options->pages, word, pages);
    } else if (report != NULL) {
        read_number(&options->report_ms, word, report);
    } else if (same(word, "busy")) {
        options->busy = true;
    } else if (same(word, "ignore-powerbutton")) {
        options->ignore_power_button = true;
    } else if (same(word, "unplug")) {
        options->unplug = true;
    } else if (same(word, "ignore-unplug")) {
        options->ignore_unplug = true;
    } else {
        say("unknown word %s, ignored", word);
    }
}

void
options_read(struct options *options, char *line)
{
    options->pages = DEFAULT_PAGES;
    options->report_ms = DEFAULT_REPORT_MS;
    while (*line != '\0') {
        char *word = line;

        while (*line != '\0' && *line != ' ') {
            line++;
        }
        if (*line == ' ') {
            *line++ = '\0';
        }
        if (*word != '\0') {
            read_word(options, word);
        }
    }
}

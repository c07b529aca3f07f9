// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Fills and checks the area, one share a CPU. String instructions do the work: they are cheap on every accelerator.

#include "counting.h"

#include "cpu.h"
#include "layout.h"
#include "serial.h"

#define WORDS 1024u
#define PAGES_AT_ONCE 2u
#define LINES_OF_ERRORS 16u

struct share {
    uint32_t *first;
    uint32_t pages;
    uint32_t at;              // the next page
    uint32_t pass;            // 0 until the share has been written once: there is nothing to check before
    volatile uint32_t count;  // pages written, read by the first CPU
    uint32_t counted;         // of these, already in the total: the first CPU's own
} __attribute__((aligned(64)));

static struct share shares[MAX_CPUS];
static uint32_t cpus;
static uint32_t pages_at_once;
static uint64_t total;
static uint32_t errors;

// A page holds a word of its own and then a piece of this, which begins elsewhere for each page and each pass.
static uint32_t pattern[2 * WORDS];

static uint32_t
mix(uint32_t value)
{
    return (value ^ value >> 15) * 0x9e3779b1u;
}

void
counting_start(uint32_t begin, uint32_t pages, uint32_t number_of_cpus)
{
    uint32_t given = 0;

    for (uint32_t i = 0; i < 2 * WORDS; i++) {
        pattern[i] = mix(i + 1);
    }
    cpus = number_of_cpus;
    pages_at_once = cpus < PAGES_AT_ONCE ? PAGES_AT_ONCE / cpus : 1;
    for (uint32_t i = 0; i < cpus; i++) {
        shares[i].first = (uint32_t *) begin + given * WORDS;
        shares[i].pages = (pages - given) / (cpus - i);
        given += shares[i].pages;
    }
}

static uint32_t
own_word(const uint32_t *page, uint32_t pass)
{
    return (uint32_t) page + pass * 0x9e3779b1u;
}

static const uint32_t *
piece_of_pattern(uint32_t own)
{
    return &pattern[mix(own) % WORDS];
}

static void
report_error(const uint32_t *word, uint32_t pass, uint32_t wanted)
{
    if (__atomic_add_fetch(&errors, 1, __ATOMIC_RELAXED) <= LINES_OF_ERRORS) {
        say("memory error at 0x%x in pass %u: 0x%x, must be 0x%x", (unsigned) word, pass, *word, wanted);
    }
}

static void
check_page(const uint32_t *page, uint32_t pass)
{
    uint32_t own = own_word(page, pass - 1);
    const uint32_t *piece = piece_of_pattern(own);
    uint32_t at = first_difference(page + 1, piece, WORDS - 1);

    if (*page != own) {
        report_error(page, pass, own);
    } else if (at < WORDS - 1) {
        report_error(page + 1 + at, pass, piece[at]);
    }
}

static void
write_page(uint32_t *page, uint32_t pass)
{
    *page = own_word(page, pass);
    copy_words(page + 1, piece_of_pattern(*page), WORDS - 1);
}

static void
visit_next_page(struct share *share)
{
    uint32_t *page = share->first + share->at * WORDS;

    if (share->pass > 0) {
        check_page(page, share->pass);
    }
    write_page(page, share->pass);
    share->count++;
    if (++share->at == share->pages) {
        share->at = 0;
        share->pass++;
    }
}

void
counting_work(uint32_t cpu)
{
    struct share *share = &shares[cpu];

    for (uint32_t i = 0; i < pages_at_once && share->pages > 0; i++) {
        visit_next_page(share);
    }
}

uint64_t
counting_total(void)
{
    for (uint32_t i = 0; i < cpus; i++) {
        uint32_t now = shares[i].count;

        total += (uint32_t) (now - shares[i].counted);
        shares[i].counted = now;
    }
    return total;
}

uint32_t
counting_by_cpu(uint32_t cpu)
{
    return shares[cpu].count;
}

uint32_t
counting_errors(void)
{
    return __atomic_load_n(&errors, __ATOMIC_RELAXED);
}

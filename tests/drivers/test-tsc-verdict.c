// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The verdict on TSC frequencies against a model of its own in 128 bits: a million random tuples, and all at the edges.
#include "mortise-test.h"
#include "tsc-verdict.h"

#define RANDOM_TUPLES 1000000u
#define SEED 20261122u

__extension__ typedef __int128 Wide;

typedef struct {
    guint64 hertz;
    TscHost host;
    guint ppm;
} Tuple;

/* |request - host| / host <= ppm / 10^6, without a division; the request in whole kHz. */
static gboolean
is_near(const Tuple *tuple)
{
    const Wide off = (Wide) (tuple->hertz / 1000) - (Wide) tuple->host.khz;

    return (off < 0 ? -off : off) * 1000000 <= (Wide) tuple->host.khz * tuple->ppm;
}

static TscVerdict
model(const Tuple *tuple)
{
    const gboolean known = tuple->host.khz > 0 && tuple->host.khz < 0x7fffffff;

    if (tuple->hertz < 1000) {
        return TSC_COMPATIBLE;
    }
    if (tuple->hertz / 1000 >= 0x7fffffff) {
        return TSC_INCOMPATIBLE;
    }
    if (tuple->host.scaling == 1 || (known && is_near(tuple))) {
        return TSC_COMPATIBLE;
    }
    return known && tuple->host.scaling == 0 ? TSC_INCOMPATIBLE : TSC_UNKNOWN;
}

/* The distance in ppm is the least whole number that is not below it. */
static gboolean
is_difference(const Tuple *tuple, gint64 ppm)
{
    const Wide off = ((Wide) (tuple->hertz / 1000) - (Wide) tuple->host.khz) * 1000000;
    const Wide size = off < 0 ? -off : off;
    const Wide told = ppm < 0 ? -(Wide) ppm : (Wide) ppm;

    if (size > (Wide) G_MAXINT64 * tuple->host.khz) {
        return ppm == G_MAXINT64;
    }
    return (ppm == 0) == (off == 0) && (ppm < 0) == (off < 0) && told * tuple->host.khz >= size &&
           (told - 1) * tuple->host.khz < size;
}

/* The window's ends are in it, and their neighbours are not. */
static gboolean
is_window(const Tuple *tuple, const TscResult *result)
{
    Tuple inside = *tuple;
    gboolean good;

    inside.hertz = result->window_low * 1000;
    good = is_near(&inside);
    inside.hertz = result->window_high * 1000;
    good = good && is_near(&inside);
    inside.hertz += 1000;
    good = good && !is_near(&inside);
    inside.hertz = (result->window_low - 1) * 1000;
    return good && (result->window_low == 0 || !is_near(&inside));
}

static gboolean
agrees(const Tuple *tuple)
{
    const TscResult result = tsc_verdict(tuple->hertz, &tuple->host, tuple->ppm);
    const gboolean known = tuple->host.khz > 0 && tuple->host.khz <= TSC_KHZ_LIMIT;
    gboolean good = result.verdict == model(tuple) && result.requested_khz == tuple->hertz / 1000 &&
                    result.difference_known == (known && tuple->hertz >= 1000);

    good = good && (!result.difference_known || is_difference(tuple, result.difference_ppm));
    good = good && (known ? is_window(tuple, &result) : result.window_low == 0 && result.window_high == 0);
    if (good && result.difference_known) {
        good = is_near(tuple) == (result.difference_ppm >= -(gint64) tuple->ppm &&
                                  result.difference_ppm <= (gint64) tuple->ppm);
    }
    if (!good) {
        fprintf(stderr, "%" G_GUINT64_FORMAT " Hz, host %" G_GUINT64_FORMAT " kHz, scaling %d, %u ppm: %s\n",
                tuple->hertz, tuple->host.khz, tuple->host.scaling, tuple->ppm, tsc_verdict_word(result.verdict));
    }
    return good;
}

/* Mostly near the host's frequency, where the verdicts change. */
static Tuple
random_tuple(GRand *random)
{
    const guint bits = (guint) g_rand_int_range(random, 1, 33);
    const guint64 any = (guint64) g_rand_int(random) << 32 | g_rand_int(random);
    const guint64 khz = g_rand_int(random) >> (32 - bits);
    const guint ppm = g_rand_boolean(random) ? TSC_TOLERANCE_PPM : (guint) g_rand_int_range(random, 0, 2000);
    const gint64 off = (gint64) (khz * 2 * ppm / 1000000) + 3;
    guint64 hertz = any >> g_rand_int_range(random, 0, 64);

    if (g_rand_int_range(random, 0, 4) > 0) {
        const gint64 near = (gint64) khz * 1000 + (gint64) (any % (guint64) (2000 * off)) - 1000 * off;
        hertz = (guint64) MAX(near, 0);
    }
    return (Tuple){hertz, {.khz = khz, .scaling = g_rand_int_range(random, -1, 2)}, ppm};
}

static void
test_random(void)
{
    GRand *random = g_rand_new_with_seed(SEED);
    guint verdicts[3] = {0, 0, 0};
    guint wrong = 0;

    for (guint i = 0; i < RANDOM_TUPLES; i++) {
        const Tuple tuple = random_tuple(random);
        wrong += !agrees(&tuple);
        verdicts[model(&tuple)]++;
    }
    g_rand_free(random);
    CHECK_INT(wrong, 0);
    // Each verdict was often enough the right one.
    CHECK(verdicts[0] > RANDOM_TUPLES / 10 && verdicts[1] > RANDOM_TUPLES / 10 && verdicts[2] > RANDOM_TUPLES / 10);
}

/* All three kinds of scaling at `khz` and next to it. */
static guint
count_wrong(guint64 khz, guint64 host, guint ppm)
{
    guint wrong = 0;

    for (guint64 i = 0; i < 5; i++) {
        const guint64 near = khz + i >= 2 ? khz + i - 2 : 0;
        for (gint scaling = -1; scaling <= 1; scaling++) {
            const Tuple low = {near * 1000, {.khz = host, .scaling = scaling}, ppm};
            const Tuple high = {near * 1000 + 999, {.khz = host, .scaling = scaling}, ppm};
            wrong += (guint) !agrees(&low) + (guint) !agrees(&high);
        }
    }
    return wrong;
}

static void
test_edges(void)
{
    static const guint64 hosts[] = {
        0, 1, 2, 3999, 4000, 4001, 7999, 8000, 8001, 999999, 1000000, 2499998, 2596096, 2693671, 8589934, 8589935,
        G_MAXINT32 - 1, G_MAXINT32, (guint64) G_MAXINT32 + 1, G_MAXUINT32, G_MAXUINT64 / 1000, G_MAXUINT64,
    };
    static const guint tolerances[] = {0, 1, 249, TSC_TOLERANCE_PPM, 251, 999999, 1000000};
    guint wrong = 0;

    for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
        for (guint j = 0; j < G_N_ELEMENTS(tolerances); j++) {
            const guint64 khz = MIN(hosts[i], G_MAXUINT64 / 1000 - 3);
            const TscHost host = {.khz = hosts[i], .scaling = 0};
            const TscResult result = tsc_verdict(0, &host, tolerances[j]);
            wrong += count_wrong(khz, hosts[i], tolerances[j]);
            wrong += count_wrong(result.window_low, hosts[i], tolerances[j]);
            wrong += count_wrong(result.window_high, hosts[i], tolerances[j]);
            wrong += count_wrong(TSC_KHZ_LIMIT, hosts[i], tolerances[j]);
            wrong += count_wrong(0, hosts[i], tolerances[j]);
        }
    }
    CHECK_INT(wrong, 0);
}

static TscVerdict
on(guint64 hertz, guint64 khz, gint scaling)
{
    const TscHost host = {.khz = khz, .scaling = scaling};

    return tsc_verdict(hertz, &host, TSC_TOLERANCE_PPM).verdict;
}

/* What QEMU 7.2 did on such a host. */
static void
test_measured(void)
{
    CHECK_INT(on(2596096000, 2596096, 0), TSC_COMPATIBLE);
    CHECK_INT(on(2596745000, 2596096, 0), TSC_COMPATIBLE);
    CHECK_INT(on(2596745024, 2596096, 0), TSC_COMPATIBLE);
    CHECK_INT(on(2596745999, 2596096, 0), TSC_COMPATIBLE);
    CHECK_INT(on(2596746000, 2596096, 0), TSC_INCOMPATIBLE);
    CHECK_INT(on(2595447000, 2596096, 0), TSC_COMPATIBLE);
    CHECK_INT(on(2595446976, 2596096, 0), TSC_INCOMPATIBLE);
    CHECK_INT(on(2595446000, 2596096, 0), TSC_INCOMPATIBLE);
    CHECK_INT(on(2595445000, 2596096, 0), TSC_INCOMPATIBLE);
    CHECK_INT(on(1000000000, 2596096, 1), TSC_COMPATIBLE);
    CHECK_INT(on(1000000000, 0, 1), TSC_COMPATIBLE);
    CHECK_INT(on(1000000000, 2596096, -1), TSC_UNKNOWN);
    CHECK_INT(on(2596096000, 2596096, -1), TSC_COMPATIBLE);
    CHECK_INT(on(2596096000, 0, 0), TSC_UNKNOWN);
    CHECK_INT(on(999, 2596096, 0), TSC_COMPATIBLE);
}

static void
check_words(guint64 hertz, const TscHost *host, const char *words, const char *hint)
{
    const TscResult result = tsc_verdict(hertz, host, TSC_TOLERANCE_PPM);
    g_autofree char *text = tsc_result_explain(&result);

    CHECK_TEXT(text, words);
    CHECK((hint == NULL) == (tsc_result_hint(&result) == NULL));
    if (hint != NULL) {
        CHECK_CONTAINS(tsc_result_hint(&result), hint);
    }
}

static void
test_words(void)
{
    const TscHost fixed = {2596096, 0, "KVM_GET_TSC_KHZ", "KVM_CAP_TSC_CONTROL"};
    const TscHost scaling = {2596096, 1, NULL, NULL};
    const TscHost unknown = {0, -1, NULL, NULL};

    check_words(2000000000, &fixed,
                "a TSC of 2000000 kHz cannot be had, which is 229613 ppm slower than the host: the host runs at "
                "2596096 kHz (window 2595447 to 2596745 kHz, 250 ppm; by KVM_GET_TSC_KHZ) and does not scale its TSC "
                "(by KVM_CAP_TSC_CONTROL)", "another host");
    check_words(2600000000, &scaling,
                "a TSC of 2600000 kHz can be had, which is 1504 ppm faster than the host: the host runs at 2596096 kHz "
                "(window 2595447 to 2596745 kHz, 250 ppm) and scales its TSC", NULL);
    check_words(2600000000, &unknown,
                "a TSC of 2600000 kHz can perhaps be had: the host's own frequency is not known and whether it scales "
                "its TSC is not known", "doctor");
    check_words(999, &fixed, "no TSC frequency is asked for", NULL);
    check_words(G_MAXUINT64, &scaling,
                "a TSC of 18446744073709551 kHz cannot be had, which is 7105570853740947 ppm faster than the host: KVM "
                "counts no further than 2147483646 kHz", "frequency");
}

static const MortiseTest tests[] = {
    {"a million random tuples, as an independent model says", test_random},
    {"all edges, as an independent model says", test_edges},
    {"what QEMU did on one host", test_measured},
    {"the words", test_words},
};

int
main(void)
{
    return mortise_test_main("tsc-verdict", tests, G_N_ELEMENTS(tests));
}

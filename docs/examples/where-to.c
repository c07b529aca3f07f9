// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asks a few hosts where a domain could go, and moves it to the first that can take it: what a scheduler does.
#include <mortise/mortise.h>
#include <stdio.h>

static gboolean
can_take(MortiseMigrationOffer *offer, MortiseConnection *host)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseMigrationReport) report = mortise_migration_offer_judge(offer, host, NULL, &error);
    if (report == NULL) {
        printf("%s: %s\n", mortise_connection_get_uri(host), error->message);
        return FALSE;
    }
    printf("%s: %s\n", report->destination, mortise_migration_verdict_to_string(report->verdict));
    for (guint i = 0; i < report->checks->len; i++) {
        const MortiseCheck *check = g_ptr_array_index(report->checks, i);
        if (check->verdict != MORTISE_CHECK_GOOD) {
            printf("  %s: %s\n", check->id, mortise_verdict_to_string(check->verdict));
        }
    }
    return report->verdict == MORTISE_MIGRATION_COMPATIBLE;
}

/* TRUE when the domain was moved. */
static gboolean
place(MortiseDomain *domain, const char *const *uris, GError **error)
{
    g_autoptr(MortiseMigrationOffer) offer = mortise_domain_offer_migration(domain, NULL, NULL, error);
    for (guint i = 0; offer != NULL && uris[i] != NULL; i++) {
        g_autoptr(MortiseConnection) host = mortise_connection_open(uris[i], NULL, error);
        if (host == NULL) {
            return FALSE;
        }
        if (can_take(offer, host)) {
            g_autoptr(MortiseDomain) there = mortise_domain_migrate(domain, host, NULL, NULL, error);
            if (there != NULL) {
                printf("%s is %s there\n", mortise_domain_get_name(there),
                       mortise_domain_state_to_string(mortise_domain_get_state(there, NULL)));
            }
            return there != NULL;
        }
    }
    return FALSE;
}

int
main(void)
{
    /* on the first a domain of that name and UUID runs already */
    static const char *const hosts[] = {"test:///default?domains=5", "test:///default", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseConnection) here = mortise_connection_open("test:///default?domains=2", NULL, &error);
    g_autoptr(MortiseDomain)
        domain = here != NULL ? mortise_connection_lookup_domain(here, "test-0002", &error) : NULL;
    if (domain == NULL || !place(domain, hosts, &error)) {
        printf("not moved: %s\n", error != NULL ? error->message : "no host can take it");
        return 1;
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseMigrationOffer: a domain as it would be offered, judged for one host after the other.
#include "migration-offer.h"

#include "connection-private.h"
#include "domain-private.h"
#include "error.h"
#include "migration-private.h"

struct _MortiseMigrationOffer {
    GObject parent_instance;
    Session *session;
    DomainRecord *record;
    MigrationRequest *request;
    MortiseDomainXml *target;
    gboolean defined; /* the domain did not run: it is offered as it would start */
    char *offer;     /* NULL when the source refused */
    GError *refusal; /* why it did */
};

G_DEFINE_FINAL_TYPE(MortiseMigrationOffer, mortise_migration_offer, G_TYPE_OBJECT)

static void
mortise_migration_offer_finalize(GObject *object)
{
    MortiseMigrationOffer *self = MORTISE_MIGRATION_OFFER(object);
    g_clear_pointer(&self->record, domain_record_unref);
    g_clear_pointer(&self->session, session_unref);
    g_clear_pointer(&self->request, migration_request_unref);
    g_clear_pointer(&self->target, mortise_domain_xml_free);
    g_free(self->offer);
    g_clear_error(&self->refusal);
    G_OBJECT_CLASS(mortise_migration_offer_parent_class)->finalize(object);
}

static void
mortise_migration_offer_class_init(MortiseMigrationOfferClass *class)
{
    G_OBJECT_CLASS(class)->finalize = mortise_migration_offer_finalize;
}

static void
mortise_migration_offer_init(MortiseMigrationOffer *self G_GNUC_UNUSED)
{
}

/* Whether the object of an error is the id of a check, and no name of something. */
static gboolean
names_check(const MortiseMigrationOffer *self, const GError *error)
{
    const char *object = mortise_error_get_object(error);
    return object != NULL && strchr(object, '-') != NULL
           && strspn(object, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(object)
           && !g_str_equal(object, domain_record_get_name(self->record))
           && !g_str_equal(object, binding_get_name(self->record->binding));
}

/* A domain that no host could take as it stands is something to report; that the driver cannot say is an error. */
static gboolean
is_refusal(const MortiseMigrationOffer *self, const GError *error)
{
    return g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_HOST_UNSUPPORTED)
           || g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_ELEMENT_UNSUPPORTED)
           || names_check(self, error);
}

/* What the source is asked: for a domain that does not run, what it would start with. */
static MigrationRequest *
request_for_source(MortiseMigrationOffer *self)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->record);
    MigrationRequest *request = migration_request_copy(self->request);
    request->to_check = TRUE;
    self->defined = !domain_snapshot_is_active(snapshot) && snapshot->inactive_xml != NULL;
    if (self->defined) {
        request->of_definition = TRUE;
        g_free(request->xml);
        request->xml = g_strdup(snapshot->inactive_xml);
    }
    return request;
}

static gboolean
begin(MortiseMigrationOffer *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(Call) call = session_domain_call_new(self->session, OPERATION_MIGRATE_BEGIN, body_migrate_begin,
                                                   self->record);
    call->request = request_for_source(self);
    if (call_run(call, cancellable, &cause)) {
        self->offer = g_strdup(call->out_text->str);
        return TRUE;
    }
    if (self->record->binding != NULL && is_refusal(self, cause)) {
        self->refusal = g_steal_pointer(&cause);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

MortiseMigrationOffer *
mortise_domain_offer_migration(MortiseDomain *self, MortiseMigrationOptions *options, GCancellable *cancellable,
                               GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_return_val_if_fail(options == NULL || MORTISE_IS_MIGRATION_OPTIONS(options), NULL);
    if (!domain_check(self, error)) {
        return NULL;
    }
    g_autoptr(MortiseMigrationOffer) offer = g_object_new(MORTISE_TYPE_MIGRATION_OFFER, NULL);
    offer->session = session_ref(self->session);
    offer->record = domain_record_ref(self->record);
    offer->request = migration_options_get_request(options);
    offer->target = migration_parse_target(self->record, offer->request, error);
    return offer->target != NULL && begin(offer, cancellable, error) ? g_steal_pointer(&offer) : NULL;
}

/* Hands the checks that a driver made over to the report. */
static gboolean
judge(Session *session, Binding *binding, MigrationRequest *request, const char *offer, const char *capabilities,
      MortiseMigrationReport *report, GCancellable *cancellable, GError **error)
{
    g_autoptr(Call) call = session_call_new(session, OPERATION_JUDGE, body_migrate_judge, binding);
    call->request = migration_request_ref(request);
    call->text = g_strdup(offer);
    call->second_text = g_strdup(capabilities);
    if (!call_run(call, cancellable, error)) {
        return FALSE;
    }
    for (guint i = 0; i < call->out_checks->len; i++) {
        g_ptr_array_add(report->checks, mortise_check_copy(g_ptr_array_index(call->out_checks, i)));
    }
    return TRUE;
}

/* By the destination's own driver; when it has none, by the source's, from the destination's capabilities. */
static gboolean
judge_session(Session *source, DomainRecord *record, MigrationRequest *request, const char *type, const char *offer,
              Session *destination, MortiseMigrationReport *report, GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) missing = NULL;
    Binding *binding = session_binding_for_type(destination, type, &missing);
    if (binding != NULL) {
        return judge(destination, binding, request, offer, NULL, report, cancellable, error);
    }
    MortiseCheck *check = migration_report_add(report, MORTISE_CHECK_BAD, "domain-type",
                                               mortise_error_get_summary(missing), mortise_error_get_hint(missing));
    check->source = g_strdup(type);
    g_autofree char *capabilities = session_get_capabilities(destination, cancellable, error);
    return capabilities != NULL
           && judge(source, record->binding, request, offer, capabilities, report, cancellable, error);
}

static void
add_refusal(MortiseMigrationOffer *self, MortiseMigrationReport *report)
{
    const char *id = names_check(self, self->refusal) ? mortise_error_get_object(self->refusal) : "source";
    (void) migration_report_add(report, MORTISE_CHECK_BAD, id, mortise_error_get_summary(self->refusal),
                                mortise_error_get_hint(self->refusal));
}

/* The head of every report. */
static MortiseMigrationReport *
new_report(const MortiseMigrationOffer *self, const char *destination)
{
    MortiseMigrationReport *report = migration_report_new(destination);
    if (self->defined) {
        g_autofree char *message = g_strdup_printf("'%s' does not run: it was judged as it would start here now",
                                                   domain_record_get_name(self->record));
        (void) migration_report_add(report, MORTISE_CHECK_WARNING, "domain-state", message,
                                    "ask again when it runs; to copy its definition, migrate it offline");
    }
    return report;
}

static void
add_identity(MortiseMigrationReport *report, const char *id, MortiseVerdict verdict, const char *source,
             const char *destination, char *message, const char *hint)
{
    g_autofree char *owned = message;
    MortiseCheck *check = migration_report_add(report, verdict, id, owned, hint);
    check->source = g_strdup(source);
    check->destination = g_strdup(destination);
}

static void
check_uuid(MortiseMigrationReport *report, const MortiseDomainXml *target, const DomainRecord *known)
{
    g_autofree char *uuid = mortise_uuid_to_text(target->uuid);
    g_autoptr(DomainSnapshot) snapshot = known != NULL ? domain_record_get_snapshot((DomainRecord *) known) : NULL;
    gboolean active = snapshot != NULL && domain_snapshot_is_active(snapshot);
    gboolean other = known != NULL && !g_str_equal(known->name, target->name);
    if (other || active) {
        add_identity(report, "domain-uuid", MORTISE_CHECK_BAD, uuid, known->name,
                     g_strdup_printf("the UUID belongs to the domain '%s' there, which %s", known->name,
                                     active ? "is running" : "has another name"),
                     active ? "stop it there first" : "undefine it there, or take its name");
    } else {
        add_identity(report, "domain-uuid", MORTISE_CHECK_GOOD, uuid, known != NULL ? known->name : NULL,
                     g_strdup(known != NULL ? "the domain is defined there and does not run"
                                            : "no domain there has the UUID"), NULL);
    }
}

static void
check_name(MortiseMigrationReport *report, const MortiseDomainXml *target, const DomainRecord *known)
{
    gboolean taken = known != NULL && memcmp(known->uuid, target->uuid, sizeof(target->uuid)) != 0;
    if (taken) {
        add_identity(report, "domain-name", MORTISE_CHECK_BAD, target->name, known->uuid_text,
                     g_strdup_printf("another domain has the name '%s' there, with the UUID %s", target->name,
                                     known->uuid_text),
                     "migrate it with another name");
    } else {
        add_identity(report, "domain-name", MORTISE_CHECK_GOOD, target->name, NULL,
                     g_strdup_printf("no other domain there has the name '%s'", target->name), NULL);
    }
}

static void
check_identity(MortiseMigrationReport *report, const MortiseDomainXml *target, Session *destination)
{
    g_autoptr(DomainRecord) by_uuid = session_lookup_uuid(destination, target->uuid);
    g_autoptr(DomainRecord) by_name = session_lookup_name(destination, target->name);
    check_name(report, target, by_name);
    check_uuid(report, target, by_uuid);
}

MortiseMigrationReport *
mortise_migration_offer_judge(MortiseMigrationOffer *self, MortiseConnection *destination, GCancellable *cancellable,
                              GError **error)
{
    g_return_val_if_fail(MORTISE_IS_MIGRATION_OFFER(self), NULL);
    g_return_val_if_fail(MORTISE_IS_CONNECTION(destination), NULL);
    Session *session = connection_get_session(destination, error);
    if (session == NULL) {
        return NULL;
    }
    g_autoptr(MortiseMigrationReport) report = new_report(self, session_get_uri(session));
    if (self->refusal != NULL) {
        add_refusal(self, report);
    } else if (!judge_session(self->session, self->record, self->request, self->target->type, self->offer, session,
                              report, cancellable, error)) {
        return NULL;
    }
    check_identity(report, self->target, session);
    migration_report_close(report, FALSE);
    return g_steal_pointer(&report);
}

MortiseMigrationReport *
mortise_migration_offer_judge_capabilities(MortiseMigrationOffer *self, const char *destination,
                                           const char *capabilities, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_MIGRATION_OFFER(self), NULL);
    g_return_val_if_fail(destination != NULL && capabilities != NULL, NULL);
    g_autoptr(MortiseMigrationReport) report = new_report(self, destination);
    if (self->refusal != NULL) {
        add_refusal(self, report);
    } else if (!judge(self->session, self->record->binding, self->request, self->offer, capabilities, report,
                      cancellable, error)) {
        return NULL;
    }
    g_autofree char *uuid = mortise_uuid_to_text(self->target->uuid);
    add_identity(report, "domain-name", MORTISE_CHECK_UNKNOWN, self->target->name, NULL,
                 g_strdup("capabilities do not tell which names are taken"), "ask that host itself, by its URI");
    add_identity(report, "domain-uuid", MORTISE_CHECK_UNKNOWN, uuid, NULL,
                 g_strdup("capabilities do not tell which UUIDs are taken"), "ask that host itself, by its URI");
    migration_report_close(report, TRUE);
    return g_steal_pointer(&report);
}

MortiseMigrationReport *
mortise_migration_offer_give_up(MortiseMigrationOffer *self, const char *destination, const GError *cause)
{
    g_return_val_if_fail(MORTISE_IS_MIGRATION_OFFER(self), NULL);
    g_return_val_if_fail(destination != NULL && cause != NULL, NULL);
    MortiseMigrationReport *report = new_report(self, destination);
    if (self->refusal != NULL) {
        add_refusal(self, report);
    }
    const char *hint = mortise_error_get_hint(cause);
    (void) migration_report_add(report, MORTISE_CHECK_UNKNOWN, "destination-asked", mortise_error_get_summary(cause),
                                hint != NULL ? hint : "ask that host itself, by its URI, or take a new document there "
                                                      "with 'mortise capabilities'");
    migration_report_close(report, FALSE);
    return report;
}

static void
set_error_from(const MortiseMigrationReport *report, const char *name, GError **error)
{
    g_autoptr(GString) details = g_string_new(NULL);
    const MortiseCheck *first = NULL;
    guint more = 0;
    /* what the drivers found comes behind the core's finding, and says more */
    for (guint i = report->checks->len; i > 0; i--) {
        const MortiseCheck *check = g_ptr_array_index(report->checks, i - 1);
        if (check->verdict == MORTISE_CHECK_BAD) {
            more += first != NULL ? 1 : 0;
            first = first != NULL && g_strcmp0(check->id, "tsc-frequency") != 0 ? first : check;
            g_string_append_printf(details, "%s%s: %s", details->len > 0 ? "\n" : "", check->id, check->message);
        }
    }
    g_autofree char *others = more > 0 ? g_strdup_printf(", and %u more", more) : g_strdup("");
    mortise_error_set(error, MORTISE_ERROR_HOST_UNSUPPORTED, name, first != NULL ? first->hint : NULL, "%s%s",
                      first != NULL ? first->message : "the destination refuses the domain", others);
    if (error != NULL) {
        mortise_error_set_details(*error, details->str);
    }
}

void
migration_set_refusal(Session *source, DomainRecord *record, MigrationRequest *request, const char *offer,
                      Session *destination, GError **error)
{
    g_autoptr(MortiseDomainXml) target = migration_parse_target(record, request, error);
    if (target == NULL) {
        return;
    }
    g_autoptr(MortiseMigrationReport) report = migration_report_new(session_get_uri(destination));
    (void) judge_session(source, record, request, target->type, offer, destination, report, NULL, NULL);
    if (report->checks->len > 1) {
        set_error_from(report, domain_record_get_name(record), error);
    } else {
        (void) session_binding_for_type(destination, target->type, error);
    }
}

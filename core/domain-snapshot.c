// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is published of a domain.
#include "domain-snapshot.h"

DomainSnapshot *
domain_snapshot_new(void)
{
    DomainSnapshot *self = g_new0(DomainSnapshot, 1);
    g_atomic_ref_count_init(&self->references);
    self->state = MORTISE_DOMAIN_STATE_SHUTOFF;
    self->id = -1;
    return self;
}

static GRefString *
share(GRefString *text)
{
    return text != NULL ? g_ref_string_acquire(text) : NULL;
}

DomainSnapshot *
domain_snapshot_copy(const DomainSnapshot *self)
{
    DomainSnapshot *copy = g_memdup2(self, sizeof(*self));
    g_atomic_ref_count_init(&copy->references);
    copy->name = share(self->name);
    copy->type = share(self->type);
    copy->title = share(self->title);
    copy->description = share(self->description);
    copy->inactive_xml = share(self->inactive_xml);
    copy->live_xml = share(self->live_xml);
    copy->reason = share(self->reason);
    copy->detail = share(self->detail);
    return copy;
}

DomainSnapshot *
domain_snapshot_ref(DomainSnapshot *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
domain_snapshot_unref(DomainSnapshot *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references)) {
        return;
    }
    g_clear_pointer(&self->name, g_ref_string_release);
    g_clear_pointer(&self->type, g_ref_string_release);
    g_clear_pointer(&self->title, g_ref_string_release);
    g_clear_pointer(&self->description, g_ref_string_release);
    g_clear_pointer(&self->inactive_xml, g_ref_string_release);
    g_clear_pointer(&self->live_xml, g_ref_string_release);
    g_clear_pointer(&self->reason, g_ref_string_release);
    g_clear_pointer(&self->detail, g_ref_string_release);
    g_free(self);
}

void
domain_snapshot_set_text(GRefString **field, const char *text)
{
    g_clear_pointer(field, g_ref_string_release);
    if (text != NULL) {
        *field = g_ref_string_new(text);
    }
}

void
domain_snapshot_set_identity(DomainSnapshot *self, const MortiseDomainXml *xml, gboolean persistent)
{
    domain_snapshot_set_text(&self->name, xml->name);
    domain_snapshot_set_text(&self->type, xml->type);
    domain_snapshot_set_text(&self->title, xml->title);
    domain_snapshot_set_text(&self->description, xml->description);
    domain_snapshot_set_text(&self->inactive_xml, persistent ? xml->text : NULL);
    self->maximum_memory_kib = xml->memory_kib;
    self->memory_kib = xml->current_memory_kib != 0 ? xml->current_memory_kib : xml->memory_kib;
    self->vcpus = xml->vcpus;
    self->persistent = persistent;
}

gboolean
domain_snapshot_is_active(const DomainSnapshot *self)
{
    switch (self->state) {
    case MORTISE_DOMAIN_STATE_SHUTOFF:
        return FALSE;
    case MORTISE_DOMAIN_STATE_CRASHED:
    case MORTISE_DOMAIN_STATE_UNKNOWN:
        return self->id >= 0;
    default:
        return TRUE;
    }
}

static gboolean
group_matches(MortiseListFlags flags, MortiseListFlags group, MortiseListFlags has)
{
    return (flags & group) == 0 || (flags & group & has) != 0;
}

static MortiseListFlags
state_flag(MortiseDomainState state)
{
    switch (state) {
    case MORTISE_DOMAIN_STATE_RUNNING:
        return MORTISE_LIST_RUNNING;
    case MORTISE_DOMAIN_STATE_PAUSED:
        return MORTISE_LIST_PAUSED;
    case MORTISE_DOMAIN_STATE_SHUTOFF:
        return MORTISE_LIST_SHUTOFF;
    default:
        return MORTISE_LIST_OTHER;
    }
}

gboolean
domain_snapshot_matches(const DomainSnapshot *self, MortiseListFlags flags)
{
    MortiseListFlags activity = domain_snapshot_is_active(self) ? MORTISE_LIST_ACTIVE : MORTISE_LIST_INACTIVE;
    MortiseListFlags persistence = self->persistent ? MORTISE_LIST_PERSISTENT : MORTISE_LIST_TRANSIENT;
    MortiseListFlags autostart = self->autostart ? MORTISE_LIST_AUTOSTART : MORTISE_LIST_NO_AUTOSTART;
    return group_matches(flags, MORTISE_LIST_ACTIVE | MORTISE_LIST_INACTIVE, activity)
           && group_matches(flags, MORTISE_LIST_PERSISTENT | MORTISE_LIST_TRANSIENT, persistence)
           && group_matches(flags, MORTISE_LIST_AUTOSTART | MORTISE_LIST_NO_AUTOSTART, autostart)
           && group_matches(flags,
                            MORTISE_LIST_RUNNING | MORTISE_LIST_PAUSED | MORTISE_LIST_SHUTOFF | MORTISE_LIST_OTHER,
                            state_flag(self->state));
}

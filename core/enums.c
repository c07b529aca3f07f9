// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Words of the enumerations, the library's version, and the boxed type of a finding.
#include "config.h"

#include <mortise/mortise-check.h>

/* The word at `value`, or "unknown" for a number that has none. */
static const char *
word_at(const char *const *words, gsize count, guint value)
{
    return value < count ? words[value] : "unknown";
}

const char *
mortise_module_kind_to_string(MortiseModuleKind kind)
{
    static const char *const words[] = {
        [MORTISE_MODULE_KIND_DRIVER] = "driver",
        [MORTISE_MODULE_KIND_FILTER] = "filter",
        [MORTISE_MODULE_KIND_PROVIDER] = "provider",
    };
    return word_at(words, G_N_ELEMENTS(words), kind);
}

const char *
mortise_module_state_to_string(MortiseModuleState state)
{
    static const char *const words[] = {
        [MORTISE_MODULE_STATE_AVAILABLE] = "available",
        [MORTISE_MODULE_STATE_MASKED] = "masked",
        [MORTISE_MODULE_STATE_BAD_MANIFEST] = "bad-manifest",
        [MORTISE_MODULE_STATE_MISSING_MODULE] = "missing-module",
        [MORTISE_MODULE_STATE_MISSING_LIBRARY] = "missing-library",
        [MORTISE_MODULE_STATE_UNTRUSTED] = "untrusted",
        [MORTISE_MODULE_STATE_ABI_MISMATCH] = "abi-mismatch",
        [MORTISE_MODULE_STATE_INIT_FAILED] = "init-failed",
    };
    return word_at(words, G_N_ELEMENTS(words), state);
}

const char *
mortise_domain_state_to_string(MortiseDomainState state)
{
    /* The words that users of virsh know, but for the first: nothing known is no state of a domain. */
    static const char *const words[] = {
        [MORTISE_DOMAIN_STATE_UNKNOWN] = "unknown",
        [MORTISE_DOMAIN_STATE_RUNNING] = "running",
        [MORTISE_DOMAIN_STATE_BLOCKED] = "idle",
        [MORTISE_DOMAIN_STATE_PAUSED] = "paused",
        [MORTISE_DOMAIN_STATE_SHUTDOWN] = "in shutdown",
        [MORTISE_DOMAIN_STATE_SHUTOFF] = "shut off",
        [MORTISE_DOMAIN_STATE_CRASHED] = "crashed",
        [MORTISE_DOMAIN_STATE_SUSPENDED] = "pmsuspended",
    };
    return word_at(words, G_N_ELEMENTS(words), state);
}

const char *
mortise_vcpu_model_to_string(MortiseVcpuModel model)
{
    static const char *const words[] = {
        [MORTISE_VCPU_THREADS_NONE] = "none",
        [MORTISE_VCPU_THREADS_SHARED] = "shared",
        [MORTISE_VCPU_THREADS_PER_VCPU] = "per-vcpu",
    };
    return word_at(words, G_N_ELEMENTS(words), model);
}

const char *
mortise_vcpu_state_to_string(MortiseVcpuState state)
{
    static const char *const words[] = {
        [MORTISE_VCPU_STATE_OFFLINE] = "offline",
        [MORTISE_VCPU_STATE_RUNNING] = "running",
        [MORTISE_VCPU_STATE_BLOCKED] = "blocked",
        [MORTISE_VCPU_STATE_UNKNOWN] = "unknown",
    };
    return word_at(words, G_N_ELEMENTS(words), state);
}

const char *
mortise_verdict_to_string(MortiseVerdict verdict)
{
    static const char *const words[] = {
        [MORTISE_CHECK_GOOD] = "good",
        [MORTISE_CHECK_WARNING] = "warning",
        [MORTISE_CHECK_BAD] = "bad",
        [MORTISE_CHECK_UNKNOWN] = "unknown",
    };
    return word_at(words, G_N_ELEMENTS(words), verdict);
}

const char *
mortise_event_kind_to_string(MortiseEventKind kind)
{
    static const char *const words[] = {
        [MORTISE_EVENT_KIND_DEFINED] = "defined",
        [MORTISE_EVENT_KIND_UNDEFINED] = "undefined",
        [MORTISE_EVENT_KIND_STATE] = "state",
        [MORTISE_EVENT_KIND_GUEST] = "guest",
        [MORTISE_EVENT_KIND_HUNG] = "hung",
        [MORTISE_EVENT_KIND_RECOVERED] = "recovered",
        [MORTISE_EVENT_KIND_RESYNC] = "resync",
        [MORTISE_EVENT_KIND_MIGRATION_STARTED] = "migration-started",
        [MORTISE_EVENT_KIND_MIGRATION_COMPLETED] = "migration-completed",
        [MORTISE_EVENT_KIND_MIGRATION_FAILED] = "migration-failed",
    };
    return word_at(words, G_N_ELEMENTS(words), kind);
}

const char *
mortise_get_version(void)
{
    return MORTISE_VERSION;
}

G_DEFINE_BOXED_TYPE(MortiseCheck, mortise_check, mortise_check_copy, mortise_check_free)

MortiseCheck *
mortise_check_copy(const MortiseCheck *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    MortiseCheck *copy = g_new0(MortiseCheck, 1);
    copy->id = g_strdup(self->id);
    copy->verdict = self->verdict;
    copy->line = self->line;
    copy->object = g_strdup(self->object);
    copy->message = g_strdup(self->message);
    copy->hint = g_strdup(self->hint);
    copy->source = g_strdup(self->source);
    copy->destination = g_strdup(self->destination);
    copy->facts = self->facts != NULL ? g_variant_ref(self->facts) : NULL;
    return copy;
}

void
mortise_check_free(MortiseCheck *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->id);
    g_free(self->object);
    g_free(self->message);
    g_free(self->hint);
    g_free(self->source);
    g_free(self->destination);
    g_clear_pointer(&self->facts, g_variant_unref);
    g_free(self);
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb wait: until a domain is in a state.
#include "mortise-domain-words.h"
#include "mortise-follow.h"
#include "mortise-interrupt.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption wait_options[] = {
    {"timeout", 0, OPTION_SECONDS, "SECONDS", "give up after this time"},
    {NULL},
};

typedef struct {
    MortiseDomain *domain;
    MortiseDomainState wanted;
    char *reason;
} Wait;

static gboolean
is_reached(Wait *self)
{
    g_clear_pointer(&self->reason, g_free);
    return mortise_domain_get_state(self->domain, &self->reason) == self->wanted;
}

/* An event is only the occasion to look: the state is what counts, and one that was passed by is none. */
static gboolean
take_event(const MortiseEvent *event, gpointer data)
{
    Wait *self = data;
    gboolean ours = event->uuid == NULL || g_str_equal(event->uuid, mortise_domain_get_uuid(self->domain));
    return !(ours && is_reached(self));
}

static int
say_reached(Command *command, const Wait *wait)
{
    const char *state = mortise_domain_state_to_string(wait->wanted);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", mortise_domain_get_name(wait->domain));
        json_add_text(builder, "uuid", mortise_domain_get_uuid(wait->domain));
        json_add_text(builder, "result", "reached");
        json_add_text(builder, "state", state);
        json_add_text(builder, "reason", wait->reason);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (!command->quiet) {
        output_text(stdout, "Domain '%s' is %s%s%s%s\n", mortise_domain_get_name(wait->domain), state,
                    wait->reason != NULL ? " (" : "", wait->reason != NULL ? wait->reason : "",
                    wait->reason != NULL ? ")" : "");
    }
    return COMMAND_DONE;
}

static int
say_missed(Command *command, const Wait *wait, FollowEnd how)
{
    const char *name = mortise_domain_get_name(wait->domain);
    const char *now = mortise_domain_state_to_string(mortise_domain_get_state(wait->domain, NULL));
    if (how == FOLLOW_CANCELLED) {
        return report_fault(command, MORTISE_ERROR_CANCELLED, NULL, "interrupted; domain '%s' is still %s", name,
                            now);
    }
    return report_fault(command, MORTISE_ERROR_TIMEOUT, NULL, "domain '%s' is still %s, not %s", name, now,
                        mortise_domain_state_to_string(wait->wanted));
}

static int
run_wait(Command *command)
{
    Wait wait = {NULL};
    if (!words_read_state(command->arguments[1], &wait.wanted)) {
        return report_misuse(command,
                             "states are running, idle, paused, shutoff, crashed, pmsuspended, in-shutdown",
                             "there is no state '%s'", command->arguments[1]);
    }
    if (!command_connect(command)) {
        return command->status;
    }
    /* The watch comes first: what happens between the look and the wait is not missed. */
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(command->connection);
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    wait.domain = domain;
    FollowEnd how = FOLLOW_SATISFIED;
    if (!is_reached(&wait)) {
        how = follow(watch, take_event, &wait, command_number(command, "timeout", 0), command->cancellable);
    }
    int code = how == FOLLOW_SATISFIED ? say_reached(command, &wait) : say_missed(command, &wait, how);
    g_free(wait.reason);
    return code;
}

const Verb verbs_wait[] = {
    {"wait", GROUP_FOLLOW, "DOMAIN STATE", "wait until a domain is in a state",
     "STATE is one that domstate prints, such as running, paused or shutoff. Where the connection keeps its state "
     "in\n"
     "files, other commands have to wait meanwhile: wait for what the guest does by itself.",
     wait_options, 2, 2, run_wait},
    {NULL},
};

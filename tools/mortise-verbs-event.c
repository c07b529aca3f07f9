// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb event: prints what happens on a connection.
#include "mortise-domain-words.h"
#include "mortise-event-filter.h"
#include "mortise-follow.h"
#include "mortise-interrupt.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption event_options[] = {
    {"all", 0, OPTION_FLAG, NULL, "events of every kind (the default)"},
    {"event", 0, OPTION_TEXT, "NAME", "only events of this kind; --list names them"},
    {"domain", 0, OPTION_TEXT, "DOMAIN", "only events of this domain"},
    {"loop", 0, OPTION_FLAG, NULL, "go on after the first event"},
    {"timeout", 0, OPTION_SECONDS, "SECONDS", "end after this time"},
    {"timestamp", 0, OPTION_FLAG, NULL, "print when it happened, too"},
    {"list", 0, OPTION_FLAG, NULL, "list the kinds of events, and end"},
    {NULL},
};

typedef struct {
    Command *command;
    EventFilter *filter;
    gboolean loop;
    gboolean timestamp;
    guint64 count;
} Listener;

static void
print_event_json(const MortiseEvent *event)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_unsigned(builder, "sequence", event->sequence);
    json_add_number(builder, "time_us", event->time_us);
    json_add_text(builder, "kind", mortise_event_kind_to_string(event->kind));
    json_add_text(builder, "domain", event->domain);
    json_add_text(builder, "uuid", event->uuid);
    json_add_known_number(builder, "id", event->id);
    json_add_text(builder, "state", event->domain != NULL ? mortise_domain_state_to_string(event->state) : NULL);
    json_add_text(builder, "reason", event->reason);
    json_add_text(builder, "detail", event->detail);
    json_builder_end_object(builder);
    output_json_line(stdout, builder);
}

/* "2026-11-21 22:55:20.123+0000: ". Free with g_free. */
static char *
time_text(gint64 time_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
    if (time == NULL) {
        return g_strdup("");
    }
    g_autofree char *seconds = g_date_time_format(time, "%Y-%m-%d %H:%M:%S");
    return g_strdup_printf("%s.%03d+0000: ", seconds, (int) (time_us % G_USEC_PER_SEC / 1000));
}

/* What an event says after its kind and domain; NULL for nothing. Free with g_free. */
static char *
event_words(const MortiseEvent *event)
{
    switch (event->kind) {
    case MORTISE_EVENT_KIND_STATE:
        return event->reason != NULL
                   ? g_strdup_printf("%s (%s)", mortise_domain_state_to_string(event->state), event->reason)
                   : g_strdup(mortise_domain_state_to_string(event->state));
    case MORTISE_EVENT_KIND_RESYNC:
        return g_strdup("events were lost; read the list anew");
    default:
        return g_strdup(event->reason);
    }
}

static void
print_event(const Listener *self, const MortiseEvent *event)
{
    g_autofree char *time = self->timestamp ? time_text(event->time_us) : g_strdup("");
    g_autofree char *words = event_words(event);
    g_autofree char *domain = event->domain != NULL ? g_strdup_printf(" for domain '%s'", event->domain)
                                                    : g_strdup("");
    output_text(stdout, "%sevent '%s'%s%s%s%s%s\n", time, mortise_event_kind_to_string(event->kind), domain,
                words != NULL ? ": " : "", words != NULL ? words : "", event->detail != NULL ? ": " : "",
                event->detail != NULL ? event->detail : "");
}

static gboolean
take_event(const MortiseEvent *event, gpointer data)
{
    Listener *self = data;
    if (!event_filter_matches(self->filter, event)) {
        return TRUE;
    }
    self->count++;
    if (self->command->json) {
        print_event_json(event);
    } else {
        print_event(self, event);
    }
    /* A reader that is gone, or a full disk, ends the following; main says why. */
    return output_flush() && self->loop;
}

static int
print_kinds(Command *command)
{
    const char *const *names = event_filter_names();
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_array(builder);
        for (guint i = 0; names[i] != NULL; i++) {
            json_builder_add_string_value(builder, names[i]);
        }
        json_builder_end_array(builder);
        output_json(builder);
        return COMMAND_DONE;
    }
    for (guint i = 0; names[i] != NULL; i++) {
        output_text(stdout, "%s\n", names[i]);
    }
    return COMMAND_DONE;
}

/* The exit code, with the last words for a person. */
static int
end(const Listener *self, FollowEnd how)
{
    Command *command = self->command;
    if (!command->json && !command->quiet) {
        output_text(stdout, "%sevents received: %" G_GUINT64_FORMAT "\n",
                    how == FOLLOW_TIMED_OUT   ? "event loop timed out\n"
                    : how == FOLLOW_CANCELLED ? "event loop interrupted\n"
                                              : "",
                    self->count);
    }
    if (how == FOLLOW_TIMED_OUT) {
        return self->count > 0 ? COMMAND_DONE : COMMAND_TIMED_OUT;
    }
    /* A signal is the usual end of a loop. */
    return how == FOLLOW_CANCELLED && !self->loop ? 128 + interrupt_get_signal(command->interrupt) : COMMAND_DONE;
}

static int
run_event(Command *command)
{
    const char *name = command_text(command, "event");
    if (command_flag(command, "list")) {
        return print_kinds(command);
    }
    if (name != NULL && command_flag(command, "all")) {
        return report_misuse(command, NULL, "--all does not go with --event");
    }
    if (name != NULL && !event_filter_knows(name)) {
        return report_misuse(command, "'mortise event --list' names them", "there is no event '%s'", name);
    }
    if (!command_connect(command)) {
        return command->status;
    }
    /* Events that happen before the domain was looked up count too. */
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(command->connection);
    const char *word = command_text(command, "domain");
    g_autoptr(MortiseDomain) domain = word != NULL ? command_find_domain(command, word) : NULL;
    if (word != NULL && domain == NULL) {
        return command->status;
    }
    EventFilter filter = {.name = name, .uuid = domain != NULL ? mortise_domain_get_uuid(domain) : NULL};
    Listener listener = {
        .command = command,
        .filter = &filter,
        .loop = command_flag(command, "loop"),
        .timestamp = command_flag(command, "timestamp"),
    };
    FollowEnd how = follow(watch, take_event, &listener, command_number(command, "timeout", 0),
                           command->cancellable);
    return end(&listener, how);
}

const Verb verbs_event[] = {
    {"event", GROUP_FOLLOW, "", "print events as they happen",
     "Ends after one event, with --loop at the timeout or when it is interrupted (exit code 0). Where the "
     "connection\n"
     "keeps its state in files, other commands have to wait meanwhile.",
     event_options, 0, 0, run_event},
    {NULL},
};

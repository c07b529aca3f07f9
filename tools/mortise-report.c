// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors as lines for a person, or as one JSON object for a program.
#include "mortise-report.h"

#include "mortise-interrupt.h"
#include "mortise-options.h"
#include "mortise-output.h"

typedef struct {
    const char *reason;
    const char *message;
    const char *details;
    const char *hint;
    gboolean retryable;
} Report;

static void
add_report(JsonBuilder *builder, const Report *report)
{
    json_add_text(builder, "reason_id", report->reason);
    json_add_text(builder, "message", report->message);
    json_add_text(builder, "details", report->details);
    json_add_text(builder, "hint", report->hint);
    json_add_flag(builder, "retryable", report->retryable);
}

static void
print_report(Command *command, const Report *report)
{
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        add_report(builder, report);
        json_builder_end_object(builder);
        output_json_line(stderr, builder);
        return;
    }
    output_text(stderr, "mortise: %s\n", report->message);
    if (report->hint != NULL) {
        output_text(stderr, "  hint: %s\n", report->hint);
    }
    g_auto(GStrv) lines = g_strsplit(report->details != NULL ? report->details : "", "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (lines[i][0] != '\0') {
            output_text(stderr, "  %s\n", lines[i]);
        }
    }
}

static Report
report_of(const GError *error)
{
    return (Report){
        .reason = mortise_error_get_reason(error),
        .message = mortise_error_get_summary(error),
        .details = mortise_error_get_details(error),
        .hint = mortise_error_get_hint(error),
        .retryable = mortise_error_is_retryable(error),
    };
}

void
report_add_error(JsonBuilder *builder, const GError *error)
{
    Report report = report_of(error);
    add_report(builder, &report);
}

int
report_code_of(Command *command, const GError *error)
{
    int number = interrupt_get_signal(command->interrupt);
    if (number != 0 && g_cancellable_is_cancelled(command->cancellable)) {
        return 128 + number;
    }
    if (error->domain != MORTISE_ERROR) {
        return COMMAND_FAILED;
    }
    switch (error->code) {
    case MORTISE_ERROR_NO_SUCH_DOMAIN:
        return COMMAND_NO_DOMAIN;
    case MORTISE_ERROR_DRIVER_MISSING:
    case MORTISE_ERROR_MODULE_MISSING:
    case MORTISE_ERROR_MODULE_MISSING_LIBRARY:
    case MORTISE_ERROR_MODULE_ABI_MISMATCH:
    case MORTISE_ERROR_MODULE_UNTRUSTED:
    case MORTISE_ERROR_MODULE_MASKED:
    case MORTISE_ERROR_MODULE_INIT_FAILED:
    case MORTISE_ERROR_MANIFEST_INVALID:
        return COMMAND_NO_CONNECTION;
    case MORTISE_ERROR_TIMEOUT:
    case MORTISE_ERROR_MONITOR_TIMEOUT:
        return COMMAND_TIMED_OUT;
    default:
        return COMMAND_FAILED;
    }
}

int
report_error(Command *command, const GError *error)
{
    Report report = report_of(error);
    print_report(command, &report);
    return report_code_of(command, error);
}

int
report_error_of(Command *command, const char *domain, const GError *error)
{
    Report report = report_of(error);
    g_autofree char *message = g_strdup_printf("%s: %s", domain, report.message);
    report.message = message;
    print_report(command, &report);
    return report_code_of(command, error);
}

int
report_connection_error(Command *command, const GError *error)
{
    int code = report_error(command, error);
    return code > 128 ? code : COMMAND_NO_CONNECTION;
}

int
report_misuse(Command *command, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    g_autofree char *usage = options_usage(command->verb);
    g_autofree char *help = g_strdup_printf("mortise help%s%s", command->verb != NULL ? " " : "",
                                            command->verb != NULL ? command->verb->name : "");
    g_autofree char *details = g_strdup_printf("usage: %s\nmore: %s", usage, help);
    g_autofree char *named = command->verb != NULL ? g_strdup_printf("%s: %s", command->verb->name, message) : NULL;
    Report report = {
        .reason = mortise_error_reason_of_code(MORTISE_ERROR_INVALID_ARGUMENT),
        .message = named != NULL ? named : message,
        .details = details,
        .hint = hint,
    };
    print_report(command, &report);
    return COMMAND_MISUSED;
}

int
report_fault(Command *command, MortiseError code, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    Report report = {
        .reason = mortise_error_reason_of_code((int) code),
        .message = message,
        .hint = hint,
        .retryable = mortise_error_code_is_retryable((int) code),
    };
    print_report(command, &report);
    g_autoptr(GError) error = g_error_new_literal(MORTISE_ERROR, (int) code, message);
    return report_code_of(command, error);
}

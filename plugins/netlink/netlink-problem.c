// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems: a failure in the words and reasons of Mortise, with what the kernel said.
#include "netlink-private.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* The head of the caller's struct is copied back, and no more than it has. */
static void
give(MortiseProblem *target, MortiseProblem *problem)
{
    if (target == NULL || target->struct_size < sizeof target->struct_size) {
        return;
    }
    problem->struct_size = target->struct_size;
    memcpy(target, problem, MIN(target->struct_size, sizeof *problem));
}

/* Cuts at the border of a character, and keeps it on one line. */
static void
fit(char *target, gsize size, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    gsize length = strlen(valid);

    if (length >= size) {
        length = (gsize) (g_utf8_find_prev_char(valid, valid + size) - valid);
    }
    memcpy(target, valid, length);
    target[length] = '\0';
    (void) g_strdelimit(target, "\r\n", ' ');
}

G_GNUC_PRINTF(6, 0)
static void
write_problem(MortiseProblem *target, int number, const char *reason, const char *object, const char *hint,
              const char *format, va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    MortiseProblem problem = {.number = number};

    fit(problem.reason, sizeof problem.reason, reason);
    fit(problem.object, sizeof problem.object, object);
    fit(problem.message, sizeof problem.message, message);
    fit(problem.hint, sizeof problem.hint, hint);
    give(target, &problem);
}

MortiseResult
netlink_fail(MortiseProblem *problem, const char *reason, const char *object, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_problem(problem, 0, reason, object, hint, format, arguments);
    va_end(arguments);
    return g_str_equal(reason, "unsupported") ? MORTISE_UNSUPPORTED : MORTISE_FAILED;
}

typedef struct {
    int number;
    const char *reason;
    const char *hint;
} Meaning;

static const Meaning meanings[] = {
    {EPERM, "permission-denied", "run this as root, or with the capability CAP_NET_ADMIN"},
    {EACCES, "permission-denied", "run this as root, or with the capability CAP_NET_ADMIN"},
    {EEXIST, "link-exists", NULL},
    {ENODEV, "link-missing", NULL},
    {ENXIO, "link-missing", NULL},
    {ESRCH, "link-missing", NULL},
    {EBUSY, "resource-busy", "something else uses it; 'ip -details link' shows what it belongs to"},
    {EADDRINUSE, "resource-busy", "another link of the same device has that MAC address; 'ip link' shows which one"},
    {EOPNOTSUPP, "unsupported", "the running kernel was built without it, or lacks the module"},
    {EPROTONOSUPPORT, "unsupported", "the running kernel was built without it, or lacks the module"},
    {EAFNOSUPPORT, "unsupported", "the running kernel was built without it, or lacks the module"},
    {EINVAL, "invalid-argument", NULL},
    {ERANGE, "invalid-argument", NULL},
    {EADDRNOTAVAIL, "invalid-argument", NULL},
    {ENAMETOOLONG, "invalid-argument", NULL},
    {ENETUNREACH, "invalid-argument", "a gateway must be reachable by an address of a link that is up"},
    {EHOSTUNREACH, "invalid-argument", "a gateway must be reachable by an address of a link that is up"},
    {ENETDOWN, "invalid-argument", "set the link up first"},
    {ENOMEM, "limit-exceeded", NULL},
    {ENOBUFS, "limit-exceeded", NULL},
    {ENFILE, "limit-exceeded", "too many files are open"},
    {EMFILE, "limit-exceeded", "this process has too many files open"},
    {E2BIG, "limit-exceeded", NULL},
    {0, "internal", NULL},
};

static const Meaning *
meaning_of(int number)
{
    const Meaning *meaning = meanings;

    while (meaning->number != 0 && meaning->number != number) {
        meaning++;
    }
    return meaning;
}

G_GNUC_PRINTF(5, 0)
static MortiseResult
fail_number(MortiseProblem *problem, int number, const char *words, const char *object, const char *format,
            va_list arguments)
{
    const Meaning *meaning = meaning_of(number);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    g_autofree char *message = *words != '\0' ? g_strdup_printf("%s: %s (%s)", what, words, g_strerror(number))
                                              : g_strdup_printf("%s: %s", what, g_strerror(number));
    MortiseProblem made = {.number = number};

    fit(made.reason, sizeof made.reason, meaning->reason);
    fit(made.object, sizeof made.object, object);
    fit(made.message, sizeof made.message, message);
    fit(made.hint, sizeof made.hint, meaning->hint);
    give(problem, &made);
    return g_str_equal(meaning->reason, "unsupported") ? MORTISE_UNSUPPORTED : MORTISE_FAILED;
}

MortiseResult
netlink_fail_system(MortiseProblem *problem, int number, const char *object, const char *format, ...)
{
    va_list arguments;
    MortiseResult result;

    va_start(arguments, format);
    result = fail_number(problem, number, "", object, format, arguments);
    va_end(arguments);
    return result;
}

MortiseResult
netlink_fail_answer(MortiseProblem *problem, const NetlinkAnswer *answer, const char *object, const char *format, ...)
{
    va_list arguments;
    MortiseResult result;

    va_start(arguments, format);
    result = fail_number(problem, answer->number, answer->text, object, format, arguments);
    va_end(arguments);
    return result;
}

/* As the kernel has it: no slash, no colon, no space, not a directory's own name. */
static gboolean
is_name(const char *name, gboolean pattern)
{
    const char *number = strchr(name, '%');

    for (const char *c = name; *c != '\0'; c++) {
        if (!g_ascii_isgraph(*c) || *c == '/' || *c == ':') {
            return FALSE;
        }
    }
    if (number != NULL && (!pattern || number[1] != 'd' || strchr(number + 1, '%') != NULL)) {
        return FALSE;
    }
    return *name != '\0' && !g_str_equal(name, ".") && !g_str_equal(name, "..");
}

gboolean
netlink_check_name(const char *name, gboolean pattern, MortiseProblem *problem)
{
    if (name == NULL || *name == '\0') {
        (void) netlink_fail(problem, "invalid-argument", NULL, NULL, "the name of a network device is missing");
        return FALSE;
    }
    if (strlen(name) >= MORTISE_LINK_NAME_SIZE) {
        (void) netlink_fail(problem, "invalid-argument", name, "choose a shorter name",
                            "'%s' is too long for a network device: %zu bytes, at most %u", name, strlen(name),
                            MORTISE_LINK_NAME_SIZE - 1);
        return FALSE;
    }
    if (!is_name(name, pattern)) {
        (void) netlink_fail(problem, "invalid-argument", name, "use letters, digits, '-', '_' and '.'",
                            "'%s' cannot be the name of a network device", name);
        return FALSE;
    }
    return TRUE;
}

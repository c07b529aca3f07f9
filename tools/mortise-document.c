// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a document that a verb was given, from a file or from standard input, up to a limit.
#include "mortise-document.h"

#include "mortise-report.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

/* The library takes documents up to this size. */
#define LARGEST (4 * 1024 * 1024)

static char *
fail(Command *command, int status)
{
    command->status = status;
    return NULL;
}

static char *
fail_opening(Command *command, const char *file, int number)
{
    MortiseError code = number == ENOENT || number == ENOTDIR ? MORTISE_ERROR_FILE_MISSING
                        : number == EACCES || number == EPERM ? MORTISE_ERROR_PERMISSION_DENIED
                                                              : MORTISE_ERROR_FILE_ERROR;
    return fail(command, report_fault(command, code, NULL, "cannot open %s: %s", file, g_strerror(number)));
}

char *
document_read(Command *command, const char *file)
{
    const char *name = g_str_equal(file, "-") ? "standard input" : file;
    command_catch_signals(command);
    gboolean own = !g_str_equal(file, "-");
    int fd = own ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0) {
        return fail_opening(command, file, errno);
    }
    g_autoptr(GInputStream) stream = g_unix_input_stream_new(fd, own);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_malloc(LARGEST + 1);
    gsize length = 0;
    if (!g_input_stream_read_all(stream, text, LARGEST + 1, &length, command->cancellable, &error)) {
        return fail(command, report_fault(command, MORTISE_ERROR_FILE_ERROR, NULL, "cannot read %s: %s", name,
                                          error->message));
    }
    if (length > LARGEST) {
        return fail(command, report_fault(command, MORTISE_ERROR_LIMIT_EXCEEDED, NULL,
                                          "%s is larger than %d MiB: that is no definition", name, LARGEST >> 20));
    }
    if (length == 0) {
        return fail(command, report_fault(command, MORTISE_ERROR_INVALID_XML, NULL, "%s is empty", name));
    }
    if (memchr(text, '\0', length) != NULL) {
        return fail(command,
                    report_fault(command, MORTISE_ERROR_INVALID_XML, "save it as UTF-8",
                                 "%s has a zero byte in it: it is no text, or of an encoding such as UTF-16",
                                 name));
    }
    text[length] = '\0';
    return g_steal_pointer(&text);
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A console session: two directions with a buffer each, in one main loop that never blocks in a read or write.
#include "mortise-terminal.h"

#include "mortise-rawmode.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ESCAPE 0x1d /* ^] */
/* What a pipe takes at once when poll says that it can be written to. */
#define CHUNK 4096

typedef struct Session Session;

typedef struct {
    Session *session;
    int from;
    int to;
    gboolean from_person;
    guchar bytes[CHUNK];
    gsize start; /* of what is not written yet */
    gsize end;
    guint read_source;
    guint write_source;
} Direction;

struct Session {
    GMainLoop *loop;
    TerminalEnd end;
    int error;
    gboolean typed;   /* standard input is a terminal */
    gboolean leaving; /* ^] was read: go when what came before it is written */
    Direction in;
    Direction out;
};

static gboolean on_readable(int fd, GIOCondition condition, gpointer data);
static gboolean on_writable(int fd, GIOCondition condition, gpointer data);

static gboolean
end_session(Session *session, TerminalEnd end, int error)
{
    session->end = end;
    session->error = error;
    g_main_loop_quit(session->loop);
    return G_SOURCE_CONTINUE; /* all sources are removed after the loop */
}

static void
wait_to_read(Direction *self)
{
    if (self->read_source == 0) {
        self->read_source = g_unix_fd_add(self->from, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
    }
}

static void
wait_to_write(Direction *self)
{
    if (self->write_source == 0) {
        self->write_source = g_unix_fd_add(self->to, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable, self);
    }
}

static gboolean
read_no_more(Direction *self)
{
    self->read_source = 0;
    return G_SOURCE_REMOVE;
}

static gboolean
take_end_of_input(Direction *self, int number)
{
    if (self->from_person) {
        /* Nobody types any more; what the guest says is still wanted. EIO: the terminal is gone. */
        gboolean ended = number == 0 || number == EIO || number == EBADF;
        return ended ? read_no_more(self) : end_session(self->session, TERMINAL_FAILED, number);
    }
    /* A pty whose other side was closed reads as EIO, a socket of a killed process as ECONNRESET. */
    gboolean ended = number == 0 || number == EIO || number == ECONNRESET;
    return end_session(self->session, ended ? TERMINAL_HUNG_UP : TERMINAL_FAILED, number);
}

/* What is typed is read even when the console takes nothing: ^] must be seen. Without room, the rest is dropped. */
static gboolean
take_typed(Direction *self, const guchar *bytes, gsize count)
{
    const guchar *escape = memchr(bytes, ESCAPE, count);
    gsize wanted = escape != NULL ? (gsize) (escape - bytes) : count;
    gsize taken = MIN(wanted, CHUNK - self->end);
    memcpy(self->bytes + self->end, bytes, taken);
    self->end += taken;
    if (escape != NULL) {
        (void) !write(self->to, self->bytes + self->start, self->end - self->start);
        return end_session(self->session, TERMINAL_LEFT, 0);
    }
    wait_to_write(self);
    return G_SOURCE_CONTINUE;
}

/* What comes from elsewhere is read only when all before it was written. */
static gboolean
take_bytes(Direction *self, const guchar *bytes, gsize count)
{
    const guchar *escape = self->from_person ? memchr(bytes, ESCAPE, count) : NULL;
    self->start = 0;
    self->end = escape != NULL ? (gsize) (escape - bytes) : count;
    memcpy(self->bytes, bytes, self->end);
    self->session->leaving = self->session->leaving || escape != NULL;
    if (escape != NULL && self->end == 0) {
        return end_session(self->session, TERMINAL_LEFT, 0);
    }
    wait_to_write(self);
    return read_no_more(self);
}

static gboolean
on_readable(int fd, GIOCondition condition, gpointer data)
{
    (void) condition;
    Direction *self = data;
    guchar bytes[CHUNK];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (count <= 0) {
        return take_end_of_input(self, count < 0 ? errno : 0);
    }
    return self->from_person && self->session->typed ? take_typed(self, bytes, (gsize) count)
                                                     : take_bytes(self, bytes, (gsize) count);
}

static gboolean
take_write_error(Direction *self, int number)
{
    Session *session = self->session;
    gboolean gone = number == EIO || number == EPIPE || number == ECONNRESET;
    if (!gone) {
        return end_session(session, TERMINAL_FAILED, number);
    }
    if (!self->from_person || session->leaving) {
        return end_session(session, TERMINAL_LEFT, 0); /* nobody reads what the guest says */
    }
    /* The console closed, perhaps with words of the guest in it that were not read yet. */
    self->write_source = 0;
    return G_SOURCE_REMOVE;
}

static gboolean
on_writable(int fd, GIOCondition condition, gpointer data)
{
    (void) condition;
    Direction *self = data;
    ssize_t count = write(fd, self->bytes + self->start, self->end - self->start);
    if (count < 0) {
        return errno == EINTR || errno == EAGAIN ? G_SOURCE_CONTINUE : take_write_error(self, errno);
    }
    self->start += (gsize) count;
    if (self->start < self->end) {
        return G_SOURCE_CONTINUE;
    }
    self->start = 0;
    self->end = 0;
    if (self->from_person && self->session->leaving) {
        return end_session(self->session, TERMINAL_LEFT, 0);
    }
    wait_to_read(self);
    self->write_source = 0;
    return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled(GCancellable *cancellable, gpointer data)
{
    (void) cancellable;
    (void) end_session(data, TERMINAL_CANCELLED, 0);
    return G_SOURCE_REMOVE;
}

static void
stop(Direction *self)
{
    if (self->read_source != 0) {
        (void) g_source_remove(self->read_source);
    }
    if (self->write_source != 0) {
        (void) g_source_remove(self->write_source);
    }
}

static void
run_session(Session *session, GCancellable *cancellable)
{
    g_autoptr(GSource) cancelled = g_cancellable_source_new(cancellable);
    g_source_set_callback(cancelled, G_SOURCE_FUNC(on_cancelled), session, NULL);
    g_source_attach(cancelled, NULL);
    wait_to_read(&session->in);
    wait_to_read(&session->out);

    rawmode_enter(STDIN_FILENO);
    g_main_loop_run(session->loop);
    rawmode_leave();

    stop(&session->in);
    stop(&session->out);
    g_source_destroy(cancelled);
}

TerminalEnd
terminal_run(int fd, GCancellable *cancellable)
{
    g_autofree Session *session = g_new0(Session, 1);
    session->in = (Direction){.session = session, .from = STDIN_FILENO, .to = fd, .from_person = TRUE};
    session->out = (Direction){.session = session, .from = fd, .to = STDOUT_FILENO};
    session->loop = g_main_loop_new(NULL, FALSE);
    session->typed = isatty(STDIN_FILENO) != 0;
    (void) g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    /* A console or a reader that is gone is an end, not a reason to be killed. */
    (void) signal(SIGPIPE, SIG_IGN);

    run_session(session, cancellable);
    g_main_loop_unref(session->loop);
    (void) g_close(fd, NULL);
    errno = session->error;
    return session->end;
}

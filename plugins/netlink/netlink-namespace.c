// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Doing something in another network namespace, without taking the caller's thread there.
#include "netlink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    int namespace;
    gboolean apart;
    NetlinkFunction function;
    gpointer data;
    int number;                /* errno */
    gboolean good;
} Visit;

static gboolean
is_here(int network_namespace)
{
    struct stat here;
    struct stat there;

    return stat("/proc/thread-self/ns/net", &here) == 0 && fstat(network_namespace, &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* What is mounted from here on is seen by this thread alone. */
static gboolean
hide_mounts(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static gpointer
visit(gpointer data)
{
    Visit *self = data;
    gboolean there = !self->apart || hide_mounts();

    there = there && (is_here(self->namespace) || setns(self->namespace, CLONE_NEWNET) == 0);
    if (!there || !self->function(self->data)) {
        self->number = errno;
        return NULL;
    }
    self->good = TRUE;
    return NULL;
}

/* The thread ends with what it entered, so nothing has to be left again. */
static gboolean
run_in_thread(Visit *visitor)
{
    GThread *thread = g_thread_try_new("mortise-netns", visit, visitor, NULL);

    if (thread == NULL) {
        errno = EAGAIN;
        return FALSE;
    }
    (void) g_thread_join(thread);
    errno = visitor->number;
    return visitor->good;
}

gboolean
netlink_run_inside(int network_namespace, NetlinkFunction function, gpointer data)
{
    Visit visitor = {.namespace = network_namespace, .function = function, .data = data};

    return is_here(network_namespace) ? function(data) : run_in_thread(&visitor);
}

gboolean
netlink_run_apart(int network_namespace, NetlinkFunction function, gpointer data)
{
    Visit visitor = {.namespace = network_namespace, .apart = TRUE, .function = function, .data = data};

    return run_in_thread(&visitor);
}

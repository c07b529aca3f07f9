// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The main monitor's socket in the run directory of a QEMU guest, and what else may be there.
#include "qemu-monitor-socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MONITOR_FILE "m"
/* owners come and go while an emulator stands still, and each leaves a connection that it has still to take */
#define BACKLOG 1024

static void
monitor_address(const RunDirectory *directory, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void) g_snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/" MONITOR_FILE, directory->fd);
}

int
qemu_monitor_socket_listen(const RunDirectory *directory, DriverFailure **failure)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address;

    monitor_address(directory, &address);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0) {
        driver_failure_set(failure, "file-error", directory->path,
                           "Check that its file system is mounted, has room and belongs to you.",
                           "Making the monitor's socket in %s failed: %s.", directory->path, g_strerror(errno));
        if (fd >= 0) {
            (void) close(fd);
        }
        return -1;
    }
    return fd;
}

void
qemu_monitor_socket_widen(int listening)
{
    (void) listen(listening, BACKLOG);
}

int
qemu_monitor_socket_connect(const RunDirectory *directory, const char *domain, DriverFailure **failure)
{
    // Without waiting: a connection is taken by the kernel, even when the emulator is stopped.
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address;

    monitor_address(directory, &address);
    if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        driver_failure_set(failure, errno == EAGAIN ? "monitor-timeout" : "monitor-closed", domain,
                           "The emulator may be about to end, or hang with too many waiting connections.",
                           "The monitor of %s in %s cannot be reached: %s.", domain, directory->path,
                           g_strerror(errno));
        if (fd >= 0) {
            (void) close(fd);
        }
        return -1;
    }
    return fd;
}

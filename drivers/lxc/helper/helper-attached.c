// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Network devices that came while a container ran: back to the host when its init has ended, like all others.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lxc-helper.h"

#define NAMESPACE "net:["

/* What liblxc keeps open of the container's network: its init is gone, and with it the way by /proc. */
static int
find_network(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    char own[64] = "";
    char link[64];
    int found = -1;

    if (folder == NULL || readlink("/proc/self/ns/net", own, sizeof(own) - 1) < 0) {
        own[0] = '\0';
    }
    while (folder != NULL && own[0] != '\0' && (entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        const ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1);

        link[length > 0 ? length : 0] = '\0';
        if (strncmp(link, NAMESPACE, strlen(NAMESPACE)) == 0 && strcmp(link, own) != 0) {
            found = (int) helper_number(entry->d_name);
        }
    }
    if (folder != NULL) {
        (void) closedir(folder);
    }
    return found;
}

/* An errno, 0: done. */
static int
move(const char *device, const char *name, int home)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg body;
        struct rtattr namespace_head;
        int namespace;
        struct rtattr name_head;
        char name[IF_NAMESIZE];
    } request = {
        .head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .body = {.ifi_family = AF_UNSPEC, .ifi_index = (int) if_nametoindex(device)},
        .namespace_head = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = IFLA_NET_NS_FD},
        .namespace = home,
        .name_head = {.rta_len = RTA_LENGTH(IF_NAMESIZE), .rta_type = IFLA_IFNAME},
    };

    (void) memcpy(request.name, name, strnlen(name, sizeof(request.name) - 1));
    return request.body.ifi_index == 0 ? ENODEV : helper_netlink(&request, sizeof(request));
}

static void
move_all(FILE *file, const char *log, int home, bool ending)
{
    char device[IF_NAMESIZE];
    char name[IF_NAMESIZE];
    char whose;

    while (fscanf(file, "%15s %15s %c", device, name, &whose) == 3) {
        const int error = ending && whose == HELPER_MADE ? 0 : move(device, name, home);

        if (error != 0) {
            helper_complain(log, "The network device %s cannot be given back as %s: %s", device, name,
                            strerrordesc_np(error));
        }
    }
}

void
helper_give_back(int directory, const char *log, bool ending)
{
    const int fd = openat(directory, HELPER_ATTACHED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    int home;
    int network;

    if (file == NULL) {
        return;
    }
    home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    network = home >= 0 ? find_network() : -1;
    if (network >= 0 && setns(network, CLONE_NEWNET) == 0) {
        move_all(file, log, home, ending);
        if (setns(home, CLONE_NEWNET) != 0) {
            // Nothing more must be done in the wrong place.
            _exit(EXIT_FAILURE);
        }
    } else {
        helper_complain(log, "The container's network devices cannot be given back: %s", strerrordesc_np(errno));
    }
    if (home >= 0) {
        (void) close(home);
    }
    (void) fclose(file);
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Removing the network devices that were made for a container, when it has ended and liblxc has given them back.
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lxc-helper.h"

static void
remove_link(unsigned int index)
{
    const struct {
        struct nlmsghdr head;
        struct ifinfomsg body;
    } request = {
        .head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_DELLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .body = {.ifi_family = AF_UNSPEC, .ifi_index = (int) index},
    };

    (void) helper_netlink(&request, sizeof(request));
}

void
helper_remove_links(int directory)
{
    const int fd = openat(directory, HELPER_LINKS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[64];

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *space = strchr(line, ' ');
        const size_t length = space != NULL ? (size_t) (space - line) : sizeof(line);
        char name[IF_NAMESIZE] = "";
        unsigned long long wanted;
        unsigned int index;

        if (length >= sizeof(name)) {
            continue;
        }
        (void) memcpy(name, line, length);
        wanted = helper_number(space + 1);
        index = if_nametoindex(name);
        if (index > 0 && (wanted == 0 || wanted == index)) {
            remove_link(index);
        }
    }
    if (file != NULL) {
        (void) fclose(file);
    }
}

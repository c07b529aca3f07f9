// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The typed model of a container's definition, and the way from libvirt's LXC XML to it.
#pragma once

#include "domain-definition.h"

#define LXC_INTERFACE_LIMIT 64u
#define LXC_CONSOLE_LIMIT 16u

typedef enum { LXC_FILESYSTEM_MOUNT, LXC_FILESYSTEM_BIND, LXC_FILESYSTEM_BLOCK, LXC_FILESYSTEM_FILE,
               LXC_FILESYSTEM_RAM } LxcFilesystemType;

typedef struct {
    DomainDevice device;
    LxcFilesystemType type;
    char *source;              /* absolute; of the host, but of the container for BIND; NULL for RAM */
    guint64 size_kib;          /* of RAM */
    char *target;              /* absolute, in the container */
    gboolean read_only;
} LxcFilesystem;

typedef enum { LXC_INTERFACE_BRIDGE, LXC_INTERFACE_ETHERNET, LXC_INTERFACE_DIRECT,
               LXC_INTERFACE_PHYSICAL } LxcInterfaceType;

/* A route that is not the default one, or has a metric. */
typedef struct {
    char *destination;         /* "192.0.2.0/24", "2001:db8::/32" */
    char *gateway;
    guint metric;              /* 0: the kernel's */
} LxcRoute;

typedef struct {
    DomainDevice device;
    LxcInterfaceType type;
    char *source;              /* bridge, or device of the host; NULL of ETHERNET */
    guint mode;                /* of DIRECT: MORTISE_MACVLAN_... */
    char *mac;                 /* NULL of PHYSICAL */
    char *host_name;           /* of the end that stays on the host; NULL without one */
    char *handed_name;         /* of what is handed to the container, while it is still on the host; never NULL */
    char *guest_name;          /* never NULL: eth0, eth1, ... when not given */
    guint64 mtu;               /* 0: not given */
    gboolean down;             /* <link state='down'/> */
    GPtrArray *addresses;      /* char *: "192.0.2.1/24", IPv4 and IPv6 */
    char *gateway;             /* of the default route for IPv4; NULL: none */
    char *gateway6;
    GPtrArray *routes;         /* LxcRoute */
    DomainBandwidth inbound;   /* what the container receives */
    DomainBandwidth outbound;
} LxcInterface;

/* A device node of the host that the container may use. */
typedef struct {
    DomainDevice device;
    gboolean block;
    char *path;
} LxcNode;

typedef struct {
    guint line;
    gboolean group;
    guint start;               /* in the container */
    guint target;              /* on the host */
    guint count;
} LxcMap;

typedef enum { LXC_SHARE_NET, LXC_SHARE_IPC, LXC_SHARE_UTS, LXC_SHARES } LxcShareWhat;
typedef enum { LXC_SHARE_NONE, LXC_SHARE_NAME, LXC_SHARE_PID, LXC_SHARE_NETNS } LxcShareFrom;

typedef struct {
    LxcShareFrom from;
    char *value;
    guint line;
} LxcShare;

typedef enum { LXC_CAPABILITIES_DEFAULT, LXC_CAPABILITIES_ALLOW, LXC_CAPABILITIES_DENY } LxcCapabilityPolicy;

/* Numbers are 0 when not given. */
typedef struct {
    guint64 hard_kib;
    guint64 soft_kib;
    guint64 swap_kib;          /* of memory and swap together */
    guint64 shares;
    guint64 period;            /* microseconds */
    gint64 quota;              /* microseconds; negative: no limit */
    guint64 weight;
    char *cpus;                /* "0-3,5"; NULL: all */
    guint memory_line;
    guint cpu_line;
    guint weight_line;
    guint cpus_line;
} LxcLimits;

/* Never changed after it was parsed. Lists are never NULL. */
typedef struct {
    DomainDefinition *base;    /* name, UUID, memory, vCPUs, what follows an end; and the findings */
    char *personality;         /* "i686"; NULL: the host's */
    char *init;                /* absolute path in the container; NULL with a finding */
    guint init_line;
    GPtrArray *arguments;      /* char * */
    GPtrArray *environment;    /* char *: "NAME=VALUE" */
    char *directory;           /* absolute; NULL: / */
    guint directory_line;
    char *user;                /* a name or number; NULL: root */
    char *group;
    guint user_line;
    LxcLimits limits;
    LxcCapabilityPolicy policy;
    GPtrArray *capabilities_on;     /* char *: "mknod" */
    GPtrArray *capabilities_off;
    GPtrArray *maps;           /* LxcMap */
    LxcShare shares[LXC_SHARES];
    GPtrArray *filesystems;    /* LxcFilesystem */
    GPtrArray *interfaces;     /* LxcInterface */
    GPtrArray *nodes;          /* LxcNode */
    guint consoles;
    const GPtrArray *running;  /* LxcRecord.interfaces, borrowed, of a container that has this XML; else NULL */
} LxcDefinition;

/*
 * As domain_definition_parse(): NULL only when the text is no <domain> document; all else is in base->findings.
 * Any thread; does not block.
 */
LxcDefinition *lxc_definition_parse(const char *text, DriverFailure **failure);
/*
 * The XML of a container that runs, perhaps with a new device in it: names that were given are kept, and new ones are
 * unlike those. `interfaces` is as in its record.
 */
LxcDefinition *lxc_definition_parse_live(const char *text, const GPtrArray *interfaces, DriverFailure **failure);
void lxc_definition_free(LxcDefinition *definition);

/* KiB that the container may use: <hard_limit>, else <currentMemory>, else <memory>. */
guint64 lxc_definition_memory(const LxcDefinition *definition);
/* Whether a running container has that network device already, whatever has become of the host's part of it. */
gboolean lxc_interface_runs(const LxcDefinition *definition, const LxcInterface *interface);

/* The filesystem whose target is "/"; NULL: none. */
const LxcFilesystem *lxc_definition_root(const LxcDefinition *definition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LxcDefinition, lxc_definition_free)

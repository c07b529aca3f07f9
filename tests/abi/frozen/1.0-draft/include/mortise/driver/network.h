/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface network/1 of a provider: the host's links, their addresses and routes, in any network namespace. */
#ifndef MORTISE_DRIVER_NETWORK_H
#define MORTISE_DRIVER_NETWORK_H

#include <mortise/driver/provider.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_NETWORK_ID "network"
#define MORTISE_NETWORK_VERSION 1u

/* Bytes of a link's name with its terminator, of the name of a kind, and of an address as text. */
#define MORTISE_LINK_NAME_SIZE 16u
#define MORTISE_LINK_ALIAS_SIZE 256u
#define MORTISE_ADDRESS_SIZE 64u

/* One network namespace, opened; the provider's own. */
typedef struct MortiseNetwork MortiseNetwork;

/* Kinds of link. Those that can be made: all but the first two. */
#define MORTISE_LINK_ANY 0u       /* in MortiseLink: a kind that has no number here */
#define MORTISE_LINK_LOOPBACK 1u
#define MORTISE_LINK_BRIDGE 2u
#define MORTISE_LINK_VETH 3u
#define MORTISE_LINK_TAP 4u
#define MORTISE_LINK_MACVLAN 5u
#define MORTISE_LINK_MACVTAP 6u
#define MORTISE_LINK_LAST 6u

/* How macvlan and macvtap links of one parent see each other. */
#define MORTISE_MACVLAN_BRIDGE 0u
#define MORTISE_MACVLAN_VEPA 1u
#define MORTISE_MACVLAN_PRIVATE 2u
#define MORTISE_MACVLAN_PASSTHROUGH 3u
#define MORTISE_MACVLAN_LAST 3u

/* Which members of MortiseLinkSettings count; without its bit, a thing stays as it is, or as the kernel likes it. */
#define MORTISE_LINK_SET_UP 1u
#define MORTISE_LINK_SET_MAC 2u
#define MORTISE_LINK_SET_MTU 4u
#define MORTISE_LINK_SET_MASTER 8u
#define MORTISE_LINK_SET_NAME 16u             /* change only */
#define MORTISE_LINK_SET_ALIAS 32u
#define MORTISE_LINK_SET_STP 64u              /* bridges only, like the next */
#define MORTISE_LINK_SET_VLAN_FILTERING 128u
#define MORTISE_LINK_SET_PEER_MAC 256u        /* create of a veth pair only, like the next */
#define MORTISE_LINK_SET_PEER_NAMESPACE 512u
#define MORTISE_LINK_SET_OWNER 1024u          /* create of a tap only */
#define MORTISE_LINK_SET_ALL 2047u

/* What a link is to be. Strings are borrowed for the call. */
typedef struct MortiseLinkSettings {
    uint32_t struct_size;
    uint32_t set;              /* MORTISE_LINK_SET_...: which of the members below the line count */
    uint32_t kind;             /* MORTISE_LINK_..., when it is made; MORTISE_LINK_ANY when it is changed */
    uint32_t mode;             /* MORTISE_MACVLAN_..., when one is made */
    /* At most 15 bytes. When it is made, one "%d" in it becomes the first number that is free: "tap%d". */
    const char *name;
    const char *parent;        /* the link that a macvlan or macvtap is made on; else NULL */
    const char *peer;          /* the other end of a veth pair that is made, "%d" as above; else NULL */
    /* ---- */
    const char *master;        /* the bridge that it becomes a port of; NULL: of none any more */
    const char *new_name;
    const char *alias;         /* a note of up to 255 bytes that the kernel keeps; "" takes it away */
    uint32_t up;               /* 1 or 0 */
    uint32_t mtu;
    uint32_t stp;              /* 1 or 0 */
    uint32_t vlan_filtering;   /* 1 or 0 */
    uint8_t mac[6];
    uint8_t peer_mac[6];
    MortiseFileDescriptor peer_namespace;   /* where the other end is made; stays the caller's */
    uint32_t user;             /* who may open a tap without privilege */
    uint32_t group;
} MortiseLinkSettings;

#define MORTISE_LINK_FLAG_UP 1u         /* set up by somebody */
#define MORTISE_LINK_FLAG_RUNNING 2u    /* and somebody is at the other end */
#define MORTISE_LINK_FLAGS_ALL 3u

/* A link as the kernel has it, with all that it counted. */
typedef struct MortiseLink {
    uint32_t struct_size;
    uint32_t index;            /* 0: there is no such link, and nothing below is written but the name */
    uint32_t kind;             /* MORTISE_LINK_... */
    uint32_t flags;            /* MORTISE_LINK_FLAG_... */
    uint32_t mtu;
    uint32_t master;           /* index of the bridge that it is a port of; 0: of none */
    uint32_t lower;            /* index of a macvlan's parent or a veth's peer, perhaps in another namespace; 0: none */
    uint32_t mode;             /* MORTISE_MACVLAN_... of a macvlan or macvtap */
    uint8_t mac[6];
    uint8_t reserved[2];
    char name[MORTISE_LINK_NAME_SIZE];
    char kind_name[MORTISE_LINK_NAME_SIZE];   /* the kernel's: "bridge", "tun"; "" of hardware */
    char alias[MORTISE_LINK_ALIAS_SIZE];
    /* Received and sent by the host. The host's end of a guest's link receives what the guest sends. */
    uint64_t rx_bytes;
    uint64_t rx_packets;
    uint64_t rx_errors;
    uint64_t rx_dropped;
    uint64_t tx_bytes;
    uint64_t tx_packets;
    uint64_t tx_errors;
    uint64_t tx_dropped;
} MortiseLink;

/* open_tap. */
#define MORTISE_TAP_CREATE 1u           /* makes it; it is gone when its last descriptor is closed */
#define MORTISE_TAP_VNET_HEADER 2u      /* packets begin with a virtio header, for checksum and segmentation offload */
#define MORTISE_TAP_MULTI_QUEUE 4u      /* always with more than one descriptor; may be asked for with one */
#define MORTISE_TAP_FLAGS_ALL 7u
#define MORTISE_TAP_QUEUES_LIMIT 256u

/* An address of a link, "192.0.2.1/24" or "2001:db8::1/64"; without a length it is one host's. */
typedef struct MortiseAddress {
    uint32_t struct_size;
    uint32_t reserved;
    char address[MORTISE_ADDRESS_SIZE];
    char peer[MORTISE_ADDRESS_SIZE];        /* the other end of a point-to-point link; "" for none */
    char broadcast[MORTISE_ADDRESS_SIZE];   /* "" for none; where an IPv4 address is added, the usual one */
} MortiseAddress;

/* A route; what is NULL or 0 is left to the kernel. Strings are borrowed for the call. */
typedef struct MortiseRoute {
    uint32_t struct_size;
    uint32_t table;            /* 0: the main one */
    const char *destination;   /* "192.0.2.0/24", "2001:db8::/32"; "0.0.0.0/0" and "::/0" are the default routes */
    const char *gateway;
    const char *link;
    const char *source;        /* address to send from */
    uint32_t metric;
    uint32_t reserved;
} MortiseRoute;

#define MORTISE_VLAN_UNTAGGED 1u        /* packets of it leave the port without its tag */
#define MORTISE_VLAN_NATIVE 2u          /* packets that come without a tag belong to it; one number, in one entry */
#define MORTISE_VLAN_FLAGS_ALL 3u

/* VLANs that a bridge's port takes part in: all from `first` to `last`, 1 to 4094. */
typedef struct MortiseVlan {
    uint32_t struct_size;
    uint32_t flags;            /* MORTISE_VLAN_... */
    uint32_t first;
    uint32_t last;
} MortiseVlan;

/* Limit of one direction. `average` 0: no limit. */
typedef struct MortiseBandwidth {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t average;          /* bytes a second */
    uint64_t peak;             /* bytes a second of a burst; 0: as fast as can be */
    uint64_t burst;            /* bytes; 0: what 1/10 of a second has room for, and one packet at least */
} MortiseBandwidth;

#define MORTISE_EVENT_NONE 0u           /* nothing happened since */
#define MORTISE_EVENT_LINK_CHANGED 1u   /* or made; what has changed is found by comparing */
#define MORTISE_EVENT_LINK_GONE 2u      /* from this namespace */
#define MORTISE_EVENT_LOST 3u           /* more happened than was read: look at everything again */
#define MORTISE_EVENT_LAST 3u

typedef struct MortiseLinkEvent {
    uint32_t struct_size;
    uint32_t kind;             /* MORTISE_EVENT_... */
    MortiseLink link;          /* of CHANGED and GONE */
} MortiseLinkEvent;

/*
 * Each function may be called from any thread, several at once also on one instance; each waits for the kernel alone,
 * which answers at once (but for `remove` of a link that others still hold). Each either does all that it is asked to
 * or leaves things as they were, and then says why in `problem`, which may be NULL; MORTISE_UNSUPPORTED, with a
 * problem as well, is what this kernel cannot do. All functions are mandatory.
 *
 * Reasons of problems: "link-missing" (a link or bridge that was named is not there), "link-exists" (a name, an
 * address or a route is taken), "resource-busy", "permission-denied", "invalid-argument", "unsupported",
 * "limit-exceeded", "internal".
 */
typedef struct MortiseNetworkInterface {
    MortiseInterface head;

    /*
     * An instance that works in the network namespace of the descriptor (a /proc/PID/ns/net), -1: in that of the
     * calling thread. The descriptor may be closed afterwards; the namespace lives as long as the instance.
     */
    MortiseResult (*open)(MortiseFileDescriptor network_namespace, MortiseNetwork **network, MortiseProblem *problem);
    /* No other call on it is under way. NULL is allowed. */
    void (*close)(MortiseNetwork *network);

    /*
     * Makes a bridge, a veth pair, a tap that stays, a macvlan or a macvtap, with all its settings. `made` may be NULL;
     * the peer of a veth pair has the index made->lower. The peer takes mac from peer_mac and the mtu of the settings;
     * up, master and alias are the first end's alone.
     */
    MortiseResult (*create)(MortiseNetwork *network, const MortiseLinkSettings *settings, MortiseLink *made,
                            MortiseProblem *problem);
    /*
     * Deletes a link, and with a veth its peer. `index`, unless 0, must be that of the name: who remembers both
     * deletes no other link that got the name later. MORTISE_OK also when there is no such link (any more).
     */
    MortiseResult (*remove)(MortiseNetwork *network, const char *name, uint32_t index, MortiseProblem *problem);
    /*
     * Changes a link; on failure what was changed before is set back. Before Linux 6.2 one that is up cannot be renamed
     * ("resource-busy"); one that is set up by the same call can.
     */
    MortiseResult (*change)(MortiseNetwork *network, const MortiseLinkSettings *settings, MortiseProblem *problem);
    /*
     * Moves a link into another namespace and gives it `new_name` there (NULL: its own). The namespace is that of the
     * descriptor, or with -1 that of the process `pid`. It loses its master and its addresses and is down there.
     */
    MortiseResult (*move)(MortiseNetwork *network, const char *name, MortiseFileDescriptor network_namespace,
                          int64_t pid, const char *new_name, MortiseProblem *problem);

    /*
     * Opens `count` queues of a tap or macvtap, each a descriptor that an emulator reads and writes packets by; they
     * are the caller's. With MORTISE_TAP_CREATE it is made as `settings` say; else it must be there, and settings->set
     * must be 0. `opened` may be NULL.
     */
    MortiseResult (*open_tap)(MortiseNetwork *network, const MortiseLinkSettings *settings, uint32_t flags,
                              MortiseFileDescriptor *descriptors, uint32_t count, MortiseLink *opened,
                              MortiseProblem *problem);

    /*
     * Links with what they counted, in one go. With `names`, links[i] is what names[i] is, with index 0 when there is
     * none, and `capacity` and `*count` are the number of names. Without (NULL), all there are, by index: `*count` is
     * how many, also when `capacity` has no room for them all (then as many as fit are written). The caller sets
     * struct_size in links[0]; it is that of each.
     */
    MortiseResult (*links)(MortiseNetwork *network, const char *const *names, MortiseLink *links, uint32_t capacity,
                           uint32_t *count, MortiseProblem *problem);

    /* Addresses of a link, room and count as above. */
    MortiseResult (*addresses)(MortiseNetwork *network, const char *link, MortiseAddress *addresses,
                               uint32_t capacity, uint32_t *count, MortiseProblem *problem);
    /* Gives a link an address, or with `remove` 1 takes it away; MORTISE_OK then also when it has none such. */
    MortiseResult (*address)(MortiseNetwork *network, const char *link, const MortiseAddress *address,
                             uint32_t remove, MortiseProblem *problem);
    /* Adds a route, or with `remove` 1 takes it away; MORTISE_OK then also when there is none such. */
    MortiseResult (*route)(MortiseNetwork *network, const MortiseRoute *route, uint32_t remove,
                           MortiseProblem *problem);

    /*
     * The VLANs of a bridge's port, from here on these and no others. The bridge must filter them
     * (MORTISE_LINK_SET_VLAN_FILTERING).
     */
    MortiseResult (*vlans)(MortiseNetwork *network, const char *port, const MortiseVlan *vlans, uint32_t count,
                           MortiseProblem *problem);
    /*
     * Limits what the host receives from the link and what it sends into it, from here on; NULL leaves a direction as
     * it is. Replaces what others have set up for that direction (tc's root and ingress), which is not set back on
     * failure; no new limit stays then.
     */
    MortiseResult (*bandwidth)(MortiseNetwork *network, const char *link, const MortiseBandwidth *received,
                               const MortiseBandwidth *sent, MortiseProblem *problem);

    /*
     * A descriptor that is readable when something has happened to a link from now on, for MortiseHost.watch_add; then
     * next_event is called until it says MORTISE_EVENT_NONE. The descriptor belongs to the instance and ends with it;
     * a second call gives the same.
     */
    MortiseResult (*subscribe)(MortiseNetwork *network, MortiseFileDescriptor *descriptor, MortiseProblem *problem);
    MortiseResult (*next_event)(MortiseNetwork *network, MortiseLinkEvent *event, MortiseProblem *problem);
} MortiseNetworkInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_NETWORK_H */

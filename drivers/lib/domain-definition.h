// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The typed model of a libvirt domain definition, and the way from XML text to it.
#pragma once

#include "domain-address.h"
#include "domain-finding.h"

struct _xmlDoc;
struct _xmlNode;

/* Bounds of what is read; beyond them a text is refused, not cut. */
#define DOMAIN_TEXT_LIMIT (4u * 1024u * 1024u)
#define DOMAIN_DEPTH_LIMIT 64u
#define DOMAIN_ATTRIBUTE_LIMIT 256u    /* of one element */
#define DOMAIN_CHILD_LIMIT 1024u       /* of <devices> and of <cpu> */
#define DOMAIN_VCPU_LIMIT 4096u
#define DOMAIN_NAME_LIMIT 255u
/* virtio-blk and ATA carry no more of a serial number. */
#define DOMAIN_DISK_SERIAL_LIMIT 20u

/* Settings that may be left to the driver. */
typedef enum {
    DOMAIN_SWITCH_DEFAULT,
    DOMAIN_SWITCH_ON,
    DOMAIN_SWITCH_OFF
} DomainSwitch;

/* What each device has; it is the first member of all of them. */
typedef struct {
    guint line;                /* of the element that asks for it; 0 when none does */
    struct _xmlNode *node;     /* its own element, owned by the definition; NULL when it has none */
    char *user_alias;          /* an alias that begins with "ua-", else NULL: one is assigned */
    DomainAddress address;     /* as given; DOMAIN_ADDRESS_NONE: one is assigned */
    guint boot_order;          /* from 1; 0 when not given */
} DomainDevice;

typedef enum { DOMAIN_BOOT_DISK, DOMAIN_BOOT_CDROM, DOMAIN_BOOT_NETWORK } DomainBoot;
#define DOMAIN_BOOT_LIMIT 3u

typedef struct {
    guint line;                /* of <type> */
    char *architecture;        /* "x86_64"; NULL: the host's */
    char *machine;             /* "q35"; NULL: the usual one of the architecture */
    guint machine_line;
    char *kernel;              /* absolute paths; NULL when not given */
    char *initrd;
    char *command_line;
    guint kernel_line;
    guint initrd_line;
    DomainBoot boot[DOMAIN_BOOT_LIMIT];   /* each at most once */
    guint boot_count;
    guint boot_line;
    DomainSwitch boot_menu;
    guint boot_menu_timeout;   /* milliseconds; 0 when not given */
} DomainOs;

typedef enum {
    DOMAIN_CPU_DEFAULT,        /* no <cpu>, or one without mode and model */
    DOMAIN_CPU_CUSTOM,
    DOMAIN_CPU_HOST_PASSTHROUGH,
    DOMAIN_CPU_HOST_MODEL,
    DOMAIN_CPU_MAXIMUM
} DomainCpuMode;

typedef enum {
    DOMAIN_CPU_FEATURE_REQUIRE,    /* the guest does not start without it */
    DOMAIN_CPU_FEATURE_FORCE,
    DOMAIN_CPU_FEATURE_OPTIONAL,
    DOMAIN_CPU_FEATURE_DISABLE
} DomainCpuFeaturePolicy;

typedef struct {
    guint line;
    char *name;
    DomainCpuFeaturePolicy policy;
} DomainCpuFeature;

typedef struct {
    guint line;                /* 0 without <cpu> */
    DomainCpuMode mode;
    char *model;               /* with DOMAIN_CPU_CUSTOM only */
    gboolean check_full;       /* check='full': the guest gets every feature of the model or does not start */
    DomainSwitch migratable;
    GPtrArray *features;       /* DomainCpuFeature */
    guint sockets;             /* the product is the maximum of vCPUs; all 0 without <topology> */
    guint dies;
    guint cores;
    guint threads;
} DomainCpu;

typedef struct {
    guint acpi_line;           /* 0: not asked for */
    guint apic_line;
    guint pae_line;
} DomainFeatures;

typedef enum { DOMAIN_CLOCK_UTC, DOMAIN_CLOCK_LOCALTIME } DomainClockOffset;
typedef enum { DOMAIN_TICK_DEFAULT, DOMAIN_TICK_DELAY, DOMAIN_TICK_CATCHUP, DOMAIN_TICK_DISCARD } DomainTickPolicy;

typedef struct {
    guint line;                /* 0 without <clock> */
    DomainClockOffset offset;
    guint64 tsc_frequency;     /* Hz; 0 when not given */
    guint tsc_line;
    DomainTickPolicy rtc_policy;
    guint rtc_line;
    DomainTickPolicy pit_policy;
    guint pit_line;
    DomainSwitch hpet;
    guint hpet_line;
    DomainSwitch kvmclock;
    guint kvmclock_line;
} DomainClock;

typedef enum { DOMAIN_END_DESTROY, DOMAIN_END_RESTART, DOMAIN_END_PRESERVE } DomainEndAction;

/* What follows when the guest powers off, reboots or crashes; libvirt's defaults: destroy, restart, destroy. */
typedef struct {
    DomainEndAction poweroff;
    DomainEndAction reboot;    /* never preserve */
    DomainEndAction crash;
    guint poweroff_line;       /* 0: not given */
    guint crash_line;
} DomainEndActions;

typedef enum { DOMAIN_DISK_DISK, DOMAIN_DISK_CDROM } DomainDiskDevice;
typedef enum { DOMAIN_DISK_BUS_VIRTIO, DOMAIN_DISK_BUS_IDE, DOMAIN_DISK_BUS_SATA } DomainDiskBus;
typedef enum { DOMAIN_DISK_RAW, DOMAIN_DISK_QCOW2 } DomainDiskFormat;
typedef enum {
    DOMAIN_CACHE_DEFAULT, DOMAIN_CACHE_NONE, DOMAIN_CACHE_WRITETHROUGH, DOMAIN_CACHE_WRITEBACK,
    DOMAIN_CACHE_DIRECTSYNC, DOMAIN_CACHE_UNSAFE
} DomainCache;
typedef enum { DOMAIN_IO_DEFAULT, DOMAIN_IO_THREADS, DOMAIN_IO_NATIVE, DOMAIN_IO_URING } DomainIo;
typedef enum { DOMAIN_DISCARD_DEFAULT, DOMAIN_DISCARD_UNMAP, DOMAIN_DISCARD_IGNORE } DomainDiscard;

typedef struct {
    DomainDevice device;
    DomainDiskDevice type;
    DomainDiskBus bus;
    DomainDiskFormat format;
    DomainCache cache;
    DomainIo io;
    DomainDiscard discard;
    char *source;              /* absolute path; NULL: an empty CD-ROM drive */
    guint source_line;
    char *target;              /* "vda" */
    guint target_index;        /* 0 for vda, 1 for vdb */
    char *serial;              /* NULL when not given */
    gboolean read_only;
} DomainDisk;

typedef enum {
    DOMAIN_INTERFACE_DEFAULT, DOMAIN_INTERFACE_VIRTIO, DOMAIN_INTERFACE_E1000, DOMAIN_INTERFACE_E1000E,
    DOMAIN_INTERFACE_RTL8139
} DomainInterfaceModel;

typedef enum {
    DOMAIN_INTERFACE_USER,     /* the emulator's own network, no privilege needed */
    DOMAIN_INTERFACE_BRIDGE,   /* a tap that is a port of a bridge */
    DOMAIN_INTERFACE_ETHERNET, /* a tap, made here or by somebody else */
    DOMAIN_INTERFACE_DIRECT    /* a macvtap on a device of the host */
} DomainInterfaceType;

/* Numbers as in network/1 of the driver ABI. */
typedef enum {
    DOMAIN_DIRECT_BRIDGE, DOMAIN_DIRECT_VEPA, DOMAIN_DIRECT_PRIVATE, DOMAIN_DIRECT_PASSTHROUGH
} DomainDirectMode;

/* What one direction may carry; `average` 0: any. */
typedef struct {
    guint64 average;           /* bytes a second */
    guint64 peak;              /* bytes a second; 0 when not given */
    guint64 burst;             /* bytes; 0 when not given */
} DomainBandwidth;

/* The names of network devices have at most this many bytes. */
#define DOMAIN_LINK_NAME_LIMIT 15u
#define DOMAIN_QUEUES_LIMIT 64u

typedef struct {
    DomainDevice device;
    DomainInterfaceType type;
    DomainInterfaceModel model;
    char *mac;                 /* "52:54:00:01:02:03"; never NULL: derived from UUID and position when not given */
    gboolean mac_given;
    char *source;              /* the bridge, or the device of the host; NULL for the others */
    guint source_line;
    DomainDirectMode mode;
    char *target;              /* the host's device; NULL: a name is found */
    gboolean target_exists;    /* it is there already, and stays */
    guint mtu;                 /* 0 when not given */
    gboolean link_down;        /* the guest's cable is pulled out */
    guint queues;              /* pairs; 1 when not given */
    DomainBandwidth inbound;   /* to the guest */
    DomainBandwidth outbound;  /* from it */
} DomainInterface;

typedef enum { DOMAIN_CHARACTER_PTY, DOMAIN_CHARACTER_FILE } DomainCharacterType;

/* A serial port. */
typedef struct {
    DomainDevice device;
    DomainCharacterType type;
    char *path;                /* of a file; NULL for a pty */
    DomainSwitch append;
    guint port;                /* 0 for the first */
    gboolean isa;              /* <target type='isa-serial'> was asked for */
} DomainSerial;

/*
 * A console. As in libvirt the first one is the first serial port seen from the other side: when no <serial> is
 * given, one is made of it, with no element of its own.
 */
typedef struct {
    DomainDevice device;
    DomainSerial *serial;      /* the port it stands for; owned by the definition's list */
} DomainConsole;

typedef struct {
    DomainDevice device;
    gint port;                 /* -1: found by the emulator, from 5900 on */
    char *listen;              /* an address or name; NULL: 127.0.0.1 */
} DomainGraphics;

typedef enum {
    DOMAIN_VIDEO_DEFAULT,      /* no <video>: what <graphics> needs, else none */
    DOMAIN_VIDEO_NONE, DOMAIN_VIDEO_VGA, DOMAIN_VIDEO_CIRRUS, DOMAIN_VIDEO_VIRTIO
} DomainVideoModel;

typedef struct {
    DomainDevice device;
    DomainVideoModel model;
    guint64 video_memory_kib;  /* 0: the model's own default */
} DomainVideo;

typedef struct {
    DomainDevice device;
    char *path;                /* of the host's source; NULL: the emulator's own generator (builtin) */
    guint64 rate_bytes;        /* 0: no limit */
    guint rate_period;         /* milliseconds */
} DomainRng;

typedef enum {
    DOMAIN_BALLOON_DEFAULT,    /* no <memballoon>: virtio where the machine has a bus for it */
    DOMAIN_BALLOON_VIRTIO, DOMAIN_BALLOON_NONE
} DomainBalloonModel;

typedef struct {
    DomainDevice device;
    DomainBalloonModel model;
    DomainSwitch deflate_on_oom;
} DomainBalloon;

typedef enum {
    DOMAIN_CONTROLLER_PCI_ROOT, DOMAIN_CONTROLLER_PCIE_ROOT, DOMAIN_CONTROLLER_USB_NONE, DOMAIN_CONTROLLER_IDE,
    DOMAIN_CONTROLLER_SATA
} DomainControllerType;

/* A controller that the machine has by itself; others are findings. */
typedef struct {
    DomainDevice device;
    DomainControllerType type;
} DomainController;

typedef enum { DOMAIN_INPUT_MOUSE, DOMAIN_INPUT_KEYBOARD } DomainInputType;

/* <input bus='ps2'>, which PCs have by themselves. */
typedef struct {
    DomainDevice device;
    DomainInputType type;
} DomainInput;

/* One <qemu:env>. */
typedef struct {
    guint line;
    char *name;
    char *value;               /* "" when not given */
} DomainEnvironment;

/* <vcpupin>: the host CPUs of one vCPU. */
typedef struct {
    guint line;
    guint vcpu;                /* below the maximum */
    char *cpus;                /* a set that can be read; as written */
} DomainVcpuPin;

/*
 * A definition. It is never changed after it was parsed, so several threads may read it. Lists hold pointers in the
 * order of the elements and are never NULL.
 */
typedef struct {
    char *text;                /* the XML as it came in */
    struct _xmlDoc *document;

    char *type;                /* "kvm", "qemu", ...; never NULL */
    guint type_line;
    char *name;                /* never NULL; "" with a finding */
    char *uuid;                /* canonical, lower case; NULL when not given */
    char *title;
    char *description;

    guint64 memory_kib;        /* rounded up */
    guint memory_line;
    guint64 current_memory_kib;   /* the same as memory_kib when not given */
    guint current_memory_line;    /* 0 when not given */
    guint maximum_vcpus;
    guint current_vcpus;
    guint vcpus_line;
    char *cpus;                /* <vcpu cpuset>: host CPUs of whatever has no pin of its own; NULL when not given */
    GPtrArray *vcpu_pins;      /* DomainVcpuPin, each vCPU at most once */
    char *emulator_cpus;       /* <emulatorpin>; NULL when not given */
    guint emulator_cpus_line;

    DomainOs os;
    DomainCpu cpu;
    DomainFeatures features;
    DomainClock clock;
    DomainEndActions end;

    char *emulator;            /* absolute path; NULL: the driver's choice */
    guint emulator_line;
    GPtrArray *disks;          /* DomainDisk */
    GPtrArray *interfaces;     /* DomainInterface */
    GPtrArray *serials;        /* DomainSerial */
    GPtrArray *consoles;       /* DomainConsole */
    GPtrArray *graphics;       /* DomainGraphics */
    GPtrArray *rngs;           /* DomainRng */
    GPtrArray *controllers;    /* DomainController */
    GPtrArray *inputs;         /* DomainInput */
    DomainVideo video;
    DomainBalloon balloon;

    GPtrArray *qemu_arguments;     /* char *: <qemu:arg> */
    GPtrArray *qemu_environment;   /* DomainEnvironment: <qemu:env> */

    DomainFindings *findings;  /* all that the parser did not understand or could not accept */
} DomainDefinition;

/*
 * Reads a definition. NULL with reason "invalid-xml" or "limit-exceeded" when the text is no well-formed <domain>
 * document, is over a bound, or has a document type declaration; the line is in the message. Everything else that is
 * wrong with it is a finding, so that all can be told at once; call domain_definition_require() before a start.
 * `length` may be -1. Nothing outside the text is read: no network, no entities. Any thread; does not block.
 */
DomainDefinition *domain_definition_parse(const char *text, gssize length, DriverFailure **failure);
void domain_definition_free(DomainDefinition *definition);

/* Everything in the text that the model cannot express or that is wrong in itself, sorted by line; borrowed. */
const DomainFindings *domain_definition_check(const DomainDefinition *definition);

/*
 * The host CPUs that the definition gives a vCPU, or with DOMAIN_TEXT_EMULATOR the emulator: its pin, else the set of
 * <vcpu>; NULL when it says nothing.
 */
const char *domain_definition_cpus(const DomainDefinition *definition, guint vcpu);
/* The <vcpupin> of a vCPU, or NULL. */
const DomainVcpuPin *domain_definition_vcpu_pin(const DomainDefinition *definition, guint vcpu);

/* The <cpu><feature> of that name, or NULL. */
const DomainCpuFeature *domain_definition_cpu_feature(const DomainDefinition *definition, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainDefinition, domain_definition_free)

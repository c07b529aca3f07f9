// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What mortise-lxc-helper and the driver have to agree on, and the helper's own parts.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * liblxc forks, keeps globals and has one log for a process, so it lives in this program and never in the application.
 *
 *   mortise-lxc-helper run NAME DIRECTORY LOG FLAGS -- INIT [ARGUMENT...]
 *       Starts a container from the file `config` in DIRECTORY (absolute) and becomes its monitor, which lives as
 *       long as the container. The process that was executed is the monitor's parent; it ends with 0 when the
 *       container runs, and else with 1.
 *       Descriptor HELPER_FD_LOCK is the directory's lock, held to the end.
 *   mortise-lxc-helper console NAME NUMBER DIRECTORY FLAGS
 *       Passes the master of a terminal on a console of the container (0: /dev/console, N: /dev/ttyN) over the socket
 *       on HELPER_FD_REPLY, with '+'; '-' says that somebody else has it, followed by the process number of who asked
 *       for that session where that is known, '!' that no terminal can be made. Stays, as nobody's child, until that
 *       master was closed, or until another session takes the console over (FLAGS HELPER_CONSOLE_FORCE).
 *       A session holds the lock of DIRECTORY/consoleN, in which "PID START TERMINAL ASKED" says who it is.
 *   mortise-lxc-helper hook DIRECTORY LOG
 *       Is run by liblxc before an init is executed, with LXC_PID: adds the routes in the container's namespace, and
 *       stops it where HELPER_PAUSED is there. What fails is said in LOG, in the form of liblxc.
 *   mortise-lxc-helper filter
 *       Writes the filter of HELPER_FILTERED_CALLS, as the kernel takes it, into the file on HELPER_FD_REPLY.
 *   mortise-lxc-helper mount KIND SOURCE TARGET SIZE FLAGS OWNER
 *       Mounts something at a path of the container whose mount namespace is on HELPER_FD_NAMESPACE: KIND is
 *       HELPER_MOUNT_TREE (SOURCE of the host), HELPER_MOUNT_INSIDE (SOURCE of the container) or a type of filesystem;
 *       SIZE is that of a tmpfs, else empty; FLAGS are HELPER_MOUNT_... or "-". Prints "ERRNO STEP" when it fails.
 *       HELPER_FD_CHANGE gets a note of what is about to be mounted: "MOUNT MAJOR:MINOR INODE", the first of statx(2).
 *   mortise-lxc-helper unmount TARGET FLAGS OWNER
 *       The opposite; FLAGS are HELPER_UNMOUNT_... or "-". HELPER_FD_CHANGE gets a note of what is about to go: the
 *       first HELPER_NOTE_FIELDS of its line in mountinfo.
 *   Both end with the process that has started them, OWNER, and hold the lock of HELPER_FD_CHANGE till then.
 *   mortise-lxc-helper devices NAME ACTION RULE
 *       Changes what a container that runs may use, where control groups of version 2 are alone: ACTION is
 *       HELPER_ALLOW or HELPER_DENY, RULE as the devices controller of version 1 has it ("c 10:229 rw").
 *   mortise-lxc-helper version
 *       Prints the version of liblxc.
 */
#define HELPER_PROGRAM "mortise-lxc-helper"
#define HELPER_FD_LOCK 3
#define HELPER_FD_REPLY 3
#define HELPER_FD_NAMESPACE 3
#define HELPER_FD_CHANGE 4
#define HELPER_MOUNT_TREE "tree"
#define HELPER_MOUNT_INSIDE "inside"
#define HELPER_ALLOW "devices.allow"
#define HELPER_DENY "devices.deny"

/* FLAGS of `mount`: letters. */
#define HELPER_MOUNT_READ_ONLY 'r'
/* SOURCE is an image file, of which a device is made. */
#define HELPER_MOUNT_IMAGE 'i'

/* FLAGS of `unmount`: letters. */
/* The target goes, too, if it is a file that was made for it. */
#define HELPER_UNMOUNT_UNLINK 'u'
/* Only what `mount` has noted in HELPER_FD_CHANGE, at once and also if it is in use; all is well if it is not there. */
#define HELPER_UNMOUNT_NOTED 'n'
#define HELPER_NOTE_SIZE 8192
#define HELPER_NOTE_FIELDS 4

/*
 * Where liblxc is told that containers are. Nothing is there: it has to be a directory that everybody may pass through,
 * also the root of a user namespace, which the run directory of a connection is not.
 */
#define HELPER_LXC_PATH "/run"

/* FLAGS of `console`. */
#define HELPER_CONSOLE_FORCE 'f'
#define HELPER_CONSOLE "console"
/* So many bytes of what is written on the first console are kept for a session that comes later. */
#define HELPER_CONSOLE_KEPT 16384

/* FLAGS of `run`: letters, or "-" for none. */
#define HELPER_RESTART_POWEROFF 'p'
#define HELPER_RESTART_CRASH 'c'
#define HELPER_RESTART_REBOOT 'r'
/* It has started when its init is about to be executed, and is stopped there. */
#define HELPER_START_PAUSED 's'
/* Nothing has to be given back but control groups: whoever wants the end removes them, and no line tells of it. */
#define HELPER_LEAVE_REST 'l'

/*
 * Files in DIRECTORY. `events.log` has one line for what happened, in order:
 *   monitor PID START       the monitor lives; START is field 22 of /proc/PID/stat
 *   init PID                an init is about to be executed: a container runs; again at each reboot and restart
 *   again CAUSE STATUS      it ended and is started again
 *   ended CAUSE STATUS      nothing is left, and the monitor ends; CAUSE is one of
 *       halted    init asked for power off or halt, or exited with 0
 *       exited    init exited with STATUS
 *       killed    init was killed by the signal STATUS
 *       rebooted  init asked for a reboot
 *       failed    the container could not be started; the log says why
 *       looping   it was started again too often in too short a time
 */
#define HELPER_EVENTS "events.log"
#define HELPER_CONFIG "config"
/*
 * What liblxc reads: the same, with "HELPER_BIND SOURCE REST" become an entry of a mount whose source is a path of the
 * host. SOURCE, as fstab has it, is one in the container's root, where links may be others in each life.
 */
#define HELPER_CONFIG_NOW "config.now"
#define HELPER_BIND "#mortise.bind = "
/* The note of the last change, locked (flock) while an owner or a helper is at one. */
#define HELPER_CHANGE "change"
/* There when the owner wants the end: nothing is started again. */
#define HELPER_STOP "stop"
/* Lines "NAME INDEX": network devices that are removed at the end; INDEX 0 is any. */
#define HELPER_LINKS "links"
/*
 * Lines "DEVICE NAME WHOSE": network devices that came while the container ran, which liblxc gives back at no end of an
 * init; NAME is theirs on the host, by which the next life finds them. WHOSE is HELPER_OF_HOST, or HELPER_MADE of what
 * is removed when no other life follows.
 */
#define HELPER_ATTACHED "attached"
#define HELPER_OF_HOST 'h'
#define HELPER_MADE 'm'
/* Lines "DEVICE NETWORK/LENGTH GATEWAY METRIC": routes of the container; METRIC 0 is the kernel's. */
#define HELPER_ROUTES "routes"
/* Lines "N ro PATH" or "N rw PATH": image files, which a life has as block devices by the links HELPER_IMAGE N. */
#define HELPER_IMAGES "images"
#define HELPER_IMAGE "image"
/* Lines: paths of lists of processes, of the control groups that the monitor has to be in when a life begins. */
#define HELPER_GROUPS "groups"
/* The path of a control group: no life begins without it. */
#define HELPER_LIMITED "limited"
/* "WORD PATH": what is written where, once, to stop the container; the file goes away then. */
#define HELPER_PAUSED "paused"
/* Variables of hooks: the paths of the events file, of this program, of liblxc's log. */
#define HELPER_EVENTS_VARIABLE "MORTISE_LXC_EVENTS"
#define HELPER_PROGRAM_VARIABLE "MORTISE_LXC_PROGRAM"
#define HELPER_LOG_VARIABLE "MORTISE_LXC_LOG"

/*
 * The system calls that no container may make; they fail with EPERM. Forced unmounts besides, as liblxc's
 * reject_force_umount has it: those fail with EACCES.
 */
#define HELPER_FILTERED_CALLS { \
    "kexec_load", "kexec_file_load", "open_by_handle_at", "init_module", "finit_module", "delete_module", "swapon", \
    "swapoff", \
}

/* helper-filter.c */
int helper_filter(void);
/* helper-run.c */
/* The digits at the beginning of a text; 0 without any. */
unsigned long long helper_number(const char *text);
/* Field 22 of /proc/PID/stat, "self" for this process; 0 when there is none. */
unsigned long long helper_start_time(const char *pid);
/* Each returns an exit status. */
int helper_run(int count, char **arguments);
/* helper-console.c */
int helper_console(const char *name, const char *number, const char *directory, bool force);
/* helper-session.c */
/*
 * A console's session begins: the descriptor that holds it until it is closed. The end of one is waited for whose user
 * has closed the other side of its terminal. -1: another one has it, or cannot be ended with `force`; *asked is who
 * asked for that one then, 0 when that is not known.
 */
int helper_session_begin(const char *directory, const char *number, int terminal, bool force, pid_t asking,
                         long *asked);
/* helper-binds.c */
/* Makes HELPER_CONFIG_NOW for a life; false when a source is not there, or a target on a link: the log says which. */
bool helper_find_binds(int directory, const char *log);
/* helper-links.c */
/* Removes what the file HELPER_LINKS of a directory names, as far as it exists. */
void helper_remove_links(int directory);
/* helper-attached.c */
/*
 * Takes what the file HELPER_ATTACHED of a directory names out of the network namespace that liblxc holds open in this
 * process; what was made stays there when all is `ending`. What fails is said in the log.
 */
void helper_give_back(int directory, const char *log, bool ending);
/* helper-loops.c */
/*
 * Descriptor of a block device that is the image file, and its path (as "/dev/loop7"); the kernel takes it away when it
 * is closed and nothing is mounted from it. -1 with errno; EBUSY when it is a device already that cannot be written.
 */
int helper_open_loop(const char *file, bool read_only, char *path, size_t size);
/* Devices that are held open; all zeros: none. */
typedef struct {
    int *devices;
    size_t count;
} HelperImages;
/* Makes the devices of HELPER_IMAGES, and their links. False when one could not be made: the log says why. */
bool helper_open_images(HelperImages *images, int directory, const char *log);
void helper_close_images(HelperImages *images);
/* helper-devices.c */
int helper_devices(const char *name, const char *action, const char *rule);
/* helper-mount.c */
typedef struct {
    const char *kind;
    const char *source;
    const char *target;
    const char *size;
    bool read_only;
    bool image;
    const char *owner;
} HelperMount;
int helper_mount(const HelperMount *mount);
int helper_unmount(const char *target, bool unlinks, bool noted, const char *owner);
/* helper-group.c */
/* Moves this process where HELPER_GROUPS says, if it is there; false when it cannot: the log says why. */
bool helper_enter_groups(int directory, const char *log);
/* helper-hook.c */
/* A line that reads as one of liblxc's, for whoever looks in the log why a start has failed. */
void helper_complain(const char *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
int helper_hook(const char *directory, const char *log);
/* helper-netlink.c */
/* One request to the kernel's router; an errno, 0: done. */
int helper_netlink(const void *request, unsigned int length);
/* Adds the route of a line of HELPER_ROUTES in this thread's network namespace; an errno, 0: done. */
int helper_add_route(const char *line);

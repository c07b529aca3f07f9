// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What guests find of a host by name: its networks, storage that it shares with others, files to boot from.
#pragma once

#include <libxml/tree.h>

#include "failure.h"

/* Of one kind, in one document; a host that has more tells so many. */
#define QEMU_PLACES_LIMIT 1024u

typedef struct {
    char *name;                /* "br0" */
    char *kind;                /* "bridge", "bond"; "" of hardware */
} QemuPlaceLink;

/* A file system that several hosts can mount, or one that covers a part of such a one. */
typedef struct {
    char *path;                /* where it is mounted */
    char *source;              /* "nas:/images", as far as it is mounted there; "" of one that is not shared */
} QemuPlaceMount;

typedef struct {
    char *path;
    guint64 size;
    char *digest;              /* SHA-256; NULL: of a large file, or one that may not be read */
} QemuPlaceFile;

/* NULL: not told. */
typedef struct {
    GPtrArray *links;          /* QemuPlaceLink: those that interfaces of guests can name */
    GPtrArray *mounts;         /* QemuPlaceMount */
    GPtrArray *files;          /* QemuPlaceFile */
} QemuPlaces;

QemuPlaces *qemu_places_new(void);
/* Empty lists, and what goes into them. */
GPtrArray *qemu_places_new_links(void);
void qemu_places_add_link(GPtrArray *links, const char *name, const char *kind);
GPtrArray *qemu_places_new_mounts(void);
void qemu_places_add_mount(GPtrArray *mounts, const char *path, const char *source);
GPtrArray *qemu_places_new_files(void);
void qemu_places_free(QemuPlaces *places);

/*
 * Looks at this host, which takes some 10 ms: files are read. `links`, or NULL, is taken over. To be freed. [blocks]
 */
QemuPlaces *qemu_places_look(GPtrArray *links);
/* The elements of a capabilities document, each line with that indentation. */
void qemu_places_write(const QemuPlaces *places, GString *xml, const char *indentation);
/* Reads one of those elements; others are none of ours. FALSE with "limit-exceeded" or "invalid-xml". */
gboolean qemu_places_read(QemuPlaces *places, const xmlNode *node, DriverFailure **failure);

/* NULL: there is none of that name. */
const QemuPlaceLink *qemu_places_link(const QemuPlaces *places, const char *name);
const QemuPlaceFile *qemu_places_file(const QemuPlaces *places, const char *path);
/* Where on shared storage a path is, "nas:/images/a.img", to be freed; NULL: on none that is known. */
char *qemu_places_locate(const GPtrArray *mounts, const char *path);

/* qemu-places-look.c */
/* The mounts of /proc/self/mountinfo that matter, given its text. */
GPtrArray *qemu_mounts_parse(const char *mountinfo);
/* Those of this process, to be unreferenced. */
GPtrArray *qemu_mounts_look(void);
/* Size and digest of a file, to be freed; NULL: it is no file that can be looked at. [blocks] */
QemuPlaceFile *qemu_place_file_look(const char *path);
void qemu_place_file_free(QemuPlaceFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuPlaces, qemu_places_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuPlaceFile, qemu_place_file_free)

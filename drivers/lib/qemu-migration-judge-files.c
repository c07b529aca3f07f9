// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of files: the emulator, and what the guest boots from beside its disks.
#include "qemu-migration-judge.h"

#include <unistd.h>

#include "domain-xml.h"

#define ID "firmware"
#define COPY_IT "Install or copy it there, or give another path with --xml."

/* One file, both sides of it. */
typedef struct {
    const char *path;
    const char *what;              /* "kernel" */
    gboolean loader;               /* the guest has it in its memory, with the size that it has at the source */
    const QemuOfferFile *offered;  /* NULL: the source does not tell */
} BootFile;

static QemuVerdict *
add(QemuJudgement *judgement, const BootFile *file, guint verdict, const char *hint, const char *what)
{
    return qemu_judgement_add(judgement, verdict, ID, file->path, hint, "the %s %s: %s", file->what, file->path, what);
}

/* Against the same path there. */
static QemuVerdict *
judge_content(QemuJudgement *judgement, const BootFile *file, const QemuPlaceFile *there)
{
    const QemuPlaceFile *source = file->offered ? file->offered->file : NULL;
    const gboolean other_size = source && source->size != there->size;

    if (other_size && file->loader) {
        return add(judgement, file, MORTISE_VERDICT_BAD, "Install the same version there.",
                   "it has another size there, and QEMU takes none but the guest's");
    }
    if (other_size || (source && source->digest && there->digest && !g_str_equal(source->digest, there->digest))) {
        return add(judgement, file, MORTISE_VERDICT_WARNING, "Install the same version there.",
                   "another one is there, which the guest boots from when it is reset");
    }
    if (source && (!source->digest || !there->digest)) {
        return add(judgement, file, MORTISE_VERDICT_GOOD, NULL,
                   "it is there, with the same size; it is too large to be compared");
    }
    return add(judgement, file, MORTISE_VERDICT_GOOD, NULL, source ? "it is there, the same" : "it is there");
}

static QemuVerdict *
judge_here(QemuJudgement *judgement, const BootFile *file)
{
    g_autoptr(QemuPlaceFile) there = access(file->path, R_OK) == 0 ? qemu_place_file_look(file->path) : NULL;

    if (!there) {
        return add(judgement, file, MORTISE_VERDICT_BAD, COPY_IT, "this host has no such file that can be read");
    }
    return judge_content(judgement, file, there);
}

static QemuVerdict *
judge_by_document(QemuJudgement *judgement, const BootFile *file)
{
    const QemuHost *host = judgement->host;
    const QemuPlaceFile *there = qemu_places_file(host->places, file->path);
    g_autofree char *location = qemu_places_locate(host->places->mounts, file->path);

    if (file->offered && host->boot && g_strcmp0(host->boot, judgement->offer->boot) == 0) {
        return add(judgement, file, MORTISE_VERDICT_GOOD, NULL, "source and destination are one host");
    }
    if (file->offered && location && g_strcmp0(file->offered->location, location) == 0) {
        return add(judgement, file, MORTISE_VERDICT_GOOD, NULL, "it is on storage that both hosts share");
    }
    if (there) {
        return judge_content(judgement, file, there);
    }
    return add(judgement, file, MORTISE_VERDICT_UNKNOWN, NULL,
               "it is none of the files that the capabilities document tells of");
}

static char *
describe(const QemuPlaceFile *file)
{
    return file ? g_strdup_printf("%s, %" G_GUINT64_FORMAT " bytes", file->path, file->size) : NULL;
}

static guint
judge_file(QemuJudgement *judgement, const char *path, const char *what, gboolean loader)
{
    const QemuHost *host = judgement->host;
    BootFile file = {path, what, loader, path ? qemu_offer_file(judgement->offer, path) : NULL};
    QemuVerdict *verdict;

    if (!path) {
        return 0;
    }
    verdict = host->here ? judge_here(judgement, &file) : judge_by_document(judgement, &file);
    qemu_verdict_compare(verdict, file.offered ? describe(file.offered->file) : g_strdup(path),
                         verdict->verdict == MORTISE_VERDICT_GOOD ? g_strdup(path)
                                                                  : describe(qemu_places_file(host->places, path)));
    return 1;
}

static char *
text_of(const xmlNode *node)
{
    xmlChar *value = node ? xmlNodeGetContent(node) : NULL;
    char *copy = value ? g_strstrip(g_strdup((const char *) value)) : NULL;

    xmlFree(value);
    return copy && g_path_is_absolute(copy) ? copy : (g_free(copy), NULL);
}

static void
judge_emulator(QemuJudgement *judgement)
{
    const char *path = judgement->definition->emulator;
    const QemuHostGuests *guests = judgement->guests;
    const gboolean here = judgement->host->here;
    const char *there = guests ? guests->emulator : NULL;
    QemuVerdict *verdict;

    if (!path) {
        return;
    }
    if (here ? access(path, X_OK) == 0 : g_strcmp0(there, path) == 0) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "emulator", path, NULL, "%s has the emulator %s",
                                     qemu_judgement_place(judgement), path);
        there = path;
    } else if (here) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "emulator", path, COPY_IT,
                                     "this host has no emulator %s that can be used", path);
        there = "not there";
    } else {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "emulator", path,
                                     "Ask that host itself, by its URI; --xml can name another emulator.",
                                     "nothing tells whether %s has the emulator %s", qemu_judgement_place(judgement),
                                     path);
    }
    qemu_verdict_compare(verdict, g_strdup(path), g_strdup(there));
}

/* Also what the parser does not know yet: such a domain cannot run here, but an offer may come from elsewhere. */
void
qemu_judge_firmware(QemuJudgement *judgement)
{
    const DomainOs *os = &judgement->definition->os;
    const xmlNode *node = domain_xml_child(xmlDocGetRootElement(judgement->definition->document), "os");
    g_autofree char *loader = text_of(domain_xml_child(node, "loader"));
    g_autofree char *tree = text_of(domain_xml_child(node, "dtb"));
    guint found = 0;

    judge_emulator(judgement);
    found += judge_file(judgement, loader, "firmware", TRUE);
    found += judge_file(judgement, os->kernel, "kernel", FALSE);
    found += judge_file(judgement, os->initrd, "initial RAM disk", FALSE);
    found += judge_file(judgement, tree, "device tree", FALSE);
    if (found == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, ID, NULL, NULL,
                                  "the guest boots by the emulator's own firmware");
    }
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a definition names on this host that is missing or cannot be used.
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu-command-private.h"

static void
report_missing(DomainFindings *findings, guint line, const char *reason, const char *path, const char *file,
               int number)
{
    if (number == EACCES) {
        domain_findings_add(findings, line, "permission-denied", path, "Check the permissions of file and directories.",
                            "%s: %s", file, g_strerror(number));
    } else {
        domain_findings_add(findings, line, reason, path, NULL, "%s: %s", file, g_strerror(number));
    }
}

/* QEMU's block driver "file" takes regular files only; `mode` is that of access(). */
static void
check_file(DomainFindings *findings, guint line, const char *path, const char *file, int mode)
{
    struct stat status;

    if (file == NULL) {
        return;
    }
    if (stat(file, &status) != 0) {
        report_missing(findings, line, "file-missing", path, file, errno);
    } else if (!S_ISREG(status.st_mode)) {
        domain_findings_add(findings, line, "file-error", path, NULL, "%s is not a regular file", file);
    } else if (access(file, mode) != 0) {
        report_missing(findings, line, "file-error", path, file, errno);
    }
}

static void
check_program(const DomainDefinition *definition, const QemuCommandContext *context, DomainFindings *findings)
{
    const char *program = definition->emulator != NULL ? definition->emulator : context->emulator;
    struct stat status;

    if (program == NULL) {
        return;
    }
    if (stat(program, &status) != 0) {
        report_missing(findings, definition->emulator_line, "program-missing", "domain/devices/emulator", program,
                       errno);
    } else if (!S_ISREG(status.st_mode) || access(program, X_OK) != 0) {
        domain_findings_add(findings, definition->emulator_line, "program-missing", "domain/devices/emulator", NULL,
                            "%s is not a program that can be run", program);
    }
}

/* QEMU makes the file of a serial port itself, in a directory that has to be there. */
static void
check_serial(const DomainSerial *serial, DomainFindings *findings)
{
    g_autofree char *directory = serial->path != NULL ? g_path_get_dirname(serial->path) : NULL;

    if (directory != NULL && access(directory, W_OK | X_OK) != 0) {
        report_missing(findings, serial->device.line, "file-missing", "domain/devices/serial/source/@path", directory,
                       errno);
    }
}

void
qemu_command_check_files(const DomainDefinition *definition, const QemuCommandContext *context,
                         DomainFindings *findings)
{
    const DomainOs *os = &definition->os;

    check_program(definition, context, findings);
    check_file(findings, os->kernel_line, "domain/os/kernel", os->kernel, R_OK);
    check_file(findings, os->initrd_line, "domain/os/initrd", os->initrd, R_OK);
    for (guint i = 0; i < definition->disks->len; i++) {
        const DomainDisk *disk = g_ptr_array_index(definition->disks, i);

        check_file(findings, disk->source_line, "domain/devices/disk/source/@file", disk->source,
                   disk->read_only ? R_OK : R_OK | W_OK);
    }
    for (guint i = 0; i < definition->serials->len; i++) {
        check_serial(g_ptr_array_index(definition->serials, i), findings);
    }
    for (guint i = 0; i < definition->rngs->len; i++) {
        const DomainRng *rng = g_ptr_array_index(definition->rngs, i);

        if (rng->path != NULL && access(rng->path, R_OK) != 0) {
            report_missing(findings, rng->device.line, "file-missing", "domain/devices/rng/backend", rng->path,
                           errno);
        }
    }
}

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a fuzz harness on the files and folders of files that are named, without libFuzzer.
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy, so that a sanitizer sees a read of one byte too many. */
static guint
run_file(const char *path)
{
    g_autofree char *content = NULL;
    g_autofree uint8_t *copy = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &content, &length, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 0;
    }
    copy = g_memdup2(content, length);
    (void) LLVMFuzzerTestOneInput(copy != NULL ? copy : (const uint8_t *) "", length);
    return 1;
}

static guint
run_path(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    const char *name;
    guint count = 0;

    if (directory == NULL) {
        return run_file(path);
    }
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        count += run_file(file);
    }
    return count;
}

int
main(int count, char **arguments)
{
    guint inputs = 0;

    for (int i = 1; i < count; i++) {
        inputs += run_path(arguments[i]);
    }
    printf("%u inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}

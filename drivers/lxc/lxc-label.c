// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The label by which AppArmor or SELinux confines a container's init, for what enters the container.
#include <string.h>

#include "lxc-engine.h"

#define APPARMOR_ENABLED "/sys/module/apparmor/parameters/enabled"

/* What an attribute says; "" where the kernel has none of that kind; NULL with the cause. */
static char *
read_attribute(const char *attributes, const char *name, DriverFailure **failure)
{
    g_autofree char *path = g_build_filename(attributes, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, &error)) {
        return g_strchomp(text);
    }
    if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
        g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_INVAL)) {
        return g_strdup("");
    }
    driver_failure_set(failure, "permission-denied", path, NULL,
                       "The container's security label cannot be read, and what enters would not be under it: %s.",
                       error->message);
    return NULL;
}

static gboolean
keep(const char *label, guint32 kind, MortiseNamespaces *opened, DriverFailure **failure)
{
    if (g_strlcpy(opened->label, label, sizeof(opened->label)) >= sizeof(opened->label)) {
        driver_failure_set(failure, "limit-exceeded", NULL, NULL,
                           "The container's security label has more than %u bytes: nothing can enter it.",
                           MORTISE_NAMESPACE_LABEL_SIZE - 1);
        *opened->label = '\0';
        return FALSE;
    }
    opened->flags |= kind;
    return TRUE;
}

/* "label (mode)", or "unconfined". */
static gboolean
keep_apparmor(char *text, MortiseNamespaces *opened, DriverFailure **failure)
{
    char *mode = g_str_has_suffix(text, ")") ? g_strrstr(text, " (") : NULL;

    if (mode != NULL) {
        *mode = '\0';
    }
    return g_str_equal(text, "unconfined") || keep(text, MORTISE_NAMESPACE_APPARMOR, opened, failure);
}

static gboolean
is_apparmor_enabled(void)
{
    g_autofree char *text = NULL;

    return g_file_get_contents(APPARMOR_ENABLED, &text, NULL, NULL) && *text == 'Y';
}

gboolean
lxc_label_read(const char *attributes, gboolean selinux, MortiseNamespaces *opened, DriverFailure **failure)
{
    g_autofree char *own = read_attribute(attributes, "apparmor/current", failure);
    g_autofree char *shared = own != NULL && *own == '\0' ? read_attribute(attributes, "current", failure) : NULL;

    if (own == NULL || (*own == '\0' && shared == NULL)) {
        return FALSE;
    }
    if (*own != '\0') {
        return keep_apparmor(own, opened, failure);
    }
    if (*shared == '\0') {
        return TRUE;
    }
    // Kernels before 5.1 have no folder for AppArmor.
    if (!selinux && is_apparmor_enabled()) {
        return keep_apparmor(shared, opened, failure);
    }
    if (!selinux) {
        driver_failure_set(failure, "host-unsupported", NULL, NULL,
                           "The container has the security label \"%s\", which is neither AppArmor's nor SELinux's: "
                           "what enters would not be under it.", shared);
        return FALSE;
    }
    return keep(shared, MORTISE_NAMESPACE_SELINUX, opened, failure);
}

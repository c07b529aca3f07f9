// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's namespaces and control groups, for programs that are to run inside of it.
#ifndef MORTISE_DOMAIN_NAMESPACES_H
#define MORTISE_DOMAIN_NAMESPACES_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * mortise_domain_open_namespaces:
 * @self: a domain
 * @namespaces: (out) (array length=namespace_count) (transfer full): descriptors of its namespaces, to be closed
 * @namespace_count: (out): how many
 * @groups: (out) (array length=group_count) (transfer full): descriptors of its control groups, to be closed
 * @group_count: (out): how many
 * @capabilities: (out): bit N is set when capability N may be had by what runs inside
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * What a program needs to run inside a container. In a process without other threads: write "0" to each of @groups,
 * call setns() with each of @namespaces in their order and 0, drop all but @capabilities from the bounding set, and
 * fork.
 *
 * Returns: %TRUE, or %FALSE with domain-inactive, unsupported, permission-denied or what the driver said
 */
MORTISE_EXPORT gboolean mortise_domain_open_namespaces(MortiseDomain *self, int **namespaces, gsize *namespace_count,
                                                       int **groups, gsize *group_count, guint64 *capabilities,
                                                       GCancellable *cancellable, GError **error);

G_END_DECLS

#endif

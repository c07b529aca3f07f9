// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything an application includes.
#ifndef MORTISE_H
#define MORTISE_H

#include <mortise/mortise-check.h>
#include <mortise/mortise-connection.h>
#include <mortise/mortise-domain-device.h>
#include <mortise/mortise-domain-namespaces.h>
#include <mortise/mortise-domain-query.h>
#include <mortise/mortise-domain-tuning.h>
#include <mortise/mortise-domain-vcpu.h>
#include <mortise/mortise-domain.h>
#include <mortise/mortise-error.h>
#include <mortise/mortise-migration.h>
#include <mortise/mortise-module.h>
#include <mortise/mortise-registry.h>
#include <mortise/mortise-reports.h>
#include <mortise/mortise-types.h>
#include <mortise/mortise-watch.h>

#endif

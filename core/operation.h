// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The operation table: name, class, interface and default deadline of every operation.
#pragma once

#include <mortise/driver/filter.h>

#include <glib.h>

typedef enum {
#define OPERATION(code, name, class, interface, deadline) OPERATION_##code,
#include "operation-list.def"
#undef OPERATION
    OPERATION_COUNT,
} OperationCode;

typedef struct {
    OperationCode code;
    guint32 operation_class;  /* MORTISE_CLASS_... */
    const char *name;
    const char *interface_id; /* "" of the mandatory table */
    guint deadline_ms;        /* 0 of reads, which never wait */
} Operation;

const Operation *operation_get(OperationCode code);

// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The operation table as constant data.
#include "operation.h"

static const Operation operations[] = {
#define OPERATION(code, name, class, interface, deadline) \
    {OPERATION_##code, MORTISE_CLASS_##class, name, interface, deadline},
#include "operation-list.def"
#undef OPERATION
};

const Operation *
operation_get(OperationCode code)
{
    g_return_val_if_fail(code < OPERATION_COUNT, &operations[0]);
    return &operations[code];
}

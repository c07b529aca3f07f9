// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the reader of definitions needs of their maker.
#pragma once

#include "definition.h"

TestDefinition *test_definition_alloc(void);
/* `uuid` NULL: made from the name. */
void test_definition_set_uuid(TestDefinition *definition, const guint8 *uuid);

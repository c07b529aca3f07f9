// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a document that a verb was given.
#pragma once

#include "mortise-command.h"

/*
 * The text of a file, or of standard input for "-". NULL: reported (missing, unreadable, empty, too large, or not
 * text), and command->status is set. Free with g_free.
 */
char *document_read(Command *command, const char *file);

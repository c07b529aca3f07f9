// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory that is given out piece by piece and given back in one go.
#pragma once

#include <glib.h>

typedef struct ArenaBlock ArenaBlock;

/*
 * Zeroed to begin with. Nothing that is given out moves. For many small pieces that live equally long: they stand
 * close together, so that few pages are touched. Not for several threads at once.
 */
typedef struct {
    ArenaBlock *last;
    gsize used;           /* bytes of the last block */
    gsize size;           /* that it has */
} Arena;

void arena_clear(Arena *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arena, arena_clear)

/* `size` bytes, all zero, aligned for anything that this library keeps in a structure. */
gpointer arena_allocate(Arena *self, gsize size);

/* A copy of `length` bytes and a zero character behind them. */
char *arena_copy(Arena *self, const char *text, gsize length);

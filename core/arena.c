// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory that is given out piece by piece and given back in one go.
#include "arena.h"

#include <string.h>

/* Of 64 KiB with what stands around it. A page that is never touched costs nothing. */
#define BLOCK_SIZE (64 * 1024 - 64)
#define ALIGNMENT sizeof(guint64)

struct ArenaBlock {
    ArenaBlock *before;
    guint64 memory[];
};

void
arena_clear(Arena *self)
{
    while (self->last != NULL) {
        ArenaBlock *before = self->last->before;
        g_free(self->last);
        self->last = before;
    }
    *self = (Arena) {NULL, 0, 0};
}

/* Not zeroed. */
static gpointer
give_out(Arena *self, gsize size)
{
    if (self->last == NULL || size > self->size - self->used) {
        gsize wanted = MAX(size, BLOCK_SIZE);
        ArenaBlock *block = g_malloc(sizeof *block + wanted);
        block->before = self->last;
        *self = (Arena) {block, 0, wanted};
    }
    char *piece = (char *) self->last->memory + self->used;
    gsize padding = (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
    self->used += MIN(size + padding, self->size - self->used);
    return piece;
}

gpointer
arena_allocate(Arena *self, gsize size)
{
    return memset(give_out(self, size), 0, size);
}

char *
arena_copy(Arena *self, const char *text, gsize length)
{
    char *copy = memcpy(give_out(self, length + 1), text, length);
    copy[length] = '\0';
    return copy;
}

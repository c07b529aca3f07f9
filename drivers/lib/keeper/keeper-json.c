// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Just enough JSON to recognise an event: members of an object on one line, found without building anything.
#include "keeper.h"

#include <string.h>

static const char *
skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

// `at` is on the opening quote; returns the place behind the closing one, NULL when there is none.
static const char *
skip_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '"') {
            return at + 1;
        }
    }
    return NULL;
}

// Returns the place behind the value that begins at `at`, NULL when it does not end.
static const char *
skip_value(const char *at, const char *end)
{
    size_t depth = 0;

    while (at && at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            if (depth == 0) {
                return at;
            }
            continue;
        }
        if (*at == '{' || *at == '[') {
            depth++;
        } else if (depth == 0 && (*at == ',' || *at == '}' || *at == ']')) {
            return at;
        } else if (*at == '}' || *at == ']') {
            depth--;
            if (depth == 0) {
                return at + 1;
            }
        }
        at++;
    }
    return NULL;
}

bool
keeper_json_member(KeeperSlice object, const char *key, KeeperSlice *value)
{
    const char *end = object.data + object.length;
    const char *at = skip_space(object.data, end);

    if (at >= end || *at != '{') {
        return false;
    }
    at = skip_space(at + 1, end);
    while (at < end && *at == '"') {
        const char *name_end = skip_string(at, end);
        if (!name_end) {
            return false;
        }
        KeeperSlice name = {at, (size_t) (name_end - at)};
        at = skip_space(name_end, end);
        if (at >= end || *at != ':') {
            return false;
        }
        at = skip_space(at + 1, end);
        const char *value_end = skip_value(at, end);
        if (!value_end) {
            return false;
        }
        if (keeper_json_is(name, key)) {
            *value = (KeeperSlice){at, (size_t) (value_end - at)};
            return true;
        }
        at = skip_space(value_end, end);
        if (at < end && *at == ',') {
            at = skip_space(at + 1, end);
        }
    }
    return false;
}

bool
keeper_json_is(KeeperSlice value, const char *text)
{
    size_t length = strlen(text);

    return value.length >= length + 2 && value.data[0] == '"' && memcmp(value.data + 1, text, length) == 0 &&
           value.data[length + 1] == '"';
}

size_t
keeper_json_escape(const char *data, size_t length, char *target, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;

    for (size_t i = 0; i < length && used + 6 < size; i++) {
        unsigned char c = (unsigned char) data[i];
        if (c == '"' || c == '\\') {
            target[used++] = '\\';
            target[used++] = (char) c;
        } else if (c == '\n') {
            target[used++] = '\\';
            target[used++] = 'n';
        } else if (c < 0x20 || c >= 0x7f) {
            // Bytes beyond ASCII may be cut in the middle of a character; a question mark is always valid.
            const char escaped[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
            memcpy(target + used, c < 0x20 ? escaped : "?", c < 0x20 ? sizeof(escaped) : 1);
            used += c < 0x20 ? sizeof(escaped) : 1;
        } else {
            target[used++] = (char) c;
        }
    }
    return used;
}

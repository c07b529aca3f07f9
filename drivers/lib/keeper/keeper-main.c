// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The program mortise-guest-keeper: reads its options, leaves its starter and runs one emulator.
#include "keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: " KEEPER_PROGRAM " [--on-poweroff=POLICY] [--on-reboot=POLICY] [--on-crash=POLICY]\n"
    "       [--descriptors=N] -- EMULATOR [ARGUMENT...]\n"
    "POLICY is destroy, restart or preserve. N is the number of descriptors from 8 on that the emulator inherits.\n"
    "It is started by drivers of Mortise with descriptors 3 to 7 open; see keeper-protocol.h.\n";

static bool
parse_policy(const char *word, KeeperPolicy *policy)
{
    static const char *const words[] = {"destroy", "restart", "preserve"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *policy = (KeeperPolicy) i;
            return true;
        }
    }
    return false;
}

static bool
parse_count(const char *word, int *count)
{
    size_t digits = strspn(word, "0123456789");

    if (digits == 0 || digits > 3 || word[digits] != '\0') {
        return false;
    }
    for (*count = 0; *word; word++) {
        *count = *count * 10 + (*word - '0');
    }
    return true;
}

// What follows the name and '='; NULL when it is another option.
static const char *
value_of(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

static bool
parse_option(const char *argument, KeeperOptions *options)
{
    const char *value;

    if ((value = value_of(argument, "--on-poweroff"))) {
        return parse_policy(value, &options->on_poweroff);
    }
    if ((value = value_of(argument, "--on-reboot"))) {
        return parse_policy(value, &options->on_reboot);
    }
    if ((value = value_of(argument, "--on-crash"))) {
        return parse_policy(value, &options->on_crash);
    }
    value = value_of(argument, "--descriptors");
    return value && parse_count(value, &options->emulator_descriptors);
}

static bool
parse(char **arguments, KeeperOptions *options)
{
    char **argument = arguments;

    while (*argument && strcmp(*argument, "--") != 0) {
        if (!parse_option(*argument, options)) {
            return false;
        }
        argument++;
    }
    options->command = *argument ? argument + 1 : argument;
    return *options->command != NULL;
}

int
main(int count, char **arguments)
{
    KeeperOptions options = {.on_poweroff = KEEPER_DESTROY, .on_reboot = KEEPER_RESTART, .on_crash = KEEPER_DESTROY};
    pid_t child;

    if (count < 1 || !parse(arguments + 1, &options)) {
        (void) !write(STDERR_FILENO, usage, sizeof(usage) - 1);
        return 2;
    }
    // The starter reaps this process at once; the one that stays is nobody's child and no zombie of an application.
    child = fork();
    if (child != 0) {
        return child < 0 ? 1 : 0;
    }
    (void) setsid();
    if (chdir("/") != 0) {
        return 1;
    }
    return keeper_guest_run(&options);
}

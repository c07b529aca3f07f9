// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The program mortise-guest-keeper: reads its options, leaves its starter and runs one emulator.
#include "keeper.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_POWEROFF = 1, OPTION_REBOOT, OPTION_CRASH, OPTION_DESCRIPTORS };

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

static bool
parse_option(int option, const char *value, KeeperOptions *options)
{
    switch (option) {
    case OPTION_POWEROFF:
        return parse_policy(value, &options->on_poweroff);
    case OPTION_REBOOT:
        return parse_policy(value, &options->on_reboot);
    case OPTION_CRASH:
        return parse_policy(value, &options->on_crash);
    case OPTION_DESCRIPTORS:
        return parse_count(value, &options->emulator_descriptors);
    default:
        return false;
    }
}

static bool
parse(int count, char **arguments, KeeperOptions *options)
{
    static const struct option known[] = {
        {"on-poweroff", required_argument, NULL, OPTION_POWEROFF},
        {"on-reboot", required_argument, NULL, OPTION_REBOOT},
        {"on-crash", required_argument, NULL, OPTION_CRASH},
        {"descriptors", required_argument, NULL, OPTION_DESCRIPTORS},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(count, arguments, "+", known, NULL)) != -1) {
        if (!parse_option(option, optarg ? optarg : "", options)) {
            return false;
        }
    }
    options->command = arguments + optind;
    return optind < count;
}

int
main(int count, char **arguments)
{
    KeeperOptions options = {.on_poweroff = KEEPER_DESTROY, .on_reboot = KEEPER_RESTART, .on_crash = KEEPER_DESTROY};
    pid_t child;

    if (!parse(count, arguments, &options)) {
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

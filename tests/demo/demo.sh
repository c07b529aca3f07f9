#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows Mortise at its main job: real guests from definition to removal, by the command of a build.
set -euo pipefail

build=$(cd "${1:?usage: demo.sh BUILD-DIRECTORY}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
built_kernel=$build/tests/guest/mortise-guest.elf
ready_seconds=60
work=
last=
bold=
plain=
if [[ -t 1 ]]; then
    bold=$'\e[1m'
    plain=$'\e[0m'
fi

# As meson's development environment has it.
export MORTISE_MANIFEST_PATH=$build/drivers:$build/plugins
export MORTISE_MODULE_DIR=$build/drivers:$build/plugins
export MORTISE_LIBEXEC_DIR=$build/drivers/lib/keeper
export LD_LIBRARY_PATH=$build/core${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH=$build/tools:$PATH

say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# Prints a command line as one would type it, then runs it.
run() {
    last=$1
    printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"
    eval "$1" 2>&1
}

skip() {
    printf 'SKIP demo: %s\n' "$*"
    exit 77
}

fail() {
    printf 'The demo failed: %s\n' "$*" >&2
    exit 1
}

# Prints the processes whose command line names the demo's own directory: emulators and their keepers.
left_over() {
    local entry words
    for entry in /proc/[0-9]*; do
        mapfile -d '' -t words <"$entry/cmdline" || continue
        if [[ ${words[*]} == *"$work"* ]]; then printf '%s\n' "${entry#/proc/}"; fi
    done 2>/dev/null
}

# Waits a moment for processes that are just ending; fails when one is left.
nothing_left() {
    local pid
    for pid in $(left_over); do
        timeout 10 tail --pid="$pid" -s 0.1 -f /dev/null || return
    done
    [[ -z $(left_over) ]]
}

# However the demo ends, it takes along what it has started and written.
finish() {
    local status=$? name pid
    trap - EXIT INT TERM
    [[ -n $work ]] || exit "$status"
    [[ $status -eq 0 ]] || printf 'The demo did not come to its end; the last command was: %s\n' "$last" >&2
    cd /
    for name in $(mortise --quiet list --name 2>/dev/null || true); do
        mortise --quiet destroy "$name" >/dev/null 2>&1 || true
    done
    for pid in $(left_over); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    nothing_left || { printf 'These processes are left: %s\n' "$(left_over | tr '\n' ' ')" >&2 && status=1; }
    rm -rf "$work"
    exit "$status"
}

# await FILE LINE PATTERN: waits until the guest prints a line that matches, from that line on, and prints it.
await() {
    local found=0 reader
    exec {lines}< <(exec timeout "$ready_seconds" tail -n "+$2" -F "$1" 2>/dev/null)
    reader=$!
    grep -m 1 -e "$3" <&"$lines" || found=$?
    kill "$reader" 2>/dev/null || true
    exec {lines}<&-
    return "$found"
}

# write_definition NAME TYPE CPU FIRMWARE: makes NAME.xml in the working directory from the template.
write_definition() {
    sed -e "s|@NAME@|$1|; s|@TYPE@|$2|; s|@KERNEL@|$work/guest.elf|; s|@SERIAL@|$work/$1.log|" \
        -e "s|@CPU@|$3|; s|@FIRMWARE@|$4|" "$here/guest.xml" | sed '/^$/d' >"$1.xml"
}

check_needs() {
    command -v qemu-system-x86_64 >/dev/null ||
        skip 'qemu-system-x86_64 is not installed; it comes with the package qemu-system-x86'
    [[ -f $built_kernel ]] || skip "the guest $built_kernel was not built; this needs a compiler for 32-bit x86 (-m32)"
    [[ -f $build/drivers/tcg.json ]] || skip 'the driver tcg was not built; see -Ddrivers in meson_options.txt'
}

introduce() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/mortise-demo.XXXXXX")
    cd "$work"
    cp "$built_kernel" guest.elf
    say 'The modules. Their manifests are read, none of them is loaded for this'
    run 'mortise drivers'
    say 'A root of its own: everything that is kept is in one directory, and goes with it'
    run "export MORTISE_DEFAULT_URI='qemu:///embed?root=$work/root'"
}

emulated_guest() {
    local lines_before
    say 'A guest, emulated (TCG): defined and started'
    write_definition demo qemu '' ''
    run 'cat demo.xml'
    run 'mortise define --validate demo.xml'
    run 'mortise start demo'
    printf '\n(waiting until the guest says on its serial console that it is ready)\n'
    await demo.log 1 'ready, 2 cpus' >/dev/null || fail "the guest did not come up in $ready_seconds s"
    run 'cat demo.log'
    run 'mortise list'

    say 'Which threads of the host are its vCPUs, as QEMU and the kernel say'
    run 'mortise vcpuinfo demo'
    run 'mortise --json vcpuinfo demo'

    say 'Paused, and going on'
    run 'mortise suspend demo'
    run 'mortise domstate --reason demo'
    lines_before=$(wc -l <demo.log)
    run 'mortise resume demo'
    printf '\n(waiting until the guest goes on counting)\n'
    await demo.log "$((lines_before + 1))" count || fail 'the guest did not go on counting'

    say 'Its emulator is stopped dead: reads answer all the same, and what must ask it gives up in time'
    # shellcheck disable=SC2016
    run 'kill -STOP $(mortise domid demo)'
    run 'mortise list'
    run 'mortise --deadline 500 vcpuinfo demo' || printf '(exit code %d)\n' $?
    # shellcheck disable=SC2016
    run 'kill -CONT $(mortise domid demo)'

    say 'What is known of it'
    run 'mortise dominfo demo'
    run 'mortise domstats --cpu-total --vcpu --balloon demo'
    run 'mortise dumpxml demo | grep -oE "machine=\"[^\"]*\"|<emulator>.*</emulator>|<alias name=\"[^\"]*\"/>"'

    say 'Shut down: the guest hears its power button, and ends by itself'
    run 'mortise shutdown demo'
    run 'mortise wait demo shutoff --timeout 60'
    run 'tail -n 2 demo.log'
    run 'mortise domstate --reason demo'
    run 'mortise undefine demo'
    run 'mortise list --all'
}

# Whether KVM runs the guest when QEMU is started by hand: if not even that works, it is not for Mortise to mend.
kvm_works() {
    local found=0 emulator
    printf '\n(trying the same with QEMU alone)\n'
    exec {lines}< <(exec timeout "$ready_seconds" qemu-system-x86_64 -name "$work" -accel kvm -cpu qemu64 -m 64 \
        -nodefaults -display none -serial stdio -kernel guest.elf ${1:+-bios "$1"} </dev/null 2>plain.err)
    emulator=$!
    grep -q -m 1 ready <&"$lines" || found=$?
    kill "$emulator" 2>/dev/null || true
    exec {lines}<&-
    [[ $found -eq 0 ]] || cat plain.err
    return "$found"
}

# Qboot, if it is there: where KVM has to emulate real mode, SeaBIOS takes half a minute and qboot less than a second.
find_firmware() {
    local rom
    for rom in /usr/share/qemu/qboot.rom /usr/share/seabios/qboot.rom; do
        if [[ -f $rom ]]; then printf '%s' "$rom" && return; fi
    done
}

# Fails when the guest does not come up.
start_fast() {
    run 'mortise define --validate fast.xml' && run 'mortise --deadline 30000 start fast' || return
    printf '\n(waiting until the guest is ready)\n'
    await fast.log 1 'ready, 2 cpus' && return
    run 'mortise domstate --reason fast'
    return 1
}

accelerated_guest() {
    local rom firmware=''
    say 'The same guest on the CPU itself (KVM)'
    if [[ ! -f $build/drivers/qemu.json ]]; then
        printf '\nThe driver qemu was not built, so KVM is left out.\n'
        return
    elif [[ ! -r /dev/kvm || ! -w /dev/kvm ]]; then
        printf '\n/dev/kvm is not there, or not for this user, so KVM is left out; "mortise doctor qemu" says more.\n'
        return
    fi
    rom=$(find_firmware)
    if [[ -n $rom ]]; then
        firmware="  <qemu:commandline>\\n    <qemu:arg value='-bios'/>\\n    <qemu:arg value='$rom'/>\\n"
        firmware+='  </qemu:commandline>'
    fi
    write_definition fast kvm "  <cpu mode='custom'>\\n    <model>qemu64</model>\\n  </cpu>" "$firmware"
    run 'diff demo.xml fast.xml' || true
    if ! start_fast; then
        if kvm_works "$rom"; then fail 'the guest does not come up under KVM, and with QEMU alone it does'; fi
        printf '\nKVM does not run this guest on this host, with or without Mortise, so this part is left out.\n'
        mortise --quiet destroy fast 2>/dev/null || true
        mortise --quiet undefine fast 2>/dev/null || true
        return
    fi
    run 'mortise list'
    run 'mortise vcpuinfo fast'
    run 'mortise shutdown fast'
    run 'mortise wait fast shutoff --timeout 60'
    run 'mortise undefine fast'
}

check_needs
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
introduce
emulated_guest
accelerated_guest
say 'Nothing is left behind'
run 'mortise list --all'
nothing_left || fail "these processes are left: $(left_over | tr '\n' ' ')"
printf '\nNo emulator and no keeper runs any more. %s is removed now.\n' "$work"
printf '\nThat took %d s.\n' "$SECONDS"

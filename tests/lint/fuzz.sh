#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs each fuzzer of a build on its seeds for some seconds: fuzz.sh BUILD SECONDS. What it finds stays in BUILD/fuzz.
set -euo pipefail

build=$(realpath "$1")
seconds=$2
seeds=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../fuzz")
failed=()
count=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export G_SLICE=always-malloc

case $seconds in
    '' | *[!0-9]*) echo "fuzz: '$seconds' is no number of seconds." >&2; exit 2 ;;
esac

for program in "$build"/tests/fuzz/fuzz-*; do
    [[ -f $program && -x $program ]] || continue
    name=$(basename "$program")
    short=${name#fuzz-}
    corpus=("$build/fuzz/$name/corpus")
    mkdir -p "${corpus[0]}"
    for folder in "$seeds/seeds/$short" "$seeds/seeds/$name" "$seeds/corpus/$short" "$seeds/$short"; do
        [[ -d $folder ]] && corpus+=("$folder")
    done
    [[ ${#corpus[@]} -gt 1 ]] || { echo "fuzz: $name has no seeds in tests/fuzz/seeds/$short" >&2; failed+=("$name"); }
    echo "== $name for $seconds s"
    count=$((count + 1))
    # A fuzzer that finds nothing prints a page all the same; it is shown only when there is a finding.
    if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/fuzz/$name/" "${corpus[@]}" >"$build/fuzz/$name/log" 2>&1 </dev/null; then
        tail -n 60 "$build/fuzz/$name/log"
        echo "== $name found something: the input is in $build/fuzz/$name/"
        failed+=("$name")
    else
        grep -E 'number_of_executed_units|new_units_added' "$build/fuzz/$name/log" || true
    fi
done

if [[ $count -eq 0 ]]; then
    echo "fuzz: there is no fuzzer in $build/tests/fuzz; was it built with -Dfuzzing=true?" >&2
    exit 1
fi
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "fuzz: ${#failed[@]} of $count fuzzers failed: ${failed[*]}"
    exit 1
fi
echo "fuzz: $count fuzzers found nothing in $seconds s each"

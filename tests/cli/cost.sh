#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What a command costs on a recorded host.  Prints figures; asked for are 20 ms
# and 8 MiB (docs/design/cost.md).
# Only memory is judged: it does not depend on the machine's load; and of it
# what is the process's own.  How many pages of libc it has mapped beside (1 to
# 3 MiB of the peak, which every process shares) is up to the kernel and
# differed by 0.4 MiB from run to run.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
[ ${#wrapper[@]} = 0 ] || exit 77
[ -x /usr/bin/time ] || { echo "no /usr/bin/time"; exit 77; }
# A sanitizer's own memory is not the command's.
grep -q __asan_init "$memguard" && exit 77
runs=${RUNS:-20}

# within KIB COMMAND...: it has enough with so much of its own.
within()
{
    with_data "$@" >/dev/null
}

# cost NAME SYSROOT RUNS COMMAND...: a line, and whether it keeps to 8 MiB.
cost()
{
    local name=$1 root=$2 runs=$3 start end kb
    shift 3
    start=$(date +%s%N)
    for ((i = 0; i < runs; i++)); do
        "$memguard" "$@" --sysroot "$root" >/dev/null ||
            fail "$name: $*: exit status $?"
    done
    end=$(date +%s%N)
    /usr/bin/time -f %M -o "$scratch/kb" "$memguard" "$@" --sysroot "$root" \
        >/dev/null
    kb=$(tail -n 1 "$scratch/kb")
    printf '%-18s %-8s %10s %10s\n' "$name" "$1" \
        $(((end - start) / runs / 1000)) "$kb"
    within 8192 "$@" --sysroot "$root" || fail "$name: $1: more than 8 MiB"
}

needs_data_limit

printf '%-18s %-8s %10s %10s\n' host command "us a run" "peak kB"
for host in qemu-16g many-domus-128g; do
    for command in size "predict dom0_mem=2G" lint; do
        cost $host tests/fixtures/hosts/$host "$runs" $command
    done
done
# In xl's own texts; what a command does not need may be larger than a document
# that is read as a whole.
for nr in 1000 10000; do
    tests/bench/make-capture "$scratch/capture" $nr
    for command in size "predict dom0_mem=8G" lint map "check 1G"; do
        cost "$nr domUs" "$scratch/capture" 1 $command
    done
    # The same packed: unpacked as it comes.
    tar -C "$scratch/capture" -czf "$scratch/capture.tar.gz" .
    for command in size "check 1G"; do
        cost "$nr packed" "$scratch/capture.tar.gz" 1 $command
    done
    rm -r "$scratch/capture" "$scratch/capture.tar.gz"
done
exit $failed

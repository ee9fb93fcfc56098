#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# A machine without Xen: this one, if it is.  What needs Xen says so, and the
# others answer, also from a capture of it.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
grep -qs xen /sys/hypervisor/type && { echo "skipped: under Xen"; exit 77; }

exits 1 status
says "does not run under Xen"
silent

# What is not known is not said.
exits 0 enable --warn -N
grep -q "the host could not be read" "$scratch/out" ||
    fail "enable --warn does not say that it read nothing"
exits 0 enable --warn -N -j
grep -q '"autoballoon": null' "$scratch/out" || fail "autoballoon is told"

exits 0 capture "$scratch/copy"
[ -s "$scratch/copy/proc/meminfo" ] || fail "its memory is not captured"
[ -s "$scratch/copy/proc/stat" ] || fail "nor its counters"
grep -q '"no_xen": 1' "$scratch/copy/xlmem/host.json" ||
    fail "the capture does not say that there is no Xen"
[ ! -e "$scratch/copy/xl/list" ] || fail "there are no domains here"

exits 0 lint dom0_mem=2G,max:2G
# Its map may be hidden from us: then here and there alike.
run map -k
[ "$status" = 0 ] && { grep -q '^no_xen=true' "$scratch/out" || fail "map"; }
cp "$scratch/out" "$scratch/here"
run map -k --sysroot "$scratch/copy"
same "map of the capture" "$scratch/here" "$scratch/out"

exits 0 predict dom0_mem=1G,max:1G
grep -q "No Xen runs on this machine" "$scratch/out" ||
    fail "predict does not say what it is of"
exit "$failed"

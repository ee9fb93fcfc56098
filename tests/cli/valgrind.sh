#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Every command under valgrind: no error, nothing lost.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
[ ${#wrapper[@]} = 0 ] || exit 77
command -v valgrind >/dev/null || exit 77
grep -q __asan_init "$memguard" && exit 77

clean()
{
    valgrind -q --leak-check=full --show-leak-kinds=all --error-exitcode=99 \
        "$memguard" "$@" >/dev/null 2>"$scratch/err" </dev/null
    [ $? != 99 ] && return
    cat "$scratch/err" >&2
    fail "$*"
}

hosts=tests/fixtures/hosts
clean size --compare --sysroot $hosts/many-domus-128g
clean size -j --sysroot $hosts/zfs-64g
clean size --domus 4000 --hvm 4000 --sysroot $hosts/qemu-16g
clean predict dom0_mem=2G --sysroot $hosts/qemu-64g-trixie
clean predict dom0_mem=2X --sysroot $hosts/qemu-64g-trixie
clean lint --sysroot $hosts/zfs-64g
clean lint -k dom0_mem=2048
clean map --sysroot $hosts/qemu-16g
clean map --svg - --sysroot $hosts/zfs-64g
clean status --sysroot $hosts/many-domus-128g
clean status -k --sysroot tests/fixtures/cases/dom0-overload
clean status
clean map --sysroot "$scratch/none"
clean check --all tests/fixtures/auto --saved tests/fixtures/saved \
    --sysroot $hosts/efi-32g
clean check --all "$scratch/none" --sysroot $hosts/efi-32g
clean check --host "$scratch/none" --sysroot $hosts/efi-32g
clean frob
clean help size
exit $failed

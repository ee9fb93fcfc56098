#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Every recorded host times every set of options: what is printed, what is
# complained about, and the exit status, must be as in tests/cli/expected.
# Tables are what people read: every host's are held.  JSON, key=value and SVG
# come from the same descriptions by one writer each: one host's are.
# "golden.sh --update" writes what is printed now.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"

tables=(
    "size"
    "size --compare"
    "size --domus 20 --hvm 5 --vifs 2 --vbds 3 --extra 1G --growth 4G"
    "size --domus 4000 --hvm 4000"
    "predict dom0_mem=2G,max:2G"
    "predict dom0_mem=-1G"
    "predict dom0_mem=100M"
    "predict dom0_mem=2X"
    "lint"
    "lint dom0_mem=2048 max=2G"
    "map"
    "doctor -v"
    "check 512M --type pv"
    "check 8G --vcpus 4 --maxmem 16G"
    "check tests/fixtures/auto/20-db1.cfg"
    "reserve 8G --vcpus 4 --for 60 -N"
    "dom0"
    "dom0 1536M -N"
    "dom0 200M -N"
    "check --all tests/fixtures/auto"
    "check --host B.json"
    "status"
    "top --once"
)

for_programs=(
    "size -j"
    "predict dom0_mem=2G -k"
    "predict dom0_mem=50%,max:8G -j"
    "lint -j"
    "map -j"
    "map --svg -"
    "check 512M --type hvm -j"
    "check 1T -j"
    "reserve 1T -N -j"
    "dom0 100G -N -j"
    "check --all tests/fixtures/auto --saved tests/fixtures/saved -j"
    "status -j"
    "doctor -j"
    "doctor --html -"
    "status -k"
    "top -j"
)
one_host=qemu-16g
ill_host=kvm-host-other-fragmented # whose page is held, too

# Another host to go to.
run capture "$scratch/b" --sysroot tests/fixtures/hosts/qemu-64g-trixie

# show HOST OPTIONS: one section of an expected file.
show()
{
    local -a words
    read -ra words <<<"$2"
    words=("${words[@]/#B.json/$scratch/b/xlmem/host.json}")
    run "${words[@]}" --sysroot "$1"
    printf '$ xl-memguard %s\n' "$2"
    cat "$scratch/out"
    sed 's/^/! /' "$scratch/err"
    printf '[exit %s]\n\n' "$status"
}

for host in tests/fixtures/hosts/* tests/fixtures/cases/*/; do
    host=${host%/}
    expected=tests/cli/expected/$(basename "$host").txt
    option_sets=("${tables[@]}")
    [ "$(basename "$host")" != $one_host ] ||
        option_sets+=("${for_programs[@]}")
    [ "$(basename "$host")" != $ill_host ] ||
        option_sets+=("doctor --html -")
    for options in "${option_sets[@]}"; do
        show "$host" "$options"
    done >"$scratch/all"
    if [ "${1:-}" = --update ]; then
        cp "$scratch/all" "$expected"
    else
        same "$host: run 'make update-golden' if this is meant" \
            "$expected" "$scratch/all"
    fi
done
exit $failed

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the documents show is what the command prints, the manual pages are
# sound, and the example of libxlmem(3) builds and works.
# "docs.sh --update" writes what is printed now into the documents.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"

# The examples run where the recorded hosts have short names.
mkdir "$scratch/hosts"
for host in tests/fixtures/hosts/*; do
    ln -s "$PWD/$host" "$scratch/hosts/"
done
ln -s "$PWD/tests/fixtures/auto" "$scratch/hosts/auto"
ln -s "$PWD/tests/fixtures/hosts/qemu-16g" "$scratch/hosts/host1"
ln -s "$PWD/tests/fixtures/hosts/zfs-64g" "$scratch/hosts/host2"
ln -s "$PWD/tests/fixtures/hosts/qemu-64g-nomax" "$scratch/hosts/host"
# Three guests that a daemon balances, one of which has just been given more
# (tests/xen/scenarios/daemon-balance.sh).
ln -s "$PWD/tests/fixtures/balancing.json" "$scratch/hosts/"

# render FILE: it, with the output below each "$ xl-memguard ..." made anew.
# Output ends at the fence of Markdown, or where POD's indentation ends.
render()
{
    local line indent="" skip=0
    while IFS= read -r line; do
        if [ $skip = 1 ]; then
            if [ -n "$indent" ]; then
                [[ $line == "$indent"* || -z $line ]] && continue
                echo
            elif [ "$line" != '```' ]; then
                continue
            fi
            skip=0
        fi
        printf '%s\n' "$line"
        if [[ $line =~ ^(\ *)\$\ xl-memguard\ (.*)$ ]]; then
            indent=${BASH_REMATCH[1]}
            skip=1
            (cd "$scratch/hosts" && eval "$memguard ${BASH_REMATCH[2]}") \
                2>&1 </dev/null | sed -e "s/^/$indent/" -e 's/ *$//'
        fi
    done <"$1"
}

for doc in README.md docs/json.md docs/man/*.pod; do
    render $doc >"$scratch/doc"
    if [ "${1:-}" = --update ]; then
        cmp -s "$scratch/doc" $doc || cp "$scratch/doc" $doc
    else
        same "$doc: run 'make update-golden' if this is meant" $doc \
            "$scratch/doc"
    fi
done
[ "${1:-}" = --update ] && exit 0

if command -v podchecker >/dev/null; then
    for pod in docs/man/*.pod; do
        podchecker -warnings -warnings "$pod" 2>"$scratch/err" || {
            cat "$scratch/err" >&2
            fail "$pod"
        }
    done
fi

# Each key of a JSON report is described.
for command in size predict lint map status doctor dom0 check "check --all" version; do
    args=
    [ "$command" = predict ] && args=dom0_mem=2G
    [ "$command" = check ] && args=64G
    [ "$command" = "check --all" ] && args=tests/fixtures/auto
    run $command $args -j --sysroot tests/fixtures/hosts/zfs-64g
    grep -o '"[a-z0-9_]*":' "$scratch/out" | tr -d '":' | sort -u |
        while read -r key; do
            grep -q "\`$key\`" docs/json.md || echo "$key"
        done >"$scratch/missing"
    [ ! -s "$scratch/missing" ] ||
        fail "docs/json.md: $command: not described: $(xargs <"$scratch/missing")"
done

# The example, as libxlmem(3) prints it.
sed -n '/^=head1 EXAMPLE/,/^=head1 ERR/s/^    //p' docs/man/libxlmem.3.pod \
    >"$scratch/example.c"
sed '1d;/./,$!d' docs/examples/size.c >"$scratch/kept.c"
grep -v '^ *$' "$scratch/example.c" >"$scratch/a"
grep -v '^ *$' "$scratch/kept.c" >"$scratch/b"
same "libxlmem(3) and docs/examples/size.c differ" "$scratch/b" "$scratch/a"
# A program without sanitizers cannot load a library with them.
grep -q __asan_init "$memguard" && exit $failed
if ${CC:-cc} -Wall -Wextra -Werror -I libxlmem -o "$scratch/size" \
    docs/examples/size.c -L "$XLMEM_BUILDDIR/libxlmem/.libs" -lxlmem \
    -Wl,-rpath,"$XLMEM_BUILDDIR/libxlmem/.libs"; then
    "$scratch/size" tests/fixtures/hosts/qemu-16g >"$scratch/out"
    grep -qx 'dom0_mem=[0-9]*M,max:[0-9]*M' "$scratch/out" ||
        fail "the example prints $(cat "$scratch/out")"
    "$scratch/size" "$scratch/none" 2>"$scratch/err"
    [ $? = 1 ] || fail "the example does not fail"
    [ -s "$scratch/err" ] || fail "the example does not say why"
else
    fail "the example does not build"
fi
exit $failed

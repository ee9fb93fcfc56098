#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Commands whose memory ends: each gives the whole answer, or says that it is
# out of memory and fails; it blames no input, is never silent, and leaves no
# half of a file.
# shellcheck disable=SC1091,SC2154 # lib.sh
. "$(dirname "$0")/lib.sh"
[ ${#wrapper[@]} = 0 ] || exit 77
# A sanitizer's own memory is not the command's.
grep -q __asan_init "$memguard" && exit 77
needs_data_limit

# Coarse: what one command steps over another one meets.
step_kb=112
file=$scratch/file

# limited KB COMMAND...: status, with out and err.
limited()
{
    status=0
    rm -f "$file"
    with_data "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
}

# is_whole: the answer that there is with enough memory, and its file.
is_whole()
{
    [ "$status" = "$good" ] && cmp -s "$scratch/out" "$scratch/good" || return
    if [ -e "$scratch/good-file" ]; then
        cmp -s "$file" "$scratch/good-file"
    else
        [ ! -e "$file" ]
    fi
}

# died_early: the kernel, prlimit or the dynamic linker has had too little for
# the program itself, which has said nothing.
died_early()
{
    case $status in
        126 | 127 | 137 | 139) ! grep -q '^xl-memguard:' "$scratch/err" ;;
        *) false ;;
    esac
}

# answers COMMAND...: what is good, with no limit but the caller's.
answers()
{
    rm -f "$file" "$scratch/good-file"
    run "$@"
    good=$status
    case $good in
        0 | 3 | 5) ;;
        *) fail "$*: exit status $good with no limit" ;;
    esac
    ! grep -q 'out of memory' "$scratch/err" ||
        fail "$*: out of memory with no limit"
    mv "$scratch/out" "$scratch/good"
    [ ! -e "$file" ] || mv "$file" "$scratch/good-file"
}

# fails_well KB COMMAND...: 5 is an answer of a part, which says so.
fails_well()
{
    [ "$status" = 1 ] || [ "$status" = 5 ] ||
        fail "$1 kB: ${*:2}: exit status $status"
    grep -q 'out of memory' "$scratch/err" ||
        fail "$1 kB: ${*:2}: says only: $(head -n 3 "$scratch/err")"
    [ ! -e "$file" ] || fail "$1 kB: ${*:2}: left a file"
}

# starves COMMAND...: with more and more memory, until it is enough.
starves()
{
    local kb whole=0 nr=0

    answers "$@"
    for ((kb = 216; whole < 2 && kb < 8192; kb += step_kb)); do
        limited $kb "$@"
        [ $((whole + nr)) = 0 ] && died_early && continue
        if is_whole; then
            whole=$((whole + 1))
        else
            fails_well $kb "$@"
            nr=$((nr + 1))
        fi
    done
    [ $whole = 2 ] || fail "$*: no whole answer with $kb kB"
    [ $nr != 0 ] || fail "$*: nothing keeps it from taking more"
}

tests/bench/make-capture "$scratch/host" 200
tar -C "$scratch/host" -czf "$scratch/host.tgz" .
for host in "$scratch/host" "$scratch/host.tgz"; do
    for command in size "size --compare" "predict dom0_mem=8G" lint map \
        "map --svg $file" status "status -j" "status -k" doctor "doctor -j" \
        "doctor --html $file" "check 1G" "check --all tests/fixtures/auto" \
        "top --once" metrics "metrics --textfile $file"; do
        # shellcheck disable=SC2086 # words are split on purpose
        starves $command --sysroot "$host"
    done
    starves fleet check "$host" tests/fixtures/hosts/many-domus-128g
done
exit "$failed"

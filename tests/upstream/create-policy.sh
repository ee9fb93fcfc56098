# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: timeout=400
# A policy on creation in libxl itself (docs/upstream).  xl and libxl are the
# patched ones, which tests/upstream/run puts in front of this file; nothing of
# the project is there.

patched=/run/patched
program=/etc/xen/scripts/create-policy
said=/run/policy-said

mkdir $patched
put_library >$patched/libxenlight.so.4.17
put_xl >$patched/xl
chmod +x $patched/xl

# For the vocabulary too.
xl()
{
    LD_LIBRARY_PATH=$patched $patched/xl "$@"
}

# policy LINE...: the program, which notes how it was called and what it read.
policy()
{
    : >$said
    {
        echo '#!/bin/sh'
        echo "echo \"\$*\" >>$said"
        echo "[ \"\$1\" != ask ] || cat >$said.json"
        printf '%s\n' "$@"
    } >$program
    chmod +x $program
}

names()
{
    xl list | awk 'NR > 1 { print $1 }' | xargs
}

# refused NAME PATTERN: there is no domain, nothing is left of it, and that
# was said.
refused()
{
    local before

    before=$(host_free_mib)
    refute tiny_pv "$1" 64 >"/run/$1.log" 2>&1
    assert_match "$2" "/run/$1.log"
    assert_eq "$(names)" Domain-0 "domains"
    assert_eq "$(host_free_mib)" "$before" "free memory"
}

note "no program: created as ever"
tiny_pv plain 64
assert_eq "$(names)" "Domain-0 plain" "domains"
destroy plain

note "one that says yes is asked once and told once"
policy 'exit 0'
tiny_pv asked 64
uuid=$(xl list -v asked | awk 'NR == 2 { print $7 }')
assert_eq "$(cat $said)" "ask $uuid
created $uuid $(domid asked)" "what it was told"
assert_match '"name": "asked"' $said.json
assert_match '"max_memkb": 65536' $said.json
destroy asked

note "one that says no, and why, and hears nothing more"
# shellcheck disable=SC2016 # of the program
policy '[ "$1" != ask ] || { echo "no room today" >&2; exit 3; }'
refused denied 'no room today'
assert_match 'is refused by the policy' /run/denied.log
assert_eq "$(wc -l <$said)" 1 "how often it was run"

note "one that cannot be run"
chmod -x $program
refused unrunnable 'is refused by the policy'

note "yes, and then there is no kernel: it is told of the failure"
policy 'exit 0'
refute tiny_pv broken 64 'kernel = "/nowhere"'
assert_match '^failed ' $said

note "one that does not answer is killed"
policy 'exec sleep 1000'
refused silent 'domain creation policy'
refute grep -qsa '^sleep.1000' /proc/[0-9]*/cmdline
rm $program

note "xl memguard, in xl's own table: a program in PATH, given what xl was"
printf '#!/bin/sh\necho "ours: $*"\n' >$patched/xl-memguard
chmod +x $patched/xl-memguard
xl help | grep -q '^ memguard ' || fail "not in xl's help"
PATH=$patched:$PATH
assert_eq "$(xl memguard size -j)" "ours: size -j" "what it was given"
assert_eq "$(xl -N -v memguard dom0 1G)" "ours: -v -N dom0 1G" "its options"
rm $patched/xl-memguard
assert_status 1 xl memguard size

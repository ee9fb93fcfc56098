# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux timeout=600
# The host that is left (here.sh).  What `fleet check` says of the recordings is
# what happens to the other's domUs, first *no* and then *yes*.

guard_on enforce 'dom0_floor = "1G"'
FLEET=/run/fleet
mkdir -p $FLEET

# What the other calls for: a word of a scenario.
cat >/run/words.sh <<'END'
# fill LEFT: all but so many MiB above headroom.
fill()
{
    paused_pv full $(($(host_free_mib) - 72 - $1))
}

# lives NAME MIB: as it did where it came from.  Its agent has been asked
# before, by other numbers.
lives()
{
    assert_eq "$(dom_mib "$1")" "$2" "its memory"
    AGENT_NUMBER=100
    agent "$1" alloc 1024
    agent "$1" free
}

"$@"
exit
END

# check: what the recordings of both say.
check()
{
    local r=0

    mv /run/here.tar.gz $FLEET/ 2>/dev/null || :
    xl-memguard capture $FLEET/there.tar.gz >/dev/null
    xl-memguard fleet check --without here -k $FLEET >"$SAID" || r=$?
    cat "$SAID"
    rm $FLEET/there.tar.gz
    return "$r"
}

# start NAME...: of the files that came from the other; how many run now.
start()
{
    local name n=0

    for name; do
        ! xl create -q -p "/run/bed-$name.cfg" 2>>/run/start.err || n=$((n + 1))
    done
    echo "$n"
}

bed-link serve 2>/run/served.err &
served=$!
wait_for 600 test -e /run/recorded
bed-link gone 5
note "the other is gone"
kill "$served"

bash /bed/scenario.sh /run/words.sh fill 250
assert_status 3 check
assert_eq "$(start web mail)" 1 "of two domUs"
assert_match 'is not created: it does not fit' /run/start.err
refute grep 'libxl: error' /run/start.err
xl destroy mail 2>/dev/null || xl destroy web
destroy full
wait_for 30 eval "[ \$(host_free_mib) -ge 500 ]"

assert_status 0 check
assert_eq "$(start web mail)" 2 "of two domUs"
admitted=$(grep -cE 'xlmem-guard.*: admit (web|mail)' "$GUARD_LOG")
result admitted "$admitted"
assert_ge "$admitted" 3 "admissions"
assert_eq "$(ledger_entries)" 0 "reservations"
bash /bed/scenario.sh /run/words.sh lives guest 128

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# The models of the ledger and the guard, searched whole; and with each of
# their faults, which have to be found: a model that cannot fail shows nothing.
# "check.sh --full" searches larger ones, for some minutes.
# shellcheck disable=SC1091,SC2154 # optimise is of who calls search
. "$(dirname "$0")/../checks/lib.sh"
requires spin
models=$PWD/tests/spin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 99
passed=0 failed=0

ok()
{
    echo "ok: $*"
    passed=$((passed + 1))
}

wrong()
{
    complain "$*"
    failed=$((failed + 1))
}

finish()
{
    echo "models: $passed passed, $failed failed, 0 skipped"
    exit "$bad"
}

safety=(-DSAFETY -DCOLLAPSE)
# Everybody is served, if everybody who can go on does so at some time.
served=(-DNFAIR=3 -DCOLLAPSE)

# search MODEL DEFINE...: leaves what pan says in out.  Of its memory pan may
# use 2000 MiB.
search()
{
    local model=$1 how=("${safety[@]}") options=(-m200000)
    shift
    if [[ " $* " == *" -DSERVED "* ]]; then
        how=("${served[@]}")
        options+=(-a -f)
    fi
    rm -f pan* ./*.trail
    spin "$@" -a "$models/$model.pml" >spin.out || {
        cat spin.out
        exit 1
    }
    "${CC:-cc}" $optimise -w -DMEMLIM=2000 -DVECTORSZ=2048 "${how[@]}" -o pan pan.c
    ./pan "${options[@]}" >out 2>&1 || true
}

# holds MODEL DEFINE...: the whole of it, without an error.
holds()
{
    local optimise=-O1
    search "$@"
    if grep -q 'errors: 0$' out && ! grep -q 'not completed\|too small' out; then
        ok "$*: $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' out) states"
    else
        grep 'pan:\|errors:\|not completed\|too small' out
        wrong "$* does not hold"
    fi
}

# fails MODEL FAULT DEFINE...: a counterexample is found, sooner than a
# compiler has optimised.
fails()
{
    local model=$1 fault=$2 optimise=-O0
    shift 2
    search "$model" "-DFAULT_$fault" "$@"
    if grep -q 'errors: [1-9]' out; then
        ok "$model, $fault:$(sed -n 's/^pan:1://p' out)"
    else
        wrong "$model: $fault is not found"
    fi
}

if [ "${1:-}" = --full ]; then
    holds guard -DCREATES=2 -DKILLS=2
    holds guard -DCREATES=1 -DBY_HAND -DPATIENT
    holds guard -DCREATES=1 -DBY_HAND -DKILLS=1 -DRAISES
    holds guard -DCREATES=2 -DSERVED -DSTUCK
    holds guard -DCREATES=1 -DBALANCES=3 -DKILLS=1
    holds daemon -DPASSES=4
    holds daemon -DSPARE=1
    finish
fi

holds ledger
fails ledger MADE_UNLOCKED
fails ledger BOUND_UNLOCKED
fails ledger CLOSED_FIRST
fails ledger EMPTY_STAYS
fails ledger NOTE_STAYS

holds lock
for fault in BARGE DEAD_STAY NO_BYTE ONLY_CLOSED INHERITED LEFT_UNSAID \
    TOLD_EARLY NOT_CALLED CALLED_EARLY WATCHES_LATE; do
    fails lock $fault
done

by_hand=(-DCREATES=1 -DBY_HAND)
balances=(-DCREATES=1 -DBALANCES=2 -DKILLS=1)
slow=(-DCREATES=1 -DNEED=3 -DSTUCK -DSERVED)
holds guard -DCREATES=2 -DKILLS=1
holds guard -DCREATES=2 -DSTUCK -DNEED=3
holds guard "${slow[@]:0:3}" -DKILLS=1
holds guard -DCREATES=2 -DMIGRATES=1
holds guard -DCREATES=2 -DHOST_REBOOT
holds guard -DCREATES=1 -DREBOOTS=1 -DNEED=4
holds guard "${by_hand[@]}" -DKILLS=1
holds guard "${by_hand[@]}" -DHAND_NEED=1
holds guard "${slow[@]}"
holds guard "${balances[@]}"
holds guard -DCREATES=2 -DBALANCES=1
for fault in EARLY_UNLOCK SWEEP_OWNED SWEEP_DEBTS FREE_BEFORE_LEDGER \
    FREE_BEFORE_DOMAINS PAID_UNWRITTEN NO_WITNESS RELEASE_EARLY KEEPS_LOCK \
    LAG_BEFORE_FREE PAID_OUT_OF_NOTHING; do
    fails guard $fault -DCREATES=2
done
for fault in TARGET_BEFORE_ENTRY SWEEP_BEFORE_CARRIER; do
    fails guard $fault -DCREATES=2 -DKILLS=1
done
for fault in STRANGER MOVE_UNWRITTEN SWEEP_MOVES; do
    fails guard $fault "${balances[@]}"
done
fails guard MOVES_SWEPT -DCREATES=2 -DBALANCES=1
fails guard NO_LAG "${slow[@]:0:3}" -DKILLS=1
fails guard NOT_AHEAD -DCREATES=1 -DREBOOTS=1 -DNEED=4
fails guard SOURCE_COUNTS -DCREATES=2 -DMIGRATES=1
fails guard LEDGER_SURVIVES -DCREATES=2 -DHOST_REBOOT
for fault in NO_YIELD NOT_JOINED DEBT_NOT_LEFT SWEPT_BEFORE_JOIN; do
    fails guard $fault "${by_hand[@]}" -DKILLS=1
done
fails guard TAKEN_OVER_EARLY "${by_hand[@]}" -DHAND_NEED=1
fails guard KEPT_UNLOCKED "${by_hand[@]}" -DHAND_NEED=1
for fault in NO_DEADLINE DEADLINE_RUNS DEADLINE_STAYS WAIT_BEGINS_EARLY; do
    fails guard $fault "${slow[@]}"
done
# No fault of the guard, but of a toolstack that gives its domains no uuid.
fails guard NO_UUID -DCREATES=2 -DNEED=1 -DRAISES

holds daemon
for fault in PROMISED_TWICE GROWTH_IGNORED GIVERS_SEEN_ONCE SPENT_TWICE \
    SPENT_BEFORE_THERE COMING_IS_THERE TARGETS_BEFORE_ENTRY \
    WRITTEN_ONE_BY_ONE MOVE_UNWRITTEN MOVES_SWEPT SWEPT_FIRST \
    CARRIES_PAID_ONLY PART_UNWRITTEN; do
    fails daemon $fault
done
fails daemon NO_WITNESS -DPASSES=4
finish

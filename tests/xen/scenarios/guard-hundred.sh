# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=64G xen="dom0_mem=2G,max:2G" sets=long timeout=900
# A hundred domUs: the books explain Xen's free memory, and the hundredth
# create is judged as fast as the first.  Minutes, so that it is run by hand.

N=100

guard_on enforce

pvh()
{
    config "$1" 'type = "pvh"' 'memory = 64' 'vcpus = 1' \
        "kernel = \"$GUESTS/tiny-pvh\""
}

quiet_pvh()
{
    xl create -q -p "$(pvh "$1")"
}

# status_kb KEY: a line of what status says.
status_kb()
{
    sed -n "s/^$1=//p" /run/status
}

# ms COMMAND...: how long it takes.
ms()
{
    local start=${EPOCHREALTIME/./}

    "$@" >/dev/null
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

median()
{
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# added_ms WHEN: what the guard adds to a create, by pairs.
added_ms()
{
    local with=() without=() i

    for i in 1 2 3 4 5; do
        with+=("$(ms quiet_pvh probe)")
        destroy probe
        without+=("$(MEMGUARD=off ms quiet_pvh probe)")
        destroy probe
    done
    result "create_ms_$1" "$(median "${with[@]}")"
    result "added_ms_$1" $(($(median "${with[@]}") - $(
        median "${without[@]}")))
}

added_ms empty
xl-memguard status -k >/run/status
keep /run/status
before=$(status_kb free_kb)
xen_before=$(status_kb xen_kb)
xl-memguard check -k "$(pvh any)" >/run/check
need=$(sed -n 's/^need_kb=//p' /run/check)
start=$(seconds)
i=0
while [ $i -lt $N ]; do
    quiet_pvh "d$i"
    i=$((i + 1))
done
result seconds_for_all $(($(seconds) - start))
assert_eq "$(dom_count)" $N "domUs"
assert_eq "$(ledger_entries)" 0 "reservations"
assert_eq "$(grep -c 'xlmem-guard.*: admit d' "$GUARD_LOG")" $N "verdicts"

# What they took is what was said, to 128 KiB each.
xl-memguard status -k >/run/status-full
keep /run/status-full
mv /run/status-full /run/status
took=$((before - $(status_kb free_kb)))
result need_kb_each "$need"
result took_kb_each $((took / N))
assert_le $took $((N * need)) "what they took"
assert_ge $took $((N * (need - 128))) "what they took"
# Of that the domains hold their own and their pools; the rest is Xen's.
result xen_own_kb_each $((($(status_kb xen_kb) - xen_before) / N))
assert_ge "$(status_kb domus_kb)" $((N * 65536)) "what domUs hold"
assert_eq $(($(status_kb domus_kb) + $(status_kb xen_kb) - xen_before)) \
    $took "what domUs and Xen's own have grown by"
added_ms full
destroy_all
guard_off

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# The books as the administrator sees them: the largest domU that fits does
# start and 1 MiB more does not; what is reserved is refused to others, until
# it is released, until its time is over, and not to its own domain.

ERR=/run/err

# dom0 has nothing to give, so that what is refused is refused for good.
guard_on enforce 'dom0_floor = "1G"'

# create NAME MIB [LINES...]: a paused PVH domU.
create()
{
    xl create -q -p "$(config "$1" 'type = "pvh"' "memory = $2" 'vcpus = 1' \
        "kernel = \"$GUESTS/tiny-pvh\"" "${@:3}")" 2>"$ERR"
}

# reserve SIZE [OPTION...]: prints the id.
reserve()
{
    xl memguard reserve "$@" | head -n 1
}

# The books are Xen's.
assert_eq "$(status guard.mode)" enforce mode
assert_eq $(($(status books.free_kb) / 1024)) "$(host_free_mib)" "free memory"
assert_eq "$(status largest.1.type)" pvh "second kind"
assert_eq "$(status guard.xl.0.guarded)" true "xl is guarded"
largest=$(($(status largest.1.now_kb) / 1024))

# The largest that fits, and 1 MiB more.
largest_starts 0 paused_pv
destroy most
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"
largest_starts 1 tiny_pvh
xl memguard status
assert_eq "$(status guard.monitors.0.guarded)" true "its monitor is guarded"
destroy most
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"

# Reserved: refused to others, given to nobody twice, free when released.
half=$((largest / 2))
id=$(reserve ${half}M --type pvh)
assert_eq "$(ledger_entries)" 1 "reservations"
assert_eq "$(status reservations.0.id)" "$id" "its id"
assert_eq "$(status books.ledger_kb)" "$(status reservations.0.need_kb)" ledger
xl memguard reserve
refute create late $((half + 8))
assert_match 'less [1-9][0-9.]* MiB reserved' "$ERR"
assert_status 3 xl memguard reserve $((half + 8))M >/run/refused
assert_match 'less [1-9][0-9.]* MiB reserved' /run/refused
assert_eq "$(ledger_entries)" 1 "reservations"
assert xl memguard release "$id"
assert_eq "$(ledger_entries)" 0 "reservations"
assert create late $((half + 8))
assert_status 1 xl memguard release "$id"

# Waited for in vain, and until somebody leaves.
assert_status 5 xl memguard reserve "${half}M" --wait 1
assert_eq "$(ledger_entries)" 0 "reservations"
(sleep 2 && xl destroy late) &
id=$(reserve "${half}M" --type pvh --wait $((60 * SLOW)))
wait
refute xl domid late 2>/dev/null
assert_eq "$(ledger_entries)" 1 "reservations"
assert xl memguard release "$id"

# A monitor that the real xl left is seen.
assert /usr/lib/xlmem/real/xl create -q -p "$(config plain 'type = "pvh"' \
    'memory = 32' 'vcpus = 1' "kernel = \"$GUESTS/tiny-pvh\"")"
assert_eq "$(status guard.monitors.0.guarded)" false "a monitor is guarded"
destroy plain

# Its time is over.
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"
reserve "${half}M" --for $((4 * SLOW))
refute create late $((half + 8))
sleep $((4 * SLOW + 1))
assert create late $((half + 8))
assert_eq "$(ledger_entries)" 0 "reservations"
destroy late

# Its own domain has it.
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"
uuid='uuid = "6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a11"'
file=$(config own 'type = "pvh"' "memory = $((half + 8))" 'vcpus = 1' \
    "kernel = \"$GUESTS/tiny-pvh\"" "$uuid")
reserve "$file"
refute create other $((half + 8))
assert create own $((half + 8)) "$uuid"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy own

# All at once, and with a plan: dom0 gives, and has it back.
guard_on enforce 'dom0_floor = "700M"'
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"
before=$(balloon_kb target_kb)
reserve 64M
reserve "${largest}M"
assert_le "$(balloon_kb target_kb)" $((before - 60000)) "dom0's target"
assert xl memguard release --all
assert_eq "$(ledger_entries)" 0 "reservations"
assert_eq "$(balloon_kb target_kb)" "$before" "dom0's target"

# From warn to enforce, with nothing else changed, and only if all is well.
guard_on warn '# of mine' 'dom0_floor = "1G"' 'wait = 3'
assert create warned $((largest + 1))
destroy warned
wait_for 30 eval "[ \$((\$(status largest.1.now_kb) / 1024)) = $largest ]"
touch /run/xlmem/off
assert_status 3 xl memguard enable
assert xl memguard enable --warn >/run/out
assert_match 'counts when /run/xlmem/off is gone' /run/out
rm "$GUARD_MODE" /run/xlmem/off
assert_eq "$(head -n 1 "$GUARD_CONF")" 'mode = "warn"' "first line"
assert xl memguard enable
assert_eq "$(tr '\n' ';' <"$GUARD_CONF")" \
    'mode = "warn";# of mine;dom0_floor = "1G";wait = 3;' "the file"
assert_eq "$(cat "$GUARD_MODE")" enforce "the mode"
refute create warned $((largest + 1))
assert_match 'line 1: mode = "warn" does not count' "$ERR"

# Owner and mode of the file stay; what is not there any more is no way out.
chmod 640 "$GUARD_MODE"
chown 0:42 "$GUARD_MODE"
assert xl memguard enable --warn
assert_eq "$(stat -c '%a %u:%g' "$GUARD_MODE")" '640 0:42' "owner and mode"
rm "$GUARD_CONF"
assert xl memguard enable
assert_eq "$(status guard.mode)" enforce "the mode without a configuration"
guard_off
assert_status 3 xl-memguard enable
refute test -e "$GUARD_MODE"

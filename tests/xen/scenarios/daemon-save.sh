# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=long timeout=900
# Beside the daemon one that has not given yet what it was asked for is saved
# and restored, and one whose target has just been raised is migrated.

# The other host is this one.
cat >/run/ssh <<'END'
#!/bin/sh
shift
exec "$@"
END
chmod +x /run/ssh

# holds NAME: it has more than its target, by 8 MiB or more.
holds()
{
    [ "$(dom_mib "$1")" -ge $(($(target "$1") / 1024 + 8)) ]
}

# rises NAME FROM: its target is being raised, and was FROM.
rises()
{
    [ "$(target "$1")" -gt "$2" ]
}

# within NAME...: each is in its range, and Xen has its headroom.
within()
{
    local name

    for name; do
        note "$name has $(dom_mib "$name") MiB, its target is" \
            "$(($(target "$name") / 1024))"
        assert_ge "$(dom_mib "$name")" 160 "$name, whose floor is 160 MiB"
        assert_le "$(dom_mib "$name")" 401 "$name, whose ceiling is 400 MiB"
    done
    assert_ge "$(host_free_mib)" 64 "Xen's free memory"
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG /run/*.err' EXIT
# What the domain's own file says goes with it, wherever it goes.
for name in gives grows; do
    linux_boots pv $name 240 'maxmem = 400' 'vcpus = 1' \
        'memguard = [ "dynamic_min=160M", "dynamic_max=400M" ]'
done
for name in gives grows; do
    is_up $name
    agent $name publish
done
scarce 40
daemon_start
wait_for 120 at_rest gives grows

# Saved with more than its target: it comes back with what it had.
agent gives clutch
agent grows want 300000
wait_for 120 holds gives
within gives grows
had=$(dom_mib gives)
result target_at_save_mib $(($(target gives) / 1024))
assert xl save gives /run/gives.save >/run/save.err 2>&1
assert_match 'raised from .* MiB that it has' /run/save.err
wait_for 120 mib_at_least grows 320
within grows
agent grows free
assert xl restore /run/gives.save >/run/restore.err 2>&1
rm /run/gives.save
result saved_with_mib "$had"
result restored_with_mib "$(dom_mib gives)"
assert_ge "$(dom_mib gives)" $((had - 2)) "what it is restored with"
assert_eq "$(xs_dom gives memory/dynamic-min)" 163840 "its floor"
within gives grows
agent gives free

# Migrated while it grows: it goes on where it comes to.
agent_is_asked grows want 300000
wait_for 120 at_rest gives grows
refute mib_at_least grows 380
id=$(domid grows)
had=$(target grows)
destroy fills
wait_for 60 rises grows "$had"
result migrated_from_mib $((had / 1024))
result towards_mib $(($(target grows) / 1024))
assert xl migrate -s /run/ssh grows here >/run/migrate.err 2>&1
refute test "$(domid grows)" = "$id"
result arrived_with_mib "$(dom_mib grows)"
within gives grows
wait_for 120 mib_at_least grows 380
wait_for 120 at_rest gives grows
within gives grows
assert_eq "$(dom_count)" 2 "domains"
assert kill -0 "$DAEMON"
assert daemon_end TERM
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off

# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=long timeout=300
# dom0 gives what it does not need to guests that do, also when nobody has set
# its target since the host was booted.
RESERVE_KB=65536

dom0_at_most()
{
    [ "$(balloon_kb info/current_kb)" -le "$1" ]
}

have_at_least()
{
    [ $(($(dom_mib a) + $(dom_mib b))) -ge "$1" ]
}

guard_on enforce 'balance = "on"' 'dom0_floor = "400M"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
refute xenstore-exists /local/domain/0/memory/target
MIB=240 balloons 160 600 a b
scarce 40
had=$(balloon_kb info/current_kb)
daemon_start
agent a want 400000
agent b want 400000
wait_for 60 dom0_at_most $((had - 131072))
result dom0_gave_kb $((had - $(balloon_kb info/current_kb)))
result available_kb "$(meminfo_kb MemAvailable)"
assert_ge "$(meminfo_kb MemAvailable)" $RESERVE_KB "what dom0 has left"
wait_for 60 have_at_least 560
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
assert daemon_end TERM
destroy_all
guard_off

# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=long timeout=300
# dom0 gives what it does not need, also when nobody has set its target since
# the host was booted, and when it does need it has that back before a guest
# that wants more: its MemAvailable never falls below the reserve.
RESERVE_KB=65536
HOG=/run/hog

# watch_available: the least that dom0 had available, in kB, in /run/least.
watch_available()
{
    local least=999999999 now

    while :; do
        now=$(meminfo_kb MemAvailable)
        [ "$now" -ge "$least" ] || least=$now
        echo "$least" >/run/least
        sleep 0.1
    done
}

# is_left KB: to dom0; with less this would end in its being killed, untold.
is_left()
{
    [ "$(meminfo_kb MemAvailable)" -ge "$1" ]
}

dom0_at_most()
{
    [ "$(balloon_kb info/current_kb)" -le "$1" ]
}

guard_on enforce 'balance = "on"' 'dom0_floor = "400M"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
refute xenstore-exists /local/domain/0/memory/target
MIB=240 balloons 160 600 a b
scarce 40
had=$(balloon_kb info/current_kb)
result available_before_kb "$(meminfo_kb MemAvailable)"
daemon_start

# Both want more than there is: dom0's is taken.
agent a want 400000
agent b want 400000
wait_for 60 dom0_at_most $((had - 131072))
wait_for 120 at_rest a b
result dom0_gave_kb $((had - $(balloon_kb info/current_kb)))
result available_after_kb "$(meminfo_kb MemAvailable)"
assert_ge "$(meminfo_kb MemAvailable)" $RESERVE_KB "what dom0 has left"

# a needs less from now on, and b still more than it gets; dom0 is filled with
# 48 MiB more than could be without falling below the reserve.
hog_mib=$((($(meminfo_kb MemAvailable) - RESERVE_KB) / 1024 + 48))
mkdir $HOG
mount -t tmpfs -o size=2G none $HOG
watch_available &
watcher=$!
agent a free
i=0
while [ $i -lt $((hog_mib / 16)) ] && is_left $((RESERVE_KB / 2)); do
    dd if=/dev/zero bs=1M count=16 2>/dev/null >>$HOG/all
    sleep 0.5
    i=$((i + 1))
done
kill $watcher
result hog_kb "$(du -k $HOG/all | cut -f1)"
result least_available_kb "$(cat /run/least)"
result dom0_kb "$(balloon_kb info/current_kb)"
note "a $(dom_mib a), b $(dom_mib b) MiB, Xen has $(host_free_mib) MiB"
assert_ge "$(cat /run/least)" $RESERVE_KB "the least that dom0 had left"
for name in a b; do
    assert_ge "$(dom_mib $name)" 160 "$name, whose floor is 160 MiB"
done
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
umount $HOG
assert daemon_end TERM
destroy_all
guard_off

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# What the guard has in processes of others: a child of a killed toolstack
# keeps no reservation, and a limit for the size of files kills nobody.

CLIENT=/usr/libexec/xlmem/xlmem-guard-client
GUARD=/usr/lib/x86_64-linux-gnu/xlmem/libxlmem-guard.so

guard_on enforce 'dom0_floor = "1G"'

# A toolstack that is killed in the middle of a restore, and has a child that
# lives: the child has all its descriptors, and keeps nothing.
tiny_pvh saved 64
save_tiny saved /run/saved
# xl's header: 48 bytes, of which the last four say how much follows
# (tools/xl/xl.h, struct save_file_header).
head=$((48 + $(od -An -t u4 -j 44 -N 4 /run/saved)))
mkfifo /run/children.stay /run/children.fifo
exec 9<>/run/children.stay
{
    dd bs="$head" count=1 of=/dev/null
    dd bs=4096 count=100
    until [ -e /run/children.go ]; do sleep 0.1; done
} </run/saved >/run/children.fifo 2>/dev/null &
feeder=$!
LD_PRELOAD=$GUARD "$CLIENT" forked pvh "$GUESTS/tiny-pvh" 64 back \
    <&9 3</run/children.fifo >/run/said 2>/run/err &
pid=$!
wait_for 30 grep -q '^child' /run/said
child=$(sed -n 's/^child //p' /run/said)
paused_pv other 32
assert_eq "$(ledger_entries)" 1 "reservations of who lives"
kill -9 "$pid"
wait "$pid" || true
assert kill -0 "$child"
ls -l "/proc/$child/fd" >/run/child.fds
assert_match '/run/xlmem/ledger/[0-9]+-[0-9]+$' /run/child.fds
paused_pv another 32
assert_eq "$(ledger_entries)" 0 "reservations of a killed toolstack"
kill "$child"
touch /run/children.go
wait "$feeder" || true
destroy back
destroy_all
rm /run/saved

# Where no file may grow a reservation is written all the same, and nobody
# dies.
said=$(ulimit -f 0 && xl memguard reserve -k 32M 2>&1) || true
id=$(sed -n 's/^id=//p' <<<"$said")
echo "$said"
assert_match '^[0-9]+-[0-9]+$' <(echo "$id")
assert_ge "$(stat -c %s "/run/xlmem/ledger/$id")" 1 "bytes of the reservation"
assert xl memguard release "$id"

guard_off

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=long share=guard
# The domains that xendomains starts are guarded: Debian's own script, which
# runs xl by its name, where xl is the dispatcher; and without it by the
# variable that the drop-in sets.  What it saves at stop it restores at start,
# as far as there is room.

AUTO=/etc/xen/auto
SAVED=/var/lib/xen/save

# What the script reads of init's and LSB's packages, and python3.
mkdir -p /lib/init /lib/lsb "$AUTO"
: >/lib/init/vars.sh
cat >/lib/lsb/init-functions <<'END'
log_action_begin_msg() { echo "$@"; }
log_action_cont_msg() { :; }
log_action_end_msg() { :; }
log_action_msg() { echo "$@"; }
END
cat >/usr/lib/xen-common/bin/xen-init-name <<'END'
#!/bin/sh
sed -n 's/^name = "\(.*\)"/\1/p' "$1"
END
cat >/usr/lib/xen-common/bin/xen-init-list <<'END'
#!/bin/sh
xl list | awk 'NR > 2 { print $2, $1 }'
END
chmod +x /usr/lib/xen-common/bin/xen-init-list

auto()
{
    cp "$(config "$1" 'type = "pvh"' "memory = $2" \
        "kernel = \"$GUESTS/tiny-pvh\"")" "$AUTO/$1"
}

start()
{
    /etc/init.d/xendomains start >/run/said
    cat /run/said
    assert xl domid first >/dev/null
    refute xl domid second 2>/dev/null
    assert_match 'second is not created: it does not fit' /run/said
}

verdicts()
{
    assert_eq "$(grep -c 'xlmem-guard.*: admit first' "$GUARD_LOG")" "$1" \
        "verdicts"
    assert_eq "$(grep -c 'xlmem-guard.*: refuse second' "$GUARD_LOG")" "$1" \
        "refusals"
}

auto first 64
auto second 4000
guard_on enforce 'dom0_floor = "1G"'
start
verdicts 1
destroy first

/usr/libexec/xlmem/xl-divert remove
LD_PRELOAD=/usr/lib/x86_64-linux-gnu/xlmem/libxlmem-guard.so start
verdicts 2
destroy first
rm -r "$AUTO"

# Saved when it stops; when it starts there is room for the smaller one only.
guard_on enforce 'dom0_floor = "1G"'
tiny_pvh kept 64 'vcpus = 1'
tiny_pvh waits 128 'vcpus = 1'
/etc/init.d/xendomains stop >/run/said &
stopper=$!
suspend_tiny kept
suspend_tiny waits
wait "$stopper"
assert_eq "$(dom_count)" 0 "domUs that xl lists"
images=$(echo "$SAVED"/*)
assert_eq "$images" "$SAVED/kept $SAVED/waits" "images"

paused_pv full $(($(host_free_mib) - 72 - 96))
/etc/init.d/xendomains start >/run/said
cat /run/said
assert_eq "$(dom_mib kept)" 64 "MiB of what is restored"
assert_match 'waits is not created: it does not fit' /run/said
refute grep 'libxl: error' /run/said
refute xl domid waits 2>/dev/null
images=$(echo "$SAVED"/*)
assert_eq "$images" "$SAVED/waits" "images that are left"
assert_eq "$(ledger_entries)" 0 "reservations"

# What was refused is not lost.
destroy full
wait_for 30 eval "[ \$(host_free_mib) -ge 300 ]"
/etc/init.d/xendomains start >/run/said
assert_eq "$(dom_mib waits)" 128 "MiB of what is restored"
assert_eq "$(ledger_entries)" 0 "reservations"
for name in kept waits; do
    assert_eq "$(grep -c "xlmem-guard.*: admit $name" "$GUARD_LOG")" 2 \
        "verdicts on $name"
done
destroy_all
guard_off

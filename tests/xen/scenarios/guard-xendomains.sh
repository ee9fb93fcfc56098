# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=full share=1g
# The domains that xendomains starts are guarded: Debian's own script, which
# runs xl by its name, where xl is the dispatcher; and without it by the
# variable that the drop-in sets.

AUTO=/etc/xen/auto

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
    assert_match 'second is not created: it needs .* too little' /run/said
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
guard_off

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# The udev rule, the tmpfiles.d line and needrestart's, by the programs that
# read them; the last by Perl, as needrestart does.
set -u
hotplug=${XLMEM_SRCDIR:?}/hotplug
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
done=0

fail()
{
    echo "FAIL: $*" >&2
    [ ! -s "$dir/log" ] || tail -n 20 "$dir/log" >&2
    failed=1
}

# ---- tmpfiles.d: /run/xlmem, and what is in it stays
# state: of the folder and of a file in it.
state()
{
    stat -c '%a %u %g' "$dir/root/run/xlmem"
    cat "$dir/root/run/xlmem/ledger" 2>/dev/null
}
if [ "$(id -u)" = 0 ] && command -v systemd-tmpfiles >/dev/null; then
    done=1
    mkdir "$dir/root"
    create()
    {
        systemd-tmpfiles --create --root="$dir/root" "$hotplug/xlmem.conf" \
            >"$dir/log" 2>&1 || fail "systemd-tmpfiles: exit status $?"
        [ ! -s "$dir/log" ] || fail "systemd-tmpfiles complains"
    }
    create
    [ "$(state)" = "755 0 0" ] || fail "/run/xlmem is $(state)"
    echo kept >"$dir/root/run/xlmem/ledger"
    chmod 700 "$dir/root/run/xlmem"
    create
    [ "$(state)" = "755 0 0
kept" ] || fail "/run/xlmem is $(state) the second time"
    systemd-tmpfiles --clean --remove --root="$dir/root" \
        "$hotplug/xlmem.conf" >"$dir/log" 2>&1
    [ "$(state | tail -n 1)" = kept ] || fail "it is cleaned away"
fi

# ---- udev: read without a complaint, and matched against a block of memory
block=/sys/devices/system/memory/memory0
# read_rule: $dir/rules as the only ones, in a mount namespace of its own.
read_rule()
{
    # shellcheck disable=SC2016 # the other shell's
    unshare -m sh -c 'mount -t tmpfs none /run &&
        mount --bind "$1" /usr/lib/udev/rules.d || exit 77
        for other in /etc/udev/rules.d /usr/local/lib/udev/rules.d; do
            [ ! -d "$other" ] || mount -t tmpfs none "$other" || exit 77
        done
        udevadm test --action=add "$2"' sh "$dir/rules" "$block" \
        >"$dir/log" 2>&1
}
# matches RULE STATE TEST: whether it is for the block, changed so that it sets
# a mark and no attribute, and looks for that state and whether TEST is there.
matches()
{
    sed 's/ATTR{state}="online"/ENV{XLMEM_SEEN}="1"/; s/"offline"/"'"$2"'"/
        s|TEST=="[^"]*"|TEST=="'"$3"'"|' "$hotplug/$1" >"$dir/rules/${1##*/}"
    read_rule
    grep -q '^XLMEM_SEEN=1$' "$dir/log"
}
# check_rule RULE: of ours.
check_rule()
{
    local name=${1##*/}

    ! grep "$name:" "$dir/log" || fail "udev complains of $name"
    grep -q "Reading rules file: .*$name" "$dir/log" ||
        fail "udev has not read $name"
    matches "$1" online /proc/self/status ||
        fail "$name does not match a block of memory"
    ! matches "$1" online /proc/none || fail "$name matches without a Xen"
    ! matches "$1" offline /proc/self/status ||
        fail "$name matches another state"
}
mkdir "$dir/rules"
for rule in 80-xlmem-memory.rules guest/80-memguard-guest.rules; do
    rm -f "$dir"/rules/*
    cp "$hotplug/$rule" "$dir/rules/"
    if command -v udevadm >/dev/null && [ -r "$block/state" ] &&
        [ "$(cat "$block/state")" = online ] && read_rule; then
        done=1
        check_rule "$rule"
    fi
done

# ---- needrestart: the daemon is restarted, and nothing that starts domains
# shellcheck disable=SC2016 # Perl's
if command -v perl >/dev/null; then
    done=1
    answers=$(perl -we 'our %nrconf = (override_rc => {});
        defined(do $ARGV[0]) or die $@ || $!;
        for my $unit (qw(memguard-daemon.service xendomains.service
                         memguard-daemon.service.d)) {
            my ($yes) = map { $nrconf{override_rc}{$_} }
                grep { $unit =~ /$_/ } keys %{$nrconf{override_rc}};
            print $yes // "-";
        }' "$hotplug/needrestart/xlmem.conf" 2>&1)
    [ "$answers" = 1-- ] || fail "needrestart: $answers"
fi

[ $done = 1 ] || {
    echo "skipped: none of udevadm, systemd-tmpfiles and perl can be run here"
    exit 77
}
exit $failed

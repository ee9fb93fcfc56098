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
# matches SED...: whether the rule, changed so that it sets a mark and no
# attribute, and as asked, is for the block.
matches()
{
    sed 's/ATTR{state}="online"/ENV{XLMEM_SEEN}="1"/; s/"offline"/"'"$is"'"/
        s|/proc/xen/capabilities|/proc/self/status|; '"$1" \
        "$hotplug/80-xlmem-memory.rules" >"$dir/rules/80-xlmem-memory.rules"
    read_rule
    grep -q '^XLMEM_SEEN=1$' "$dir/log"
}
mkdir "$dir/rules"
cp "$hotplug/80-xlmem-memory.rules" "$dir/rules/"
if command -v udevadm >/dev/null && [ -r "$block/state" ] &&
    [ "$(cat "$block/state")" = online ] && read_rule; then
    done=1
    is=online
    ! grep '80-xlmem-memory.rules:' "$dir/log" || fail "udev complains"
    grep -q 'Reading rules file: .*80-xlmem-memory.rules' "$dir/log" ||
        fail "udev has not read it"
    matches '' || fail "a block of memory is not matched"
    ! matches 's/TEST=="[^"]*"/TEST=="\/proc\/none"/' ||
        fail "matched where there is no Xen"
    is=offline
    ! matches '' || fail "matched with another state"
fi

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

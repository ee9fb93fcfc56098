#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# The services' drop-in: systemd understands it, and what a systemd starts by
# these names, a manager of its own here, has the guard in it.
set -u
: "${XLMEM_SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${XLMEM_BUILDDIR:=$XLMEM_SRCDIR/build}"
drop_in=$XLMEM_BUILDDIR/hotplug/50-memguard.conf
guard=$XLMEM_BUILDDIR/xl-plugin/guard/.libs/libxlmem-guard.so
manager=/lib/systemd/systemd
services=(xendomains libvirtd virtxend)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
    printf 'FAIL: %s\n' "$*" >&2
    exit 1
}

[ "$(grep -c '^[^#[]' "$drop_in")" = 1 ] || fail "more than one setting"
grep -qE '^Environment=LD_PRELOAD=/[^ ]*/xlmem/libxlmem-guard\.so$' \
    "$drop_in" || fail "the guard is not preloaded"
command -v systemd-analyze >/dev/null || exit 0

# unit NAME LINES...
unit()
{
    local name=$1

    shift
    printf '%s\n' "$@" >"$dir/lib/$name"
}

# service NAME: it shows what is in it.
service()
{
    unit "$1.service" '[Unit]' 'Before=last.service' '[Service]' \
        'Type=oneshot' 'ExecStart=/bin/cat /proc/self/maps' \
        "StandardOutput=file:$dir/$1.maps"
}

mkdir -p "$dir/lib" "$dir/etc/libvirtd.service.d"
for name in "${services[@]}"; do
    service "$name"
    mkdir "$dir/lib/$name.service.d"
    sed "s|=/.*/libxlmem-guard\.so|=$guard|" "$drop_in" \
        >"$dir/lib/$name.service.d/50-memguard.conf"
done
said=$(SYSTEMD_UNIT_PATH="$dir/lib:" systemd-analyze verify \
    xendomains.service 2>&1) || fail "$said"
# Without a running systemd it has more to say than about this file.
grep -F 50-memguard.conf <<<"$said" && fail "systemd does not understand it"

# As the manual says, the administrator keeps it out of one.
ln -s /dev/null "$dir/etc/libvirtd.service.d/50-memguard.conf"
service plain
unit last.service '[Unit]' 'SuccessAction=exit' \
    "Requires=plain.service ${services[*]/%/.service}" \
    '[Service]' 'Type=oneshot' 'ExecStart=/bin/true'

# A user's manager asks for a system that has been booted with systemd.
# shellcheck disable=SC2016 # for the inner shell
SYSTEMD_UNIT_PATH="$dir/etc:$dir/lib:" SYSTEMD_LOG_TARGET=console \
    ASAN_OPTIONS=verify_asan_link_order=0 MANAGER=$manager \
    unshare --map-root-user --mount sh -c '
        mount -t tmpfs run /run && mkdir -p -m 700 /run/systemd/system &&
            XDG_RUNTIME_DIR=/run exec timeout 60 "$MANAGER" --user \
                --unit=last.service' >"$dir/said" 2>&1
[ -s "$dir/plain.maps" ] || {
    echo "no systemd can be run here: $(tail -n 1 "$dir/said")"
    exit 0
}
for name in xendomains virtxend; do
    grep -qF "$guard" "$dir/$name.maps" || fail "$name is not guarded"
done
for name in libvirtd plain; do
    ! grep -qF "$guard" "$dir/$name.maps" || fail "$name is guarded"
done

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# systemd understands the services' drop-in, and what it preloads is the guard.
set -u
: "${XLMEM_SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${XLMEM_BUILDDIR:=$XLMEM_SRCDIR/build}"
drop_in=$XLMEM_BUILDDIR/hotplug/50-memguard.conf
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

mkdir "$dir/xendomains.service.d"
cp "$drop_in" "$dir/xendomains.service.d/"
printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' \
    >"$dir/xendomains.service"
said=$(SYSTEMD_UNIT_PATH="$dir:" systemd-analyze verify xendomains.service \
    2>&1) || fail "$said"
# Without a running systemd it has more to say than about this file.
grep -F 50-memguard.conf <<<"$said" && fail "systemd does not understand it"
exit 0

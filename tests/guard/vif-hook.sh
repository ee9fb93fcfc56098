#!/usr/bin/env bash
# The hook that Xen's vif scripts source: it says one line when a device comes,
# changes nothing for the script around it, and never fails it.
set -eu
hook=${XLMEM_SRCDIR:?}/hotplug/50-memguard.hook
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

printf '#!/bin/sh\necho "$*" >>%s/log\n' "$dir" >"$dir/logger"
printf '#!/bin/sh\n' >"$dir/xl-memguard"
chmod +x "$dir/logger" "$dir/xl-memguard"

# around COMMAND: what a vif script does around the hook, under its set -e.
around()
{
    PATH=$dir:$PATH bash -ec '
        command=$1 vif=vif3.0 available=mine
        . "$2"
        [ "$available" = mine ]' - "$1" "$hook"
}

around offline
[ ! -e "$dir/log" ]
out=$(around online 2>&1)
[ -z "$out" ]
grep -qxE -- '-t xlmem-guard -p daemon.info -- vif vif3.0: dom0 has [0-9]+ kB available, [0-9]+ free blocks of 32 kB and more' \
    "$dir/log"
[ "$(wc -l <"$dir/log")" = 1 ]

# A file of /etc stays when the package is removed, and is quiet then.
rm "$dir/xl-memguard" "$dir/log"
around online
[ ! -e "$dir/log" ]
printf '#!/bin/sh\n' >"$dir/xl-memguard"
chmod +x "$dir/xl-memguard"

# Nor does it when syslog, or everything, is missing.
printf '#!/bin/sh\nexit 1\n' >"$dir/logger"
around online
# shellcheck disable=SC2016 # for the shell that is started
PATH=/nonexistent "$BASH" -ec 'command=add; . "$1"' - "$hook"

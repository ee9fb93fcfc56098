# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What runs of ours runs on after an upgrade, nothing is started by one, and a
# removal ends it: by Debian's own helpers, with something in systemctl's place
# that keeps a file for each unit that runs.
#
# For run, which has inside and a chroot with our packages.

# systemctl [OPTION...] VERB UNIT...
stand_in()
{
    cat <<'END'
#!/bin/sh
verb=
for word; do
    case $word in
    -*) continue ;;
    *.*) unit=/run/units/$word ;;
    *) verb=$word && continue ;;
    esac
    case $verb in
    start | restart) : >"$unit" ;;
    stop) rm -f "$unit" ;;
    try-restart) [ ! -e "$unit" ] || echo again >"$unit" ;;
    is-active) [ -e "$unit" ] || exit 3 ;;
    esac
done
END
}

with_systemctl()
{
    mv "$1/usr/sbin/policy-rc.d" "$1/root/"
    [ ! -e "$1/usr/bin/systemctl" ] || mv "$1/usr/bin/systemctl" "$1/root/"
    mkdir -p "$1/run/systemd/system" "$1/run/units"
    stand_in >"$1/usr/bin/systemctl"
    chmod +x "$1/usr/bin/systemctl"
}

without_systemctl()
{
    mv "$1/root/policy-rc.d" "$1/usr/sbin/"
    rm -r "$1/run/systemd/system" "$1/run/units" "$1/usr/bin/systemctl"
    [ ! -e "$1/root/systemctl" ] || mv "$1/root/systemctl" "$1/usr/bin/"
    rmdir "$1/run/systemd" 2>/dev/null || :
}

# units DIR: those of ours that run, with what has become of them.
units()
{
    (cd "$1/run/units" && grep -H '' -- * | xargs)
}

services()
{
    local dir=$1

    with_systemctl "$dir"
    # shellcheck disable=SC2064 # as it is now
    trap "without_systemctl '$dir'" EXIT
    inside "$dir" "apt-get install -y -q --reinstall xl-memguard"
    [ -z "$(ls "$dir/run/units")" ]
    echo since before | tee "$dir/run/units/memguard-daemon.service" \
        "$dir/run/units/xlmem-metrics.timer"
    inside "$dir" "apt-get install -y -q --reinstall xl-memguard"
    [ "$(units "$dir")" = \
        "memguard-daemon.service:again xlmem-metrics.timer:again" ]
    inside "$dir" "apt-get remove -y -q xl-memguard"
    [ -z "$(ls "$dir/run/units")" ]
    inside "$dir" "apt-get install -y -q xl-memguard"
    [ -z "$(ls "$dir/run/units")" ]
}

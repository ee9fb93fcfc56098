# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What both tests of Pacemaker have: a chroot of Debian 12 with its packages,
# $base.  $top and $build are the source tree's and the build's.
# shellcheck disable=SC2154

# shellcheck source=tests/xen/lib/common.sh
. "$top/tests/xen/lib/common.sh"
# shellcheck source=tests/xen/lib/packages.sh
. "$top/tests/xen/lib/packages.sh"

make_base()
{
    local packages=pacemaker,pacemaker-cli-utils,corosync,resource-agents
    packages=$packages,iproute2,libyajl2,zlib1g
    [ "$(cat "$build/cluster/made" 2>/dev/null)" != "$packages" ] || return 0
    say "a chroot with pacemaker"
    rm -rf "$base"
    mkdir -p "$build/cluster"
    mmdebstrap --variant=minbase --include="$packages" bookworm "$base" \
        "$(source_line bookworm)" >"$build/cluster/log" 2>&1 ||
        die "no chroot: $build/cluster/log"
    echo "$packages" >"$build/cluster/made"
}

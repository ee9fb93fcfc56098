# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What both tests of Pacemaker have: a chroot of Debian 12 with its packages,
# $base.  $top and $build are the source tree's and the build's.
# shellcheck disable=SC2154

# shellcheck source=tests/xen/lib/common.sh
. "$top/tests/xen/lib/common.sh"
# shellcheck source=tests/xen/lib/packages.sh
. "$top/tests/xen/lib/packages.sh"

# bootstrap PACKAGES: into $base, from nothing.
bootstrap()
{
    rm -rf "$base"
    mmdebstrap --variant=minbase --include="$1" bookworm "$base" \
        "$(source_line bookworm)" >"$build/cluster/log" 2>&1
}

make_base()
{
    local packages=pacemaker,pacemaker-cli-utils,corosync,resource-agents
    packages=$packages,iproute2,libyajl2,zlib1g
    [ "$(cat "$build/cluster/made" 2>/dev/null)" != "$packages" ] || return 0
    say "a chroot with pacemaker"
    mkdir -p "$build/cluster"
    # Once more, since a mirror may be away for a moment.
    bootstrap "$packages" || bootstrap "$packages" ||
        die "no chroot: $build/cluster/log"
    echo "$packages" >"$build/cluster/made"
}

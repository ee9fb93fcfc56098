# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A host of bookworm becomes one of trixie while its hypervisor runs on: our
# modules of both lie beside each other.  Which of them is used is for the
# hypervisor to say, here by files in its place.
#
# For run, which has inside, try and the archives of both suites.

# shellcheck disable=SC2154 # run's
upgrade_dir=$cache/upgrade

# from SUITE: Debian's packages and ours, as they were built there.
from()
{
    rm -rf "$upgrade_dir/archive"
    cp -a "$cache/$1/archive" "$upgrade_dir/archive"
    source_line "$1" >"$upgrade_dir/etc/apt/sources.list"
    inside "$upgrade_dir" "apt-get update -q"
}

# The files by which a program knows the hypervisor, and one to open.
hypervisor()
{
    local sys=$upgrade_dir/sys/hypervisor
    mkdir -p "$sys/version" "$sys/properties" "$upgrade_dir/dev/xen"
    echo xen >"$sys/type"
    echo "${1%.*}" >"$sys/version/major"
    echo "${1#*.}" >"$sys/version/minor"
    echo 00000800 >"$sys/properties/features"
    : >"$upgrade_dir/dev/xen/privcmd"
}

# loaded COMMAND: what the loader has opened for it.
loaded()
{
    inside "$upgrade_dir" "LD_DEBUG=files $1" 2>&1 |
        sed -n 's/.*calling init: //p' | sort -u
}

# in_force RELEASE: xl is that one's with the guard, and the library has read
# its module, which has got as far as to ask a hypervisor that is not there.
# Without one xl itself ends badly.
in_force()
{
    local lib=/usr/lib/x86_64-linux-gnu
    hypervisor "$1"
    loaded "xl list" >"$cache/by-xl"
    cat "$cache/by-xl"
    grep -qx "$lib/xlmem/libxlmem-guard.so" "$cache/by-xl"
    grep -q "/libxenlight.so.$1" "$cache/by-xl"
    loaded "xl memguard status" >"$cache/by-status"
    cat "$cache/by-status"
    grep -qx "$lib/xlmem/xen-$1/live.so" "$cache/by-status"
    grep -q "/libxenctrl.so.$1" "$cache/by-status"
    inside "$upgrade_dir" "xl memguard status 2>&1 || :" >"$cache/status"
    grep -q "reading Xen's version failed" "$cache/status"
}

bookworm_host()
{
    rm -rf "$upgrade_dir"
    mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
        bookworm "$upgrade_dir" "$(source_line bookworm)"
    no_services "$upgrade_dir"
    echo 'deb [trusted=yes] file:/archive ./' \
        >"$upgrade_dir/etc/apt/sources.list.d/ours.list"
    from bookworm
    inside "$upgrade_dir" "apt-get install -y -q --no-install-recommends xen-system-amd64 xl-memguard
        echo enforce >/etc/xen/memguard.mode"
}

# As the release notes say.  4.17's tools go, since they are of Python 3.11;
# what runs of them runs on, which here is what is put back.
to_trixie()
{
    local tools=$upgrade_dir/usr/lib/xen-4.17
    cp -a "$tools" "$upgrade_dir/kept"
    from trixie
    inside "$upgrade_dir" "apt-get upgrade -y -q --without-new-pkgs
        apt-get dist-upgrade -y -q --no-install-recommends"
    rm -rf "$tools"
    mv "$upgrade_dir/kept" "$tools"
}

# modules: those that are installed, with their versions.
modules()
{
    inside "$upgrade_dir" "dpkg-query -W \
        -f '\${db:Status-Status} \${Package} \${Version}\n' 'xl-memguard-xen-*'" |
        sed -n 's/^installed \(.*\)-0upstream1/\1/p'
}

# Our modules of both; mode and dispatcher as they were.
side_by_side()
{
    [ "$(modules)" = "xl-memguard-xen-4.17 $version~deb12u1
xl-memguard-xen-4.20 $version~deb13u1" ]
    [ "$(cat "$upgrade_dir/etc/xen/memguard.mode")" = enforce ]
    [ "$(inside "$upgrade_dir" "readlink -f /usr/sbin/xl")" = \
        /usr/libexec/xlmem/xl ]
}

# After the reboot: what is of no use any more is known to apt.
old_ones_go()
{
    inside "$upgrade_dir" "apt-get autoremove -y -q --purge"
    [ "$(modules)" = "xl-memguard-xen-4.20 $version~deb13u1" ]
    [ ! -e "$upgrade_dir/usr/lib/x86_64-linux-gnu/xlmem/xen-4.17" ]
}

upgrade()
{
    say "from bookworm to trixie"
    try upgrade/bookworm bookworm_host
    [ "$tried" = 0 ] || return 0
    try upgrade/in-force-before in_force 4.17
    try upgrade/to-trixie to_trixie
    [ "$tried" = 0 ] || return 0
    try upgrade/side-by-side side_by_side
    try upgrade/old-hypervisor in_force 4.17
    try upgrade/new-hypervisor in_force 4.20
    try upgrade/old-ones-go old_ones_go
    try upgrade/new-alone in_force 4.20
}

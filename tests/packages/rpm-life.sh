# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The packages' life in a root of their own: rpm, its database, scriptlets and
# triggers are real, what they run is busybox.  Xen's package is made up, and
# systemd's macros do nothing.
#
# For rpm, which has $dir, $version, expect and the packages of Fedora.

# shellcheck disable=SC2154 # rpm's
root=$dir/root
metrics=$root/var/lib/prometheus/node-exporter/xlmem.prom

# in_root ARG...: rpm; whatever it says is a failure.
in_root()
{
    as_root rpm --force-debian --root "$root" --dbpath /var/lib/rpm --nodeps \
        "$@" >"$dir/said" 2>&1 &&
        ! grep -v '^warning: .* saved as .*\.rpmsave$' "$dir/said"
}

small_system()
{
    mkdir -p "$root"/{bin,sbin,dev,etc,tmp,usr/sbin,usr/lib}
    cp "$(command -v busybox)" "$root/bin/"
    as_root chroot "$root" /bin/busybox --install -s /bin
    cp /sbin/ldconfig "$root/sbin/"
    : >"$root/dev/null"
}

# xen VERSION DAY: the package that has xl, which says its version.
xen()
{
    cat >"$dir/xen.spec" <<END
Name: xen-runtime
Version: $1
Release: 1
Summary: Made up
License: none
%description
%install
mkdir -p %{buildroot}%{_sbindir}
printf '#!/bin/sh\necho %{version}\n' >%{buildroot}%{_sbindir}/xl
chmod 755 %{buildroot}%{_sbindir}/xl
touch -d 2020-01-$2 %{buildroot}%{_sbindir}/xl
%files
%{_sbindir}/xl
END
    rpmbuild -bb --quiet --define "_topdir $dir" "$dir/xen.spec" \
        >"$dir/log" 2>&1
}

# guarded VERSION: the dispatcher is xl, and has that one to run.
guarded()
{
    ls -l "$root/usr/sbin" >"$dir/log"
    [ "$(readlink "$root/usr/sbin/xl")" = /usr/libexec/xlmem/xl ] &&
        [ "$(as_root chroot "$root" /usr/lib/xlmem/real/xl)" = "$1" ]
}

# files: all, but what rpm and ldconfig keep.
files()
{
    (cd "$root" && find . -path ./var -prune -o ! -type d ! -name 'ld.so.*' \
        -print | sort)
}

# life STEP...: each is a test.
life()
{
    local step r
    for step in "$@"; do
        r=0
        "$step" || r=$?
        expect "$step" $r
        [ $r = 0 ] || cat "$dir/log"
    done
}

installed()
{
    in_root -i "$dir"/RPMS/*/xen-runtime-4.17-*.rpm || return
    files >"$dir/before"
    # shellcheck disable=SC2086 # paths without blanks
    in_root -i $made && guarded 4.17 && in_root -V xl-memguard
}

xen_upgraded()
{
    in_root -U "$dir"/RPMS/*/xen-runtime-4.18-*.rpm && guarded 4.18
}

xen_downgraded()
{
    in_root -U --oldpackage "$dir"/RPMS/*/xen-runtime-4.17-*.rpm &&
        guarded 4.17
}

# What the administrator wrote stays, and what the timer has; an upgrade by rpm
# runs the same.
again()
{
    mkdir -p "${metrics%/*}"
    : >"$metrics"
    echo 'mode = "enforce"' >>"$root/etc/xen/memguard.conf"
    # shellcheck disable=SC2086 # paths without blanks
    in_root -U --replacepkgs $made && guarded 4.17 && [ -e "$metrics" ] &&
        grep -q '^mode = "enforce"' "$root/etc/xen/memguard.conf"
}

xen_removed()
{
    in_root -e xen-runtime && [ ! -L "$root/usr/sbin/xl" ] &&
        [ ! -e "$root/usr/sbin/xl" ] && [ ! -e "$root/usr/sbin/xl.distrib" ]
}

xen_back()
{
    in_root -i "$dir"/RPMS/*/xen-runtime-4.18-*.rpm && guarded 4.18
}

# Xen's own file is where it was, and of ours what was edited.
removed()
{
    # shellcheck disable=SC2046,SC2086 # names, and paths without blanks
    in_root -e $(rpm -qp --qf '%{NAME} ' $made) && in_root -V xen-runtime &&
        diff <(sort "$dir/before" <(echo ./etc/xen/memguard.conf.rpmsave)) \
            <(files) && [ -d "${metrics%/*}" ] && [ ! -e "$metrics" ]
}

made_up()
{
    small_system && xen 4.17 01 && xen 4.18 02
}

life made_up installed xen_upgraded xen_downgraded again xen_removed xen_back removed

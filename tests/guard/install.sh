#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# make install and uninstall, as a user and as a package do it: what an
# administrator has set stays, and nothing of ours does.
set -eu
srcdir=${XLMEM_SRCDIR:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
    echo "FAIL: $*" >&2
    [ ! -s "$dir/log" ] || tail -n 20 "$dir/log" >&2
    exit 1
}

# A build of its own, for a prefix that is not the system's; nothing of the
# caller's make.
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
mkdir "$dir/build"
cd "$dir/build"
"$srcdir/configure" -q --prefix="$dir/usr" --sysconfdir="$dir/etc" \
    --without-xen --disable-static CFLAGS=-O0 >"$dir/log" 2>&1 ||
    fail configure
mkdir -p "$dir/plain" "$dir/dpkg/info" "$dir/dpkg/updates"
: >"$dir/dpkg/status"
if divert=$(command -v dpkg-divert); then
    printf '#!/bin/sh\nexec %s --admindir %s "$@"\n' "$divert" "$dir/dpkg" \
        >"$dir/plain/dpkg-divert"
    chmod +x "$dir/plain/dpkg-divert"
    PATH=$dir/plain:$PATH
fi

run()
{
    make -s "$@" >"$dir/log" 2>&1
}

# The system as it was, with an xl.
mkdir -p "$dir/usr/sbin" "$dir/etc/xen/scripts"
printf '#!/bin/sh\necho xl\n' >"$dir/usr/sbin/xl"
chmod +x "$dir/usr/sbin/xl"
all()
{
    (cd "$dir" && find etc usr \( -type d -printf '%p/\n' -o -print \) |
        LC_ALL=C sort)
}
before=$(all)
conf=$dir/etc/xen/memguard.conf

run install || fail install
cmp "$conf" "$srcdir/hotplug/memguard.conf" || fail "the configuration"
grep -q '^d /run/xlmem 0755 root root' "$dir/usr/lib/tmpfiles.d/xlmem.conf" ||
    fail "no tmpfiles.d"
[ "$("$dir/usr/sbin/xl")" = xl ] || fail "xl was touched"

# A program outside of the tree, by what is installed of the library alone.
mkdir "$dir/outside"
cp "$srcdir/docs/examples/size.c" "$srcdir/tests/abi/client.c" "$dir/outside"
(
    cd "$dir/outside"
    export PKG_CONFIG_PATH=$dir/usr/lib/pkgconfig LD_LIBRARY_PATH=$dir/usr/lib
    for name in size client; do
        # shellcheck disable=SC2046 # words
        ${CC:-cc} -std=c99 -Wall -Wextra -Werror \
            $(pkg-config --cflags libxlmem) -o $name $name.c \
            $(pkg-config --libs libxlmem) >"$dir/log" 2>&1 || exit 1
        ./$name "$srcdir/tests/fixtures/hosts/qemu-16g" >"$dir/log" 2>&1
        grep -q 'dom0_mem=' "$dir/log" || exit 1
    done
) || fail "a program outside of the tree"
[ -z "$(find "$dir/usr/include" -name private)" ] ||
    fail "private headers are installed"

# Enforced, diverted, and installed again.
echo enforce >"$dir/etc/xen/memguard.mode"
echo 'wait = 3' >"$conf"
chmod 640 "$conf"
divert=$dir/usr/libexec/xlmem/xl-divert
sh "$divert" add
sh "$divert" status >/dev/null || fail "not diverted"
run install || fail "the second install"
[ "$(cat "$conf" "$dir/etc/xen/memguard.mode")" = "wait = 3
enforce" ] || fail "the configuration was changed"
[ "$(stat -c %a "$conf")" = 640 ] || fail "its mode was changed"
sh "$divert" status >/dev/null || fail "the diversion is gone"
[ "$("$dir/usr/sbin/xl" list)" = xl ] || fail "xl does not work"

# A package has the diversion: xl would be gone with what it leads to.
if [ -e "$dir/plain/dpkg-divert" ]; then
    sh "$divert" add --package xl-memguard
    run uninstall && fail "uninstalled beside a package's diversion"
    [ "$("$dir/usr/sbin/xl" list)" = xl ] || fail "xl does not work"
    sh "$divert" add --take-over
fi

# Uninstalled: xl is back, and of ours there is what was changed by hand.
run uninstall || fail uninstall
[ "$("$dir/usr/sbin/xl")" = xl ] || fail "xl is not back"
[ ! -L "$dir/usr/sbin/xl" ] || fail "xl is a link"
[ -e "$conf" ] || fail "a changed configuration was removed"
rm "$conf"
diff <(echo "$before") <(all | grep -vE '^(etc/bash_completion\.d|usr/(include|lib(/(pkgconfig|systemd(/system)?|tmpfiles\.d))?|libexec|share(/.*)?))/$') ||
    fail "left behind (>)"
[ -z "$(find "$dir"/{usr,etc} -name '*xlmem*' -o -name '*memguard*')" ] ||
    fail "left behind: $(find "$dir"/{usr,etc} -name '*xlmem*')"

# As it was installed, all of it goes.
run install || fail "the third install"
run uninstall || fail "the second uninstall"
[ ! -e "$conf" ] || fail "an unchanged configuration stays"

# Into a package: nothing of the host is touched.
sh -c "cd '$dir' && find etc usr | LC_ALL=C sort | xargs ls -ld" >"$dir/host"
run install DESTDIR="$dir/dest" || fail "install into DESTDIR"
cmp "$dir/dest$conf" "$srcdir/hotplug/memguard.conf" || fail "no configuration"
[ ! -e "$dir/dest$dir/etc/xen/memguard.mode" ] || fail "a mode is packed"
run uninstall DESTDIR="$dir/dest" || fail "uninstall from DESTDIR"
[ -z "$(find "$dir/dest" ! -type d)" ] ||
    fail "left behind: $(find "$dir/dest" ! -type d)"
sh -c "cd '$dir' && find etc usr | LC_ALL=C sort | xargs ls -ld" |
    diff "$dir/host" - || fail "the host was touched"

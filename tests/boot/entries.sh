#!/usr/bin/env bash
# The same shapes by the 20_linux_xen of Debian 11, 12 and 13: what the menu
# entries of the real generator's script have, before and after.  It needs
# grub-common of each unpacked in $XLMEM_GRUB_TREES/SUITE (tests/boot/fetch-grub
# DIR fetches them); grub-mkconfig itself wants a real disk.
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"
# shellcheck source=tests/boot/linux-xen.sh
. "$XLMEM_SRCDIR/tests/boot/linux-xen.sh"

trees=${XLMEM_GRUB_TREES:-$XLMEM_BUILDDIR/grub-trees}
[ -d "$trees/bookworm" ] || {
    echo "skipped: no GRUB in $trees (tests/boot/fetch-grub $trees)"
    exit 77
}

# A /boot with one Xen and one kernel.
boot=$scratch/boot
mkdir "$boot"
touch "$boot/xen-4.17-amd64.gz" "$boot/vmlinuz-6.1.0-1-amd64" \
    "$boot/initrd.img-6.1.0-1-amd64"
echo CONFIG_XEN_DOM0=y >"$boot/config-6.1.0-1-amd64"
# shellcheck disable=SC2016 # the script's
printf '#!/bin/sh\n[ "$1" != --is-arm64-efi ]\n' >"$scratch/file"
chmod +x "$scratch/file"
export grub_file=$scratch/file

# generated SUITE: the entries of $tree.
generated()
{
    linux_xen "$trees/$1" "$tree" "$kind" "$boot" \
        >"$scratch/menu.$1" 2>/dev/null
    # The simple entry, then recovery.
    lines "$scratch/menu.$1" | sed -n '1p; $p'
}

for shape in "$shapes"/*/; do
    name=$(basename "$shape")
    [ -e "$shape/after" ] || continue
    copy_shape "$name"
    for suite in bullseye bookworm trixie; do
        generated $suite >"$scratch/got"
        same "$name: before, $suite" "$shape/before" "$scratch/got"
    done
    exits 0 grub apply $word -j --root "$tree" --kind "$kind"
    for suite in bullseye bookworm trixie; do
        generated $suite >"$scratch/got"
        same "$name: after, $suite" "$shape/after" "$scratch/got"
    done
    # What is read of these menus is what the command judges them by.
    mkdir -p "$tree/boot/grub"
    cp "$scratch/menu.trixie" "$tree/boot/grub/grub.cfg"
    exits 0 grub show -j --root "$tree" --kind "$kind"
    # shellcheck disable=SC2002
    sed -n 's/^ *"args": "\(.*\)",*$/\1/p' "$scratch/out" |
        sed 's/\\\\/\\/g' | sed -n '1p; $p' >"$scratch/got"
    # GRUB takes a backslash away, as from any word of its own.
    sed 's/\\//g' "$shape/after" >"$scratch/want"
    same "$name: entries as they are read" "$scratch/want" "$scratch/got"
done
exit $failed

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A distribution's own 20_linux_xen, run natively.

# linux_xen GRUB TREE KIND BOOT: the entries that the 20_linux_xen of a
# grub-common below GRUB (unpacked, or / where it is installed) makes of TREE's
# /etc/default, for the Xen and the kernel in the folder BOOT, as if that were
# /boot.  grub-mkconfig itself wants a real disk.
linux_xen()
(
    set -o pipefail
    root=${1%/} boot=$4
    share=$root/usr/share/grub
    # What is made here has the suite's name: of two at once each has its own.
    made=$boot.${root##*/}

    sed "s|/boot/|$boot/|g; s|/usr/share/grub|$share|g" \
        "$root/etc/grub.d/20_linux_xen" >"$made.20_linux_xen" || exit
    # No UUID is known: GRUB's root stays where it was found, and no search
    # fails, behind which GRUB waits ten seconds for a key.
    # shellcheck disable=SC2016 # the script's
    printf '#!/bin/sh\ncase "$*" in *fs_uuid*) exit 1 ;; esac\n' >"$made.probe"
    chmod +x "$made.probe"
    # shellcheck disable=SC2016 # the other shell's
    pkgdatadir=$share dash -c '
        . "$pkgdatadir/grub-mkconfig_lib"
        . "$1/etc/default/grub" 2>/dev/null
        [ "$2" = inline ] ||
            for x in "$1"/etc/default/grub.d/*.cfg; do
                [ ! -e "$x" ] || . "$x"
            done
        export pkgdatadir GRUB_CMDLINE_XEN GRUB_CMDLINE_XEN_DEFAULT
        export GRUB_CMDLINE_LINUX
        export GRUB_DEVICE=/dev/sda1 GRUB_DEVICE_BOOT=/dev/sda1
        export GRUB_DEVICE_UUID=1 GRUB_FS=ext2 GRUB_DISTRIBUTOR=Debian
        export grub_probe="$4" grub_mkrelpath=echo
        exec dash "$3"' sh "$2" "$3" "$made.20_linux_xen" \
        "$made.probe" |
        sed "s|$boot/|/boot/|g"
)

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The host as GRUB boots it: an ISO with the entry that 20_linux_xen makes of a
# Debian host's /etc/default, after the size was applied to that.
# shellcheck source=tests/boot/linux-xen.sh
. "$TOP_DIR/tests/boot/linux-xen.sh"

# Quotes and backslashes of --xen-args are GRUB's own, in a shell's double
# quotes.
grub_defaults()
{
    echo "GRUB_CMDLINE_XEN=\"$(xen_own_line)\""
    echo "GRUB_CMDLINE_XEN_DEFAULT=\"$XEN_ARGS\""
    echo "GRUB_CMDLINE_LINUX=\"$(linux_command_line)\""
}

# What stands before the entries in a grub.cfg, as far as this host needs it.
grub_header()
{
    cat <<'END'
serial
terminal_output serial
set timeout=0
set default=0
menuentry_id_option=--id
END
}

# project_command DIR ARG...: the suite's own, run here.
project_command()
{
    local tree=$1/project-tree

    shift
    LD_LIBRARY_PATH=$tree/usr/lib/x86_64-linux-gnu \
        "$tree/usr/sbin/xl-memguard" "$@"
}

# make_menu TREE BOOT: a 20_linux_xen that finds no Xen ends well, with no entry.
make_menu()
{
    local entries

    entries=$(linux_xen / "$1" drop-in "$2") || return
    grep -q multiboot2 <<<"$entries" || return
    grub_header
    echo "$entries"
}

# make_grub_tree TREE ISO: the files of the host in TREE, which become dom0's
# own, so that what was applied is verified there; what GRUB loads in ISO, the
# initrd apart.
make_grub_tree()
{
    local tree=$1 boot=$2/boot image version

    image=$(suite_dir "$SUITE")
    version=$(basename "$image"/root/boot/vmlinuz-*)
    version=${version#vmlinuz-}
    mkdir -p "$tree/etc/default/grub.d" "$tree/usr/sbin" "$tree/var/lib" \
        "$tree/boot/grub" "$boot/grub"
    cp /usr/sbin/grub-mkconfig "$tree/usr/sbin/"
    grub_defaults >"$tree/etc/default/grub"
    project_command "$image" grub apply "$GRUB" --root "$tree" || return 1

    cp "$image"/root/boot/xen-[0-9]*.gz "$image"/root/boot/config-* "$boot/"
    cp "$image/vmlinux" "$boot/vmlinuz-$version"
    touch "$boot/initrd.img-$version"
    make_menu "$tree" "$boot" >"$tree/boot/grub/grub.cfg" 2>"$2.log" || {
        echo "no entry for Xen in GRUB's menu: $2.log" >&2
        cat "$2.log" >&2
        return 1
    }
    cp "$tree/boot/grub/grub.cfg" "$boot/grub/"
}

# make_iso DIR: with the initrd.
make_iso()
{
    mv "$1/initrd" "$(echo "$1"/iso/boot/initrd.img-*)" &&
        grub-mkrescue -d /usr/lib/grub/i386-pc -o "$1/grub.iso" "$1/iso" >>"$1/iso.log" 2>&1 &&
        rm -r "$1/iso"
}

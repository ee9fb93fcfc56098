# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Xen's device model with its firmware: heavy, so an overlay of its own.
BED_HVM_FILES="/usr/bin/qemu-system-i386 /usr/lib/xen-*/bin/qemu-system-i386
    /usr/libexec/xen-qemu-system-i386
    /usr/lib/xen-*/boot/hvmloader /usr/share/seabios/bios-256k.bin
    /usr/share/seabios/vgabios-stdvga.bin /usr/share/seabios/vgabios-cirrus.bin
    /usr/share/qemu/bios-256k.bin /usr/share/qemu/vgabios-stdvga.bin
    /usr/share/qemu/vgabios-cirrus.bin /usr/share/qemu/kvmvapic.bin
    /usr/share/qemu/linuxboot.bin /usr/share/qemu/linuxboot_dma.bin
    /usr/share/qemu/efi-rtl8139.rom /usr/lib/ipxe/qemu/efi-rtl8139.rom
    /usr/share/qemu/keymaps/en-us"

build_hvm()
{
    local dir=$1 tree=$1/hvm-tree root

    rm -rf "$tree"
    mkdir -p "$tree/usr"
    unpack_debs "$dir/apt/hvm-debs" "$dir/hvm-root" || return 1
    # The patterns are for the suite's files, not for this machine's, which
    # may have a Xen of its own.
    for root in "$dir/hvm-root" "$dir/root"; do
        # shellcheck disable=SC2086  # a list of patterns
        (set -f; copy_files_unglobbed "$root" "$tree" $BED_HVM_FILES) ||
            return 1
    done
    copy_libraries "$dir/hvm-root" "$tree" "$dir/tree" || return 1
    pack_tree "$tree" "$dir/hvm.cpio" || return 1
    rm -rf "$dir/hvm-root"
}

hvm_ready()
{
    local dir

    dir=$(suite_dir "$1")
    once "$dir/hvm-packages.stamp" "$(cat "$dir/packages.stamp")" \
        download_hvm "$dir/apt" || die "no device model for $1"
    once "$dir/hvm.stamp" \
        "$(cat "$dir/image.stamp")-$(hash_of "$BED_DIR/lib/hvm.sh")" \
        build_hvm "$dir" || die "no device model for $1"
}

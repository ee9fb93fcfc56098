# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What runs in guests, and dom0's own small helpers: built here, static, so
# that the same files serve every suite.

BED_GUEST_SOURCES="$BED_DIR/guest/agent.c $BED_DIR/guest/tiny-pv.S
    $BED_DIR/guest/tiny-reboot.S $BED_DIR/guest/tiny-crash.S
    $BED_DIR/guest/tiny-poweroff.S $BED_DIR/guest/tiny-pvh.S
    $BED_DIR/guest/tiny.lds
    $BED_DIR/dom0/bed-send.c $BED_DIR/dom0/bed-link.c
    $BED_DIR/dom0/ivshmem.h $BED_DIR/dom0/map-pages.c $BED_DIR/dom0/sick.c
    $BED_DIR/lib/guests.sh $TOP_DIR/hotplug/guest/*.[ch]"

# tiny_kernel NAME BASE OUT
tiny_kernel()
{
    gcc -c -o "$3.o" "$BED_DIR/guest/$1.S" || return 1
    ld -nostdlib --build-id=none --defsym=BASE="$2" \
        -T "$BED_DIR/guest/tiny.lds" -o "$3" "$3.o" || return 1
    rm "$3.o"
}

static_program()
{
    gcc -static -O2 -Wall -Wextra -Werror -s -o "$2" "$1"
}

# memguard_guest OUT: as it is built for any guest.
memguard_guest()
{
    "$(command -v musl-gcc || echo gcc)" -static -Os -D_GNU_SOURCE -Wall \
        -Wextra -Werror -s -o "$1" "$TOP_DIR"/hotplug/guest/*.c
}

build_guests()
{
    local dir=$BED_CACHE/guests tree=$BED_CACHE/guests/tree

    say "building the guests"
    need_tools gcc ld
    rm -rf "$dir"
    mkdir -p "$tree/bed/guest" "$tree/usr/bin" "$dir/agent"
    tiny_kernel tiny-pv 0xffffffff80100000 "$tree/bed/guest/tiny-pv" &&
        tiny_kernel tiny-reboot 0xffffffff80100000 \
            "$tree/bed/guest/tiny-reboot" &&
        tiny_kernel tiny-crash 0xffffffff80100000 \
            "$tree/bed/guest/tiny-crash" &&
        tiny_kernel tiny-poweroff 0xffffffff80100000 \
            "$tree/bed/guest/tiny-poweroff" &&
        tiny_kernel tiny-pvh 0x100000 "$tree/bed/guest/tiny-pvh" &&
        static_program "$BED_DIR/guest/agent.c" "$dir/agent/init" &&
        memguard_guest "$dir/agent/memguard-guest" &&
        cp "$dir/agent/memguard-guest" "$tree/bed/guest/" &&
        static_program "$BED_DIR/dom0/bed-send.c" "$tree/usr/bin/bed-send" &&
        static_program "$BED_DIR/dom0/bed-link.c" "$tree/usr/bin/bed-link" &&
        static_program "$BED_DIR/dom0/map-pages.c" \
            "$tree/usr/bin/map-pages" &&
        static_program "$BED_DIR/dom0/sick.c" "$tree/usr/bin/sick" &&
        pack_tree "$dir/agent" "$dir/agent.cpio" &&
        pack_tree "$tree" "$BED_CACHE/guests.cpio"
}

guests_ready()
{
    # shellcheck disable=SC2086  # a list of files
    once "$BED_CACHE/guests.stamp" "$(hash_of $BED_GUEST_SOURCES)" \
        build_guests || die "no guests"
}

# frontends DEBS CPIO: what the agent's "devices" loads; neither depends on
# another module.
frontends()
{
    local tree=$2-tree name file

    rm -rf "$tree"
    mkdir -p "$tree/root"
    dpkg-deb --fsys-tarfile "$1"/linux-image-*.deb |
        tar -C "$tree" -x --wildcards '*/xen-netfront.ko*' '*/xen-blkfront.ko*'
    for name in xen-netfront xen-blkfront; do
        file=$(module_file "$tree" "$name")
        case $file in
        *.xz) xzcat "$file" ;;
        *) cat "$file" ;;
        esac >"$tree/root/$name.ko" || return 1
    done
    pack_tree "$tree/root" "$2"
    rm -rf "$tree"
}

# The kernel for Linux guests: dom0's own, packed so that the domain builder
# spends little time on it.
build_linux_guest()
{
    local dir=$1 tree=$1/linux-tree

    say "building the Linux guest in $dir"
    mkdir -p "$tree/bed/guest"
    gzip -6 <"$dir/vmlinux" >"$tree/bed/guest/vmlinux.gz" || return 1
    frontends "$dir/apt/debs" "$dir/frontends.cpio" || return 1
    cat "$BED_CACHE/guests/agent.cpio" "$dir/frontends.cpio" | gzip -6 \
        >"$tree/bed/guest/agent.cpio.gz"
    pack_tree "$tree" "$dir/linux.cpio" || return 1
    rm -rf "$tree"/bed/guest/*
    # The device model starts none that is unpacked.
    cp "$dir"/root/boot/vmlinuz-* "$tree/bed/guest/vmlinuz"
    pack_tree "$tree" "$dir/linux-hvm.cpio"
    rm -rf "$tree"
}

linux_guest_ready()
{
    local dir

    dir=$(suite_dir "$1")
    once "$dir/linux.stamp" \
        "$(cat "$dir/image.stamp" "$BED_CACHE/guests.stamp")" \
        build_linux_guest "$dir" || die "no Linux guest for $1"
}

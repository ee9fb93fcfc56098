# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# dom0 as an initramfs: the toolstack, busybox and the modules, with the
# libraries that these files need and nothing else.

BED_MODULES="xenfs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc
    xen-netback xen-blkback bridge loop
    brd nbd"

BED_FILES="/bin/bash /bin/busybox /usr/sbin/xl /usr/bin/xenstore-*
    /usr/lib/xen-common/bin/* /usr/lib/xen-*/bin/xl
    /usr/lib/xen-*/bin/xenstored /usr/lib/xen-*/bin/xenconsoled
    /usr/lib/xen-*/bin/xenconsole /usr/lib/xen-*/bin/xen-init-dom0
    /usr/lib/xen-*/bin/xenstore-control /usr/lib/xen-*/bin/libxl-save-helper
    /usr/lib/xen-*/bin/xen-lowmemd /usr/lib/xen-*/bin/xen-hptool
    /usr/lib/xen-*/bin/xentop /usr/lib/xen-*/bin/xenpm /usr/sbin/xenhypfs
    /usr/bin/xenstore /usr/sbin/xen /etc/xen/* /etc/default/xendomains
    /etc/init.d/xendomains /usr/lib/x86_64-linux-gnu/libgcc_s.so.1
    /usr/lib64/ld-linux-x86-64.so.2"

# resolve ROOT PATH: PATH with the links of ROOT's directories followed,
# without leaving ROOT.
resolve()
{
    local dir

    dir=$(realpath -m "$1$(dirname "$2")")
    echo "${dir#"$1"}/$(basename "$2")"
}

# copy_in ROOT TREE PATH: one file, and what it points to when it is a link.
copy_in()
{
    local root=$1 tree=$2 path link

    path=$(resolve "$root" "$3")
    [ -e "$tree$path" ] || [ -L "$tree$path" ] && return 0
    mkdir -p "$tree$(dirname "$path")"
    cp -a "$root$path" "$tree$path" || return 1
    if [ -L "$root$path" ]; then
        link=$(readlink "$root$path")
        case $link in
        /*) ;;
        *) link=$(dirname "$path")/$link ;;
        esac
        copy_in "$root" "$tree" "$link"
    fi
}

copy_files()
{
    local root=$1 tree=$2 pattern file

    shift 2
    for pattern; do
        for file in "$root"$pattern; do
            [ -e "$file" ] || [ -L "$file" ] || continue
            if [ -d "$file" ]; then
                mkdir -p "$tree${file#"$root"}"
                cp -a "$file/." "$tree${file#"$root"}"
            else
                copy_in "$root" "$tree" "${file#"$root"}" || return 1
            fi
        done
    done
}

# The names in DT_NEEDED of every ELF file of a tree.
needed_names()
{
    find "$1" -type f \( -perm /111 -o -name '*.so*' \) \
        -exec readelf -d {} + 2>/dev/null |
        sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

# library_path ROOT NAME: /usr/lib where Debian keeps its libraries.
library_path()
{
    local dir

    for dir in /usr/lib/x86_64-linux-gnu /usr/lib /usr/lib64 \
        /usr/lib/x86_64-linux-gnu/pulseaudio; do
        [ -e "$1$dir/$2" ] && echo "$dir/$2" && return 0
    done
    return 1
}

# copy_libraries ROOT TREE [HAVE]: until nothing is missing.  HAVE is a tree
# that will lie underneath and need not be repeated.
copy_libraries()
{
    local root=$1 tree=$2 have=${3:-$2} name path more=1

    while [ "$more" = 1 ]; do
        more=0
        for name in $(needed_names "$tree"); do
            library_path "$tree" "$name" >/dev/null && continue
            library_path "$have" "$name" >/dev/null && continue
            path=$(library_path "$root" "$name") || continue
            copy_in "$root" "$tree" "$path" || return 1
            more=1
        done
    done
}

# module_file DIR NAME: a module's file; names spell - and _ alike.
module_file()
{
    find "$1" -name "${2//[-_]/[-_]}.ko*" | head -n 1
}

module_depends()
{
    case $1 in
    *.xz) xzcat "$1" ;;
    *) cat "$1" ;;
    esac | tr '\0' '\n' | sed -n 's/^depends=//p' | tr ',' ' '
}

# copy_module ROOT TREE NAME: a module and the modules below it.
copy_module()
{
    local root=$1 tree=$2 file name

    file=$(module_file "$root/usr/lib/modules" "$3")
    [ -n "$file" ] || return 0 # built in
    copy_in "$root" "$tree" "${file#"$root"}" || return 1
    for name in $(module_depends "$file"); do
        copy_module "$root" "$tree" "$name" || return 1
    done
}

copy_modules()
{
    local root=$1 tree=$2 version module

    version=$(basename "$(echo "$root"/usr/lib/modules/*)")
    for module in $BED_MODULES; do
        copy_module "$root" "$tree" "$module" || return 1
    done
    find "$tree/usr/lib/modules" -name '*.xz' -exec unxz {} +
    (cd "$tree/usr/lib/modules/$version" &&
        "$tree/bin/busybox" depmod -b "$tree" "$version")
}

skeleton()
{
    local tree=$1 name

    rm -rf "$tree"
    mkdir -p "$tree"/{usr,etc,dev,proc,sys,run,tmp,root,var/lib/xen,var/log/xen}
    for name in bin sbin lib lib64; do
        mkdir -p "$tree/usr/$name"
        ln -s "usr/$name" "$tree/$name"
    done
    ln -s ../run "$tree/var/run"
    ln -s ../run/lock "$tree/var/lock"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
    echo 'root:x:0:' >"$tree/etc/group"
    echo '127.0.0.1 localhost' >"$tree/etc/hosts"
}

# Every applet of the suite's own busybox that no real tool stands for.
busybox_links()
{
    local tree=$1 applet

    for applet in $("$tree/bin/busybox" --list); do
        [ -e "$tree/usr/bin/$applet" ] || [ -e "$tree/usr/sbin/$applet" ] ||
            [ -L "$tree/usr/sbin/$applet" ] ||
            ln -s busybox "$tree/usr/bin/$applet"
    done
}

build_base_image()
{
    local dir=$1 root=$1/root tree=$1/tree

    say "building the dom0 image in $dir"
    skeleton "$tree"
    # shellcheck disable=SC2086  # a list of patterns
    (set -f; copy_files_unglobbed "$root" "$tree" $BED_FILES) || return 1
    copy_libraries "$root" "$tree" || return 1
    copy_modules "$root" "$tree" || return 1
    busybox_links "$tree"
    install -m 755 "$BED_DIR/dom0/init" "$tree/init"
    pack_tree "$tree" "$dir/base.cpio" || return 1
    boot_files "$dir" "$root"
}

copy_files_unglobbed()
{
    set +f
    copy_files "$@"
}

le32_at()
{
    od -An -t u4 -j "$2" -N 4 "$1" | tr -d ' '
}

# The ELF kernel inside a bzImage (Linux Documentation/arch/x86/boot.rst:
# setup_sects at 0x1f1, payload_offset and payload_length from 0x248).  Xen
# would unpack it just so, but under emulation that takes it eight seconds.
extract_kernel()
{
    local image=$1 out=$2 setup start

    setup=$(od -An -t u1 -j 497 -N 1 "$image" | tr -d ' ')
    start=$(((setup + 1) * 512 + $(le32_at "$image" 584)))
    tail -c +$((start + 1)) "$image" | head -c "$(le32_at "$image" 588)" \
        >"$out.packed"
    if head -c 4 "$out.packed" | od -An -t x1 | grep -q 'fd 37 7a 58'; then
        xz -dc --single-stream <"$out.packed" >"$out" 2>/dev/null
    else
        zstd -dcq <"$out.packed" >"$out" 2>/dev/null
    fi
    rm -f "$out.packed"
    strip -s "$out"
}

# Xen as a bare multiboot ELF, and the kernel.
boot_files()
{
    local dir=$1 root=$2

    zcat "$root"/boot/xen-[0-9]*.gz >"$dir/xen.elf" || return 1
    extract_kernel "$(echo "$root"/boot/vmlinuz-*)" "$dir/vmlinux"
}

image_ready()
{
    local suite=$1 dir

    packages_ready "$suite"
    dir=$(suite_dir "$suite")
    once "$dir/image.stamp" \
        "$(cat "$dir/root.stamp")-$(hash_of "$BED_DIR/lib/image.sh" \
            "$BED_DIR/dom0/init")" \
        build_base_image "$dir" || die "no image for $suite"
}

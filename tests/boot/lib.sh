# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What tests of the boot editor share.  A shape is a folder of
# tests/fixtures/boot: etc as found on a host, `kind`, and in `before` and
# `after` what Xen gets by an entry and, in the second line, by a recovery one.
# shellcheck source=tests/cli/lib.sh
. "$XLMEM_SRCDIR/tests/cli/lib.sh"
shapes=$XLMEM_SRCDIR/tests/fixtures/boot
# shellcheck disable=SC2034 # those who source this use it
word=dom0_mem=2G,max:2G

# copy_shape NAME: into $tree, and how it boots into $kind.
copy_shape()
{
    tree=$scratch/tree
    rm -rf "$tree"
    mkdir "$tree"
    cp -a "$shapes/$1/etc" "$tree/"
    chmod -R u+w "$tree"
    kind=$(cat "$shapes/$1/kind")
}

# files DIR: what is in each file, and its name.
files()
{
    (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z |
        xargs -0r sha256sum)
}

# Programs that a chroot needs, with their libraries.
add_programs()
{
    local program library
    mkdir -p "$tree/bin"
    for program in dash cat rm head sed uname; do
        cp "$(command -v $program)" "$tree/bin/"
        ldd "$(command -v $program)" | grep -o '/[^ )]*' |
            while read -r library; do
                mkdir -p "$tree$(dirname "$library")"
                cp -Ln "$library" "$tree$library"
            done
    done
    ln -sf dash "$tree/bin/sh"
}

# A host with GRUB in $tree: a grub-mkconfig that reads what the real one of
# its kind reads, and writes entries as 20_linux_xen does, by cat.  Files at the
# top of the tree have it go wrong.
add_grub()
{
    local folder=
    [ "$kind" = drop-in ] && folder='/etc/default/grub.d'
    add_programs
    mkdir -p "$tree/boot/grub" "$tree/usr/sbin" "$tree/dev"
    touch "$tree/dev/null"
    echo 'Something release 7' >"$tree/etc/system-release"
    cat >"$tree/usr/sbin/grub-mkconfig" <<EOF
#!/bin/sh
# $folder
set -e
root=\${0%/usr/sbin/grub-mkconfig}
[ ! -e "\$root/fail" ] || { echo "grub.d is broken" >&2; exit 3; }
. "\$root/etc/default/grub"
${folder:+for x in "\$root$folder"/*.cfg; do [ ! -e "\$x" ] || . "\$x"; done}
xen=xen
[ ! -e "\$root/no-xen" ] || xen=memtest
cat >"\$root/boot/grub/grub.cfg.new" <<END
set default="0"
menuentry 'Plain' \\\$menuentry_id_option 'gnulinux-simple-1' {
	linux /boot/vmlinuz
}
menuentry 'With Xen' \\\$menuentry_id_option 'xen-gnulinux-simple-1' {
	multiboot2 /boot/\$xen-4.17-amd64.gz placeholder \$GRUB_CMDLINE_XEN \$GRUB_CMDLINE_XEN_DEFAULT \\\${xen_rm_opts}
}
menuentry 'With Xen (recovery mode)' \\\$menuentry_id_option 'xen-gnulinux-6.1-recovery-1' {
	multiboot2 /boot/\$xen-4.17-amd64.gz placeholder \$GRUB_CMDLINE_XEN \\\${xen_rm_opts}
}
END
[ ! -e "\$root/mine" ] || cat "\$root/mine" >>"\$root/boot/grub/grub.cfg.new"
if [ -e "\$root/full" ]; then
    head -c 100 "\$root/boot/grub/grub.cfg.new" >"\$root/boot/grub/grub.cfg"
    echo "No space left on device" >&2
    exit 1
fi
cat "\$root/boot/grub/grub.cfg.new" >"\$root/boot/grub/grub.cfg"
rm "\$root/boot/grub/grub.cfg.new"
EOF
    chmod +x "$tree/usr/sbin/grub-mkconfig"
    chroot "$tree" /usr/sbin/grub-mkconfig
}

# run_grub ARG...: the command on $tree, with its generator.
run_grub()
{
    run grub "$@" --root "$tree" --update
}

# needs_chroot: skip where nobody may.
needs_chroot()
{
    chroot / true 2>/dev/null && return
    echo "skipped: chroot takes root"
    exit 77
}

# shellcheck disable=SC2016 # GRUB's own
# lines FILE: what Xen gets, of the entries in a grub.cfg, without what
# 20_linux_xen and GRUB add and with one blank between words.
lines()
{
    sed -n 's/^[ \t]*multiboot2*[ \t]*[^ ]*xen[^ ]* placeholder//p' "$1" |
        tr -d '\r' | sed 's/\${xen_rm_opts}//; s/[ \t][ \t]*/ /g; s/^ //; s/ $//'
}

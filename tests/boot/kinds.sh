#!/usr/bin/env bash
# How a host boots is told by its own tools and files; where nothing is written
# the line to write is, and where.
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"

start()
{
    tree=$scratch/tree
    rm -rf "$tree"
    mkdir -p "$tree"
}

# put FILE: standard input, in the tree.
put()
{
    mkdir -p "$tree/$(dirname "$1")"
    cat >"$tree/$1"
}

# is KIND FILE: what show says.
is()
{
    exits 0 grub show -j --root "$tree"
    grep -q "\"kind\": \"$1\"" "$scratch/out" || fail "$3: not $1"
    grep -q "\"file\": \"$tree/$2\"" "$scratch/out" || fail "$3: not $2"
}

# ---- GRUB, by the text of its generator
start
put etc/default/grub </dev/null
put usr/sbin/grub-mkconfig <<'END'
for x in ${sysconfdir}/default/grub.d/*.cfg ; do
END
is drop-in etc/default/grub.d/zz-xlmem.cfg "Debian"
put usr/sbin/grub-mkconfig <<'END'
if test -f ${sysconfdir}/default/grub ; then
END
is inline etc/default/grub "upstream"
rm -r "${tree:?}/usr"
put usr/sbin/grub2-mkconfig </dev/null
is inline etc/default/grub "Fedora"

# ---- which grub.cfg: links lead to it, the stub is never it
menu()
{
    exits 0 grub show -j --root "$tree"
    grep -q "\"menu\": \"$tree/$1\"" "$scratch/out" || fail "$2: not $1"
}
put boot/efi/EFI/fedora/grub.cfg <<'END'
configfile $prefix/grub.cfg
END
put boot/grub2/grub.cfg </dev/null
mkdir -p "$tree/sys/firmware/efi"
ln -s ../boot/efi/EFI/fedora/grub.cfg "$tree/etc/grub2-efi.cfg"
menu boot/grub2/grub.cfg "a stub"
echo menuentry >"$tree/boot/efi/EFI/fedora/grub.cfg"
menu boot/efi/EFI/fedora/grub.cfg "an older Fedora"
rm -r "${tree:?}/sys"
menu boot/efi/EFI/fedora/grub.cfg "an older Fedora that is not running"
ln -s ../boot/grub2/grub.cfg "$tree/etc/grub2.cfg"
menu boot/grub2/grub.cfg "one with both links, by BIOS"
mkdir -p "$tree/sys/firmware/efi"
menu boot/efi/EFI/fedora/grub.cfg "one with both links, by EFI"
rm "$tree/etc/grub2.cfg"
# A link that leads out of the tree leads to the tree's own file.
rm "$tree/etc/grub2-efi.cfg"
ln -s /boot/grub2/grub.cfg "$tree/etc/grub2-efi.cfg"
menu boot/grub2/grub.cfg "an absolute link"

# ---- xen.efi, by the names that it looks for
start
put boot/efi/EFI/debian/xen-4.17.efi </dev/null
put boot/efi/EFI/debian/xen.cfg <<'END'
[global]
default=xen
[xen]
options=loglvl=all dom0_mem=1G
kernel=vmlinuz
END
is xen.cfg boot/efi/EFI/debian/xen.cfg "xen.efi"
cp "$tree/boot/efi/EFI/debian/xen.cfg" "$tree/boot/efi/EFI/debian/xen-4.cfg"
is xen.cfg boot/efi/EFI/debian/xen-4.cfg "the longer name"
cp "$tree/boot/efi/EFI/debian/xen-4.cfg" "$scratch/cfg"
exits 0 grub apply $word --root "$tree"
sed "s/dom0_mem=1G/$word/" "$scratch/cfg" >"$scratch/want"
same "xen.cfg" "$scratch/want" "$tree/boot/efi/EFI/debian/xen-4.cfg"
exits 0 grub revert --root "$tree"
same "xen.cfg, reverted" "$scratch/cfg" "$tree/boot/efi/EFI/debian/xen-4.cfg"
# What stands on a partition that is not mounted is not taken back, with a
# generator or without.
exits 0 grub apply $word --root "$tree"
mv "$tree/boot/efi" "$tree/boot/away"
exits 1 grub revert --root "$tree"
says 'is its partition mounted'
exits 1 grub revert --root "$tree" --update
says 'is its partition mounted'
mv "$tree/boot/away" "$tree/boot/efi"
# And it takes none, though the host looks like another one now.
mkdir -p "$tree/etc/nixos"
touch "$tree/etc/nixos/configuration.nix"
exits 0 grub revert --root "$tree" --update
same "xen.cfg, mounted again" "$scratch/cfg" \
    "$tree/boot/efi/EFI/debian/xen-4.cfg"
rm -r "$tree/etc/nixos"
# Of a disk that is mounted elsewhere nobody says that it runs no Xen.
exits 0 grub apply $word --root "$tree"
exits 5 grub verify --root "$tree"
grep -q 'not to be seen here' "$scratch/out" || fail "a mounted disk was booted"
exits 0 grub revert --root "$tree"
put boot/efi/EFI/debian/xen-4.cfg <<'END'
[global]
chain=more.cfg
END
cp "$scratch/cfg" "$tree/boot/efi/EFI/debian/more.cfg"
is xen.cfg boot/efi/EFI/debian/more.cfg "a chain"
rm "$tree/boot/efi/EFI/debian/more.cfg"
exits 1 grub apply $word --root "$tree"
cp "$scratch/cfg" "$tree/boot/efi/EFI/debian/xen-4.cfg"
put boot/efi/EFI/xen/xen.efi </dev/null
cp "$scratch/cfg" "$tree/boot/efi/EFI/xen/xen.cfg"
exits 1 grub apply $word --root "$tree"
says 'which of them the firmware starts is not known'
rm -r "$tree/boot/efi/EFI/xen"

# ---- both: by what GRUB has, or by what is said
put etc/default/grub </dev/null
put usr/sbin/grub-mkconfig </dev/null
put boot/grub/grub.cfg </dev/null
exits 1 grub apply $word --root "$tree"
says '--kind xen.cfg'
exits 0 grub apply $word -N --root "$tree" --kind xen.cfg
put boot/grub/grub.cfg <<'END'
menuentry 'x' {
  multiboot2 /boot/xen.gz placeholder
}
END
is inline etc/default/grub "GRUB loads Xen"
put boot/grub/grub.cfg </dev/null
put etc/grub.d/20_linux_xen <<'END'
chainloader xen.efi
END
is inline etc/default/grub "SUSE: GRUB writes xen.cfg"

# A path as the firmware has them, and a default section that is elsewhere.
start
put boot/efi/EFI/xen/xen.efi </dev/null
put boot/efi/EFI/xen/xen.cfg <<'END'
[global]
default=new
chain=sub\more.cfg
[old]
kernel=vmlinuz.old
options=dom0_mem=3G
END
put boot/efi/EFI/xen/sub/more.cfg <<'END'
[new]
kernel=vmlinuz
options=dom0_mem=1G
END
is xen.cfg boot/efi/EFI/xen/sub/more.cfg "a chain with a default elsewhere"
sed -i 's/default=new/default=old/' "$tree/boot/efi/EFI/xen/xen.cfg"
is xen.cfg boot/efi/EFI/xen/xen.cfg "a chain that is not followed"
# The section is named once, by the first file.
sed -i 's/default=old/default=new/' "$tree/boot/efi/EFI/xen/xen.cfg"
put boot/efi/EFI/xen/sub/more.cfg <<'END'
[global]
default=other
chain=none.cfg
[new]
kernel=vmlinuz
options=dom0_mem=1G
END
is xen.cfg boot/efi/EFI/xen/sub/more.cfg "a default= of a chained file"
exits 0 grub apply $word --root "$tree"
grep -q "^options=$word\$" "$tree/boot/efi/EFI/xen/sub/more.cfg" ||
    fail "a default= of a chained file: not edited"
exits 0 grub revert --root "$tree"
# From the top of the partition.
put boot/efi/EFI/other/b.cfg <<'END'
[new]
kernel=vmlinuz
END
sed -i 's/chain=.*/chain=\\EFI\\other\\b.cfg/' "$tree/boot/efi/EFI/xen/xen.cfg"
is xen.cfg boot/efi/EFI/other/b.cfg "a chain from the top"
# chain TO TEXT: it leads there, and what is said.
chain()
{
    printf '[global]\nchain=%s\n' "$1" >"$tree/boot/efi/EFI/xen/xen.cfg"
    exits 1 grub apply $word --root "$tree"
    says "$2"
}
chain none.cfg 'xen/none.cfg, which a chain= names, is not there'
chain xen.cfg 'more than 8 chain='
chain '\EFI\..\..\passwd' 'no chain= to a file below its folder'
chain '..\..\..\..\..\etc\passwd' 'no chain= to a file below its folder'
# A unified image has its configuration in itself, by a section's name.
# pe NAME: a program with one section.
pe()
{
    printf 'MZ%058d\100\0\0\0PE\0\0%02d\1\0%012d\0\0%02d%b%032d' \
        0 0 0 0 "$1" 0
}
start
pe '.text\0\0\0' | put boot/efi/EFI/xen/xen.efi
printf '[xen]\noptions=dom0_mem=1G\nkernel=a\n' | put boot/efi/EFI/xen/xen.cfg
is xen.cfg boot/efi/EFI/xen/xen.cfg "a program without a .config"
pe '.config\0' | put boot/efi/EFI/xen/xen.efi
exits 1 grub apply $word --root "$tree"
grep -q 'unified image, another' "$scratch/out" || fail "a unified image"
grep -q 'dom0_mem=1G' "$tree/boot/efi/EFI/xen/xen.cfg" ||
    fail "a file that nobody reads was edited"
exits 1 grub apply $word --root "$tree" --kind xen.cfg
says 'a unified image reads none'

# The partition is /boot itself; Debian's own xen.efi there has no file.
start
put boot/xen-4.17-amd64.efi </dev/null
exits 1 grub apply $word --root "$tree"
grep -q 'no boot loader' "$scratch/out" || fail "a xen.efi without a file"
put boot/xen.cfg <<'END'
[global]
default=xen
[xen]
kernel=vmlinuz-linux root=/dev/sda2 rw
options=console=vga dom0_mem=1024M
END
is xen.cfg boot/xen.cfg "the partition is /boot"

# ---- others: nothing is written, the line is
# foreign WHAT LINE TEXT
foreign()
{
    files "$tree" >"$scratch/before"
    exits 1 grub apply $word -j --root "$tree"
    files "$tree" >"$scratch/now"
    same "$1: something was written" "$scratch/before" "$scratch/now"
    grep -qF "\"line\": $2" "$scratch/out" || fail "$1: not line $2"
    grep -qF "\"text\": \"$3\"" "$scratch/out" || {
        cat "$scratch/out" >&2
        fail "$1: not $3"
    }
}
start
put boot/extlinux.conf <<'END'
LABEL xen
  KERNEL mboot.c32
  APPEND xen.gz dom0_mem=1G loglvl=all --- vmlinuz root=/dev/sda1 --- initrd
END
foreign extlinux 3 \
    "  APPEND xen.gz $word loglvl=all --- vmlinuz root=/dev/sda1 --- initrd"
start
put etc/update-extlinux.conf <<'END'
default=xen
xen_opts="loglvl=all"
END
foreign Alpine 2 "xen_opts=\\\"loglvl=all $word\\\""
echo default=xen >"$tree/etc/update-extlinux.conf"
foreign "Alpine without" null "xen_opts=\\\"$word\\\""
# alpine HAS TO_HAVE: as its own file has it, with quotes or without.
alpine()
{
    printf '# xen_opts=dom0_mem=1G\n#  dom0_mem=256M\n%s\n' "$1" |
        put etc/update-extlinux.conf
    foreign "Alpine: $1" 3 "$2"
}
alpine xen_opts=dom0_mem=256M "xen_opts=\\\"$word\\\""
alpine xen_opts= "xen_opts=\\\"$word\\\""
alpine "xen_opts='dom0_mem=256M loglvl=all' # x" "xen_opts='$word loglvl=all' # x"
start
put boot/loader.conf <<'END'
xen_kernel="/boot/xen"
xen_cmdline="dom0_mem=8192M dom0_max_vcpus=4"
END
foreign FreeBSD 2 "xen_cmdline=\\\"$word dom0_max_vcpus=4\\\""
start
put etc/nixos/configuration.nix <<'END'
{ virtualisation.xen.enable = true; }
END
foreign NixOS null "virtualisation.xen.bootParams = [ \\\"$word\\\" ];"
grep -q '"note": "virtualisation.xen.dom0Resources.memory' "$scratch/out" ||
    fail "NixOS: its own options are not mentioned"
put etc/nixos/configuration.nix <<'END'
{
  virtualisation.xen = {
    bootParams = [ "loglvl=all" "dom0_mem=1G" "smt=0" ];
  };
}
END
foreign "NixOS with one" 3 \
    "    bootParams = [ \\\"loglvl=all\\\" \\\"$word\\\" \\\"smt=0\\\" ];"
# ... whatever it has made of it.
put boot/EFI/nixos/xen-1.efi </dev/null
put boot/EFI/nixos/xen-1.cfg <<'END'
[xen]
options=dom0_mem=1G
kernel=vmlinuz
END
put boot/grub/grub.cfg <<'END'
multiboot /kernels/1-xen-4.15.1-xen.gz dom0_mem=1G
END
foreign "NixOS with xen.efi" 3 \
    "    bootParams = [ \\\"loglvl=all\\\" \\\"$word\\\" \\\"smt=0\\\" ];"
# Proxmox copies what GRUB boots by; an empty list of partitions is none.
start
echo GRUB_TIMEOUT=5 | put etc/default/grub
echo 1234-ABCD | put etc/kernel/proxmox-boot-uuids
put boot/grub/grub.cfg <<'END'
multiboot2 /boot/xen-4.17-amd64.gz placeholder dom0_mem=1G
END
foreign Proxmox null "GRUB_CMDLINE_XEN_DEFAULT=\\\"$word\\\""
grep -q '"note": "Then .proxmox-boot-tool refresh' "$scratch/out" ||
    fail "Proxmox: its own tool is not mentioned"
echo 'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G smt=0"' >"$tree/etc/default/grub"
foreign "Proxmox with one" 1 "GRUB_CMDLINE_XEN_DEFAULT=\\\"$word smt=0\\\""
rm "$tree/etc/default/grub"
foreign "Proxmox with nothing" null "GRUB_CMDLINE_XEN_DEFAULT=\\\"$word\\\""
mkfifo "$tree/etc/default/grub"
exits 1 grub apply $word -j --root "$tree"
grep -q 'etc/default/grub cannot be read' "$scratch/err" ||
    fail "Proxmox: a line that may be there is passed over"
rm "$tree/etc/default/grub"
: >"$tree/etc/kernel/proxmox-boot-uuids"
exits 1 grub apply $word -j --root "$tree"
grep -q '"loader": "a grub.cfg that' "$scratch/out" || fail "Proxmox: no list"
start
put boot/efi/EFI/xenserver/grub.cfg <<'END'
menuentry 'XCP-ng' {
	multiboot2 /boot/xen.gz dom0_mem=2656M,max:2656M watchdog ucode=scan
}
END
put usr/sbin/grub-mkconfig </dev/null
put etc/default/grub </dev/null
foreign XCP-ng 2 "\tmultiboot2 /boot/xen.gz $word watchdog ucode=scan"
start
put boot/syslinux/syslinux.cfg <<'END'
LABEL xen
	Append /boot/xen.gz dom0_mem=1G --- /boot/vmlinuz ro --- /boot/initrd
END
foreign syslinux 2 "\tAppend /boot/xen.gz $word --- /boot/vmlinuz ro --- /boot/initrd"
start
put boot/grub/menu.lst <<'END'
title Xen
	kernel /xen.gz dom0_mem=512M
	module /vmlinuz ro
END
foreign "GRUB Legacy" 2 "\tkernel /xen.gz $word"
start
put boot/grub/grub.cfg <<'END'
menuentry 'x' {
	multiboot2 /boot/xen.gz com1=9600
}
END
foreign "a grub.cfg by hand" 2 "\tmultiboot2 /boot/xen.gz com1=9600 $word"
# GRUB's tools are there, and would make it anew without what it has.
put usr/sbin/grub-mkconfig </dev/null
put etc/default/grub </dev/null
foreign "a grub.cfg by hand" 2 "\\tmultiboot2 /boot/xen.gz com1=9600 $word"

# A line without words of Xen's, in each of these files.
# bare FILE LINE WANT: as its first line.
bare()
{
    start
    printf '%s\n' "$2" | put "$1"
    foreign "$1: $2" 1 "$3"
}
for file in boot/extlinux.conf boot/extlinux/extlinux.conf \
    boot/syslinux/syslinux.cfg; do
    bare $file 'APPEND xen.gz --- vmlinuz ro' \
        "APPEND xen.gz $word --- vmlinuz ro"
    bare $file 'append xen.gz' "append xen.gz $word"
done
for file in boot/efi/EFI/xenserver/grub.cfg boot/grub/grub.cfg \
    boot/grub2/grub.cfg; do
    bare $file 'multiboot2 /boot/xen.gz' "multiboot2 /boot/xen.gz $word"
    bare $file 'multiboot /xen' "multiboot /xen $word"
done
for file in boot/grub/menu.lst boot/grub/grub.conf; do
    bare $file 'kernel /boot/xen-4.1.gz' "kernel /boot/xen-4.1.gz $word"
done
bare boot/loader.conf 'xen_cmdline=""' "xen_cmdline=\\\"$word\\\""
bare etc/update-extlinux.conf "xen_opts=''" "xen_opts='$word'"
bare etc/nixos/configuration.nix \
    'virtualisation.xen.bootParams = [ "loglvl=all" ];' \
    "virtualisation.xen.bootParams = [ \\\"$word\\\" \\\"loglvl=all\\\" ];"

# A folder that is called as a file hides no other file.
start
put usr/sbin/grub-mkconfig <<<'default/grub.d'
put etc/default/grub </dev/null
mkdir -p "$tree/etc/default/grub.d/a.cfg"
echo "GRUB_CMDLINE_XEN=\"dom0_mem=1G it's\"" |
    put etc/default/grub.d/xen.cfg
exits 1 grub apply $word --root "$tree"
says "etc/default/grub.d/xen.cfg:1: the value leaves a quote open"
echo 'GRUB_CMDLINE_XEN="dom0_mem=1G"' | put etc/default/grub.d/xen.cfg
exits 0 grub apply $word -j --root "$tree"
grep -q '"old": "dom0_mem=1G"' "$scratch/out" || fail "a folder in grub.d"
# ... nor does one of this host that a link of the tree seems to lead to.
mkdir "$scratch/linked"
ln -s "$scratch/linked" "$tree/etc/default/grub.d/b.cfg"
echo "GRUB_CMDLINE_XEN_DEFAULT=\"it's\"" | put "$scratch/linked"
exits 1 grub apply $word --root "$tree"
says "etc/default/grub.d/b.cfg:1: the value leaves a quote open"
# What is a file here is a folder there.
rm "$tree$scratch/linked"
mkdir "$tree$scratch/linked"
rmdir "$scratch/linked"
touch "$scratch/linked"
exits 0 grub apply $word -j --root "$tree"
grep -q '"old": "dom0_mem=1G"' "$scratch/out" || fail "a link to a folder"

# Entries of a script that has never heard of GRUB_CMDLINE_XEN (Arch's 09_xen).
start
put usr/sbin/grub-mkconfig </dev/null
echo 'XEN_HYPERVISOR_CMDLINE="dom0_mem=1G"' | put etc/default/grub
put boot/grub/grub.cfg <<'END'
### BEGIN /etc/grub.d/09_xen ###
menuentry "With Xen" {
	multiboot /boot/xen.gz dom0_mem=1G
}
### END /etc/grub.d/09_xen ###
END
exits 0 grub apply $word --root "$tree"
reaches_none="makes them, and does not use it. Write the size there, or where it takes Xen's options from"
tr -s '\n ' ' ' <"$scratch/out" | grep -qF "/etc/grub.d/09_xen $reaches_none" ||
    fail "a size that reaches no entry"
# ... or that somebody has written, who has no variable at all.
put boot/grub/grub.cfg <<'END'
### BEGIN /etc/grub.d/40_custom ###
menuentry "With Xen" {
	multiboot2 /boot/xen.gz dom0_mem=1G
}
### END /etc/grub.d/40_custom ###
END
exits 0 grub apply $word --root "$tree" --kind inline
tr -s '\n ' ' ' <"$scratch/out" | grep -qF "/etc/grub.d/40_custom $reaches_none" ||
    fail "a size that reaches no entry of somebody's own"

# For people it is there to be copied: in one piece, without escapes.
start
long=$(printf 'a%.0s' {1..1200})
printf '\tmultiboot2\t/boot/xen.gz a="b\\x" \033[31m \303\244 %s\n' "$long" |
    put boot/grub/grub.cfg
run grub apply $word --root "$tree"
grep -qxF "     multiboot2 /boot/xen.gz a=\"b\\x\" \\x1b[31m \\u{e4} $long $word" \
    "$scratch/out" || {
    cat "$scratch/out" >&2
    fail "the line cannot be copied"
}
if locale -a | grep -qix 'C.utf-\?8'; then
    LC_ALL=C.UTF-8 run grub apply $word --root "$tree"
    grep -qF " a=\"b\\x\" \\x1b[31m $(printf '\303\244') $long $word" \
        "$scratch/out" || fail "a character of UTF-8 cannot be copied"
fi

# The line is told by its first word.
start
put boot/grub/menu.lst <<'END'
title Xen 4.1, kernel xen-3.2
kernel_args xen a
	kernel /xen.gz
END
foreign "a title" 3 "\\tkernel /xen.gz $word"
start
put boot/grub/grub.cfg <<'END'
menuentry "multiboot xen" {
	multiboot2x /boot/xen.gz
	multiboot2 /boot/xen.gz a
}
END
foreign "an entry's name" 3 "\\tmultiboot2 /boot/xen.gz a $word"
start
put boot/extlinux.conf <<'END'
MENU LABEL append xen
APPEND xen.gz --- vmlinuz
END
foreign "a label" 2 "APPEND xen.gz $word --- vmlinuz"
start
put boot/loader.conf <<'END'
my_xen_cmdline="dom0_mem=1G"
xen_cmdline="dom0_mem=2G"
END
foreign "another variable" 2 "xen_cmdline=\\\"$word\\\""
start
put etc/nixos/configuration.nix <<'END'
{
  description = "no dom0_mem= and no bootParams = [ \"dom0_mem=1G\" ]";
  environment.etc.note.text = "dom0_mem=3G";
  virtualisation.xen.bootParams = [
    "ivrs_ioapic[5]=00:14.0" # "dom0_mem=4G"
    "dom0_mem=1G"
  ];
}
END
foreign "a list of several lines" 6 "    \\\"$word\\\""
put etc/nixos/configuration.nix <<'END'
{
  xen.bootParams = [ ];
  environment.etc.note.text = "dom0_mem=3G";
}
END
foreign "another text" 2 "  xen.bootParams = [ \\\"$word\\\" ];"
put etc/nixos/configuration.nix <<'END'
{
  # bootParams = [ "loglvl=all" ];
  virtualisation.xen.bootParams =
    # ours
    [
      "smt=0"
    ];
}
END
foreign "a list without a size" 5 "    [ \\\"$word\\\""
start
foreign "nothing known" null $word
put boot/efi/EFI/x/xen.efi </dev/null
foreign "a unified image" null $word

# ---- what the files say and the line does not show
# finds CODE TEXT
finds()
{
    exits 0 grub show -j --root "$tree" --kind "$kind"
    grep -q "\"code\": \"$1\"" "$scratch/out" || fail "no $1"
    grep -qF "$2" "$scratch/out" || fail "$1 does not say: $2"
}
copy_shape 06-centos-appended-twice
finds dead-assignment 'line 8 of etc/default/grub has no effect'
copy_shape 25-both-variables
finds both-variables 'recovery entries have the first only'
copy_shape 02-debian-xen-cfg
exits 0 grub show -j --root "$tree" --kind "$kind"
! grep -q '"code"' "$scratch/out" || fail "something is found in a right file"
echo 'export GRUB_CMDLINE_LINUX="quiet dom0_mem=512M,max:512M"' \
    >>"$tree/etc/default/grub"
finds linux-variable "line 6 of etc/default/grub gives 'dom0_mem=512M,max:512M'"
exits 0 grub apply $word --root "$tree" --kind drop-in
exits 0 grub show -j --root "$tree" --kind drop-in
! grep -q '"masked"' "$scratch/out" || fail "what was found is masked"
sed -i 's/dom0_mem=4G,max:4G/dom0_mem=6G/' "$tree/etc/default/grub.d/xen.cfg"
finds masked 'dom0_mem=6G of etc/default/grub.d/xen.cfg has no effect'

# So does lint, of a host and of its capture.
exits 3 lint -j --sysroot "$tree"
grep -q '"code": "masked"' "$scratch/out" || fail "lint does not see it"
grep -q '"of": "files"' "$scratch/out" || fail "lint does not say whose it is"

# ---- an entry that is not made of the variables stays as it is
start
put etc/default/grub </dev/null
put boot/grub/grub.cfg <<'END'
### BEGIN /etc/grub.d/20_linux_xen ###
menuentry 'made' {
	multiboot2	/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G ${xen_rm_opts}
}
### END /etc/grub.d/20_linux_xen ###
### BEGIN /etc/grub.d/40_custom ###
menuentry 'mine' {
	multiboot2 /boot/xen.gz dom0_mem=3G
}
### END /etc/grub.d/40_custom ###
END
exits 0 grub apply $word -N --root "$tree" --kind inline
grep -q '^  1G  *2G,max:2G  made$' "$scratch/out" || fail "made: not its word"
grep -q '^  3G  *3G  *mine$' "$scratch/out" || fail "mine: another word"

# ---- what takes a shell: the file and the line
start
put etc/default/grub <<'END'
GRUB_TIMEOUT=5
GRUB_CMDLINE_XEN_DEFAULT="$(cat /etc/xen/line)"
END
exits 1 grub apply $word --root "$tree" --kind inline
says "$tree/etc/default/grub:2: only a shell can tell"
says "Write $word there"
[ ! -e "$tree/var/lib/xlmem" ] || fail "an intention stays"
# ... or a line that GRUB's script reads once more, on either kind.
quoted()
{
    start
    printf '%s\n' "GRUB_CMDLINE_XEN='$1'" | put etc/default/grub
    files "$tree" >"$scratch/before"
    for kind in inline drop-in; do
        exits 1 grub apply $word --root "$tree" --kind $kind
        says 'dom0_mem= has a quote or a backslash that GRUB would take away'
        files "$tree" >"$scratch/now"
        same "$1: something was written" "$scratch/before" "$scratch/now"
    done
}
quoted 'com1=9600 "dom0_mem=1G foo"'
quoted '"foo dom0_mem=1G" bar'
quoted 'dom0_me\m=1G'

# ---- titles as Debian has them: rows that fit a screen, whole in JSON
start
put etc/default/grub <<'END'
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G,max:1G"
END
debian="Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-56-amd64"
args="dom0_mem=1G,max:1G loglvl=all guest_loglvl=all com1=115200,8n1 console=com1"
put boot/grub/grub.cfg <<END
menuentry 'Debian GNU/Linux, with Xen hypervisor' {
	multiboot2 /boot/xen-4.17-amd64.gz placeholder $args
}
submenu 'Advanced options for Debian GNU/Linux (with Xen hypervisor)' {
	submenu 'Xen hypervisor, version 4.17-amd64' {
		menuentry '$debian' {
			multiboot2 /boot/xen-4.17-amd64.gz placeholder $args
		}
		menuentry '$debian (recovery mode)' {
			multiboot2 /boot/xen-4.17-amd64.gz placeholder
		}
	}
}
END
exits 0 grub show --root "$tree" --kind inline
sed -n '/^GRUB.s entries/,/^$/p' "$scratch/out" >"$scratch/got"
cat >"$scratch/want" <<'END'
GRUB's entries that load Xen
  dom0_mem=  entry
  1G,max:1G  Debian GNU/Linux, with Xen hypervisor
  1G,max:1G  Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-56-amd64
  none       Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-56-amd64
             (recovery mode)
END
same "entries for people" "$scratch/want" "$scratch/got"
exits 0 grub apply $word -N --root "$tree" --kind inline
grep -q '^  1G,max:1G  2G,max:2G  Debian GNU/Linux, with Xen 4.17' \
    "$scratch/out" || fail "no row has what was and what comes"
! sed -n '/^GRUB.s entries/,/^$/p' "$scratch/out" | grep -E '.{81}' >&2 ||
    fail "a row of 'apply' is too wide"
exits 0 grub show -j --root "$tree" --kind inline
grep -qF "hypervisor)>Xen hypervisor, version 4.17-amd64>$debian\"" \
    "$scratch/out" || fail "JSON has not the whole path"
grep -qF "\"args\": \"$args\"" "$scratch/out" || fail "JSON has not the line"

# Taken back as it was applied, whatever the tree looks like now.
start
put etc/default/grub <<<'GRUB_CMDLINE_XEN="dom0_mem=1G"'
exits 0 grub apply $word --root "$tree" --kind inline
exits 0 grub revert -k --root "$tree"
grep -qx 'kind=inline' "$scratch/out" || fail "reverted as another kind"
grep -qx "file=$tree/etc/default/grub" "$scratch/out" || fail "in no file"
exit $failed

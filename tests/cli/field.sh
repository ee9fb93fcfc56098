#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Hosts and domain files as people reported them (tests/fixtures/field, each
# with what must be true of its answer in `expect`), and others of each kind.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
field=tests/fixtures/field

# value KEY: of the last run's -k.
value()
{
    sed -n "s/^$1=//p" "$scratch/out"
}

# is KEY VALUE; between KEY FROM TO; near KEY VALUE: within 0.3 %.
is()
{
    [ "$(value "$1")" = "$2" ] || fail "$what: $1 is '$(value "$1")', not '$2'"
}
between()
{
    local have
    have=$(value "$1")
    if [ "${have:-0}" -lt "$2" ] || [ "${have:-0}" -gt "$3" ]; then
        fail "$what: $1 is '$have', not between $2 and $3"
    fi
}
near()
{
    between "$1" $(($2 - $2 * 3 / 1000)) $(($2 + $2 * 3 / 1000))
}

# shows TEXT, lacks TEXT: what was printed or said, on one line.
all()
{
    cat "$scratch/out" "$scratch/err" | tr -s '\n ' ' '
}
shows()
{
    all | grep -qF -- "$1" || { all >&2; fail "$what: nothing says: $1"; }
}
lacks()
{
    ! all | grep -qF -- "$1" || fail "$what: it says: $1"
}

# term NAME KB: a sum has this term.
term()
{
    local n
    n=$(sed -n "s/^\(terms\.[0-9]*\)\.name=$1$/\1/p" "$scratch/out")
    is "$n.kb" "$2"
}

# of CASE STATUS ARG...: the command on that host; CASE may be any folder.
of()
{
    local host=$1 want=$2
    shift 2
    [ -d "$host" ] || host=$(echo $field/$host-*)
    what="$(basename "$host"): $*"
    exits $want "$@" --sysroot "$host"
}

# copy CASE: a host of the kind, to be changed, in $host.
copy()
{
    rm -rf "$scratch/host"
    cp -r $field/$1-* "$scratch/host"
    chmod -R u+w "$scratch/host"
    host=$scratch/host
}

# ---------------------------------------- K1: a balloon is no calibration ---
line=placeholder
of 01 0 predict $line -k
near nr_pages 485086
is basis kernel
shows 'not calibrated'
between kernel_kb 1 262143
of 01 3 size -k
term_kb=$(grep -A1 'name=kernel$' "$scratch/out" | sed -n 's/.*kb=//p')
[ "$term_kb" -le 262144 ] || fail "01: kernel of $term_kb kB"
of 01 3 lint
lacks 'Write dom0_mem=1'
lacks 'ten times'
shows 'no SIZE leaves this host room for domUs'
# Another release and size; ballooned by less; with its size known it is one.
copy 01
sed -i 's/^xen_minor.*/xen_minor : 17/; s/: 2046/: 16300/; s/: 1047/: 9000/' \
    "$host/xl/info"
sed -i 's/2046MB (2095152kB)/16300MB (16691200kB)/; s/000000007fe6d800/000000007fe6d000/;
    /0000000080000000 (res/a(XEN)  0000000100000000 - 0000000480000000 (usable)' \
    "$host/xl/dmesg"
sed -i 's/^MemTotal.*/MemTotal: 6900000 kB/' "$host/proc/meminfo"
of "$host" 0 predict placeholder -k
is basis kernel
shows 'not calibrated'
printf 'xen_commandline : placeholder dom0_mem=2G\n' >>"$host/xl/info"
sed -i '0,/^xen_commandline.*/s///' "$host/xl/info"
sed -i 's/^MemTotal.*/MemTotal: 960000 kB/' "$host/proc/meminfo"
of "$host" 0 predict dom0_mem=2G -k
is basis kernel
printf 'Name ID Mem VCPUs State Time(s)\nDomain-0 0 1400 2 r----- 1.0\n' \
    >"$host/xl/list"
of "$host" 0 predict dom0_mem=2G -k
is basis calibrated
printf 'Name ID Mem VCPUs State Time(s)\nDomain-0 0 9300 2 r----- 1.0\n' \
    >"$host/xl/list"
of "$host" 0 predict dom0_mem=2G -k
is basis kernel

# -------------------------------------------------------- K2: dom0=pvh ---
of 06 0 lint
lacks no-max
of 06 0 predict 'dom0=pvh dom0_mem=36G' -k
between memtotal_kb 36316368 37050032
is basis calibrated
of 06 0 size
shows "64 B for each page of the host's RAM"
for pvh in 'dom0=pvh dom0_mem=4G' 'dom0_mem=2G,max:8G dom0=verbose,pvh' \
    'dom0_mem=2G,max:200G dom0=pvh'; do
    of 06 0 lint "$pvh" -k
    lacks no-max
    lacks growth-room
    lacks max-above-host
done
of 06 3 lint 'dom0=pv dom0_mem=4G' -k
shows no-max

# --------------------------------------------------------------- K3: Arm ---
of 15 0 lint
lacks max:
of 15 1 predict dom0_mem=1G
shows 'Arm is not modelled'
of 15 1 size
shows 'Arm is not modelled'
while IFS='|' read -r text status says; do
    of 15 $status lint "$text"
    shows "$says"
    lacks ',max:1500M, '
    lacks 'Write dom0_mem=1500M,max'
done <<'END'
dom0_mem=2G|0|Nothing to complain about.
dom0_mem=1500M,max:1500M|3|one size and nothing else
dom0_mem=50%|3|one size and nothing else
dom0_mem=max:2G|3|one size and nothing else
dom0_mem=-1G|3|one size and nothing else
dom0_mem=512|3|a number without unit is KiB
dom0_mem=64M|3|below 256 MiB
dom0_mem=8G|3|does not boot
bootscrub=0|3|Xen for Arm gives dom0 512 MiB
dom0mem=1G|3|the name is dom0_mem
END
# 32 bits; told by Xen's log, by the kernel's, by its compiler.
copy 15
sed -i 's/aarch64$/armv7l/' "$host/xl/info"
of "$host" 1 size
rm "$host/xl/info"
mkdir -p "$host/proc"
printf '(XEN) Command line: dom0_mem=1G\r\n(XEN) 64-bit Execution:  \r\n' \
    >"$host/xl/dmesg"
of "$host" 0 lint
rm "$host/xl/dmesg"
printf '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]\n[    0.000000] Linux version 6.1.0\n' \
    >"$host/dmesg"
of "$host" 1 size
rm "$host/dmesg"
echo 'Linux version 6.1.0 (a@b) (aarch64-linux-gnu-gcc-12 (Debian) 12.2)' \
    >"$host/proc/version"
of "$host" 1 predict dom0_mem=1G
shows 'Arm is not modelled'

# --------------------------------------- K4: the boot's own log calibrates ---
of 07 0 predict 'dom0_mem=1024M,max:1024M' -k
between memtotal_kb 930940 940000
is basis calibrated
near host_free_kb $((2912 * 1024))
copy 07
sed -i 's/1584K init/5000k init/' "$host/dmesg"
of "$host" 0 predict 'dom0_mem=1024M,max:1024M' -k
between memtotal_kb 935940 935940
sed -i 's/$/\r/; 3i[    0.000000] RAMDISK: [mem 0x04000000-0x047fffff]\r' "$host/dmesg"
of "$host" 0 predict 'dom0_mem=1024M,max:1024M' -k
between memtotal_kb 944132 944132
sed -i 's/, [0-9]*k init//' "$host/dmesg"
of "$host" 0 predict 'dom0_mem=1024M,max:1024M' -k
is basis kernel

# ------------------------------------------------- K5: blanks in any log ---
of 08 0 map -k
is usable_kb 133776352
of 08 0 predict dom0_mem=2G
lacks 'the memory map is not known'
for change in 's/$/   \t /' 's/$/\r/' 's/$/  \r/' 's/^/[2019-10-14 11:31:31] /' \
    's/RAM map:.*/RAM map:ys to select which entry is highlighted./' \
    's/(usable) *$/(usable)xecuted automatically/'; do
    copy 08
    sed -i "$change" "$host/xl/dmesg"
    of "$host" 0 map -k
    is usable_kb 133776352
done
# In every file of a capture, and behind a byte-order mark.
cp -r tests/fixtures/hosts/qemu-16g "$scratch/plain"
chmod -R u+w "$scratch/plain"
of "$scratch/plain" 0 size -k
cp "$scratch/out" "$scratch/before"
find "$scratch/plain" -type f ! -path '*/etc/*' ! -name '*.json' \
    -exec sed -i 's/$/ \t\r/; 1s/^/\xef\xbb\xbf/' {} +
of "$scratch/plain" 0 size -k
same 'blanks at the end of all lines' "$scratch/before" "$scratch/out"

# --------------------------------------------- K6: the device model's domain ---
of 28 0 check $field/28-*/etc/xen/domU.cfg -k
term stubdomain 131072
domu=$scratch/domu.cfg
# cfg TEXT: a domain file.
cfg()
{
    printf 'name = "it"\nmemory = 512\n%b\n' "$1" >"$domu"
}
cfg 'type="hvm"\ndevice_model_stubdomain_override=1'
of 28 0 check "$domu" -k
term stubdomain 28672
cfg 'type="hvm"\ndevice_model_stubdomain_override=1\nstubdomain_memory=256'
of 28 0 check "$domu" -k
term stubdomain 262144
cfg 'type="pvh"\ndevice_model_stubdomain_override=1'
of 28 0 check "$domu" -k
lacks stubdomain
cfg 'type="hvm"\ndevice_model_stubdomain_override=0\nstubdomain_memory=256'
of 28 0 check "$domu" -k
lacks stubdomain

# -------------------------------------------- K7: what that release refuses ---
of 24 1 check $field/24-*/etc/xen/mirage-test.cfg
shows 'line 3: builder: '
shows 'Invalid domain type linux.'
for text in 'type="generic"' 'type="linux"' 'builder="pv"' 'builder="pvh"' \
    'builder="hvm"\ntype="pv"'; do
    cfg "$text"
    of 24 1 check "$domu"
    shows 'line 3: '
done
copy 24
sed -i 's/^xen_minor.*/xen_minor : 9/; s/^xen_version.*/xen_version : 4.9.2/' \
    "$host/xl/info"
of "$host" 0 check $field/24-*/etc/xen/mirage-test.cfg -k
term memory 16384
lacks 'paging pool'

# --------------------------------------------------- K8: IOMMU tables of HVM ---
of 37 0 check $field/37-*/etc/xen/xen-pcie.cfg -k
term 'IOMMU tables' 16424
of 27 0 check $field/27-*/etc/xen/san1.cfg -k
term memory 100663296
term 'IOMMU tables' 197000
lacks 'paging pool'
copy 37
sed -i 's/hap shadow/hap shadow iommu_hap_pt_share/' "$host/xl/info"
of "$host" 0 check $field/37-*/etc/xen/xen-pcie.cfg -k
lacks 'IOMMU tables'
{ cat $field/37-*/etc/xen/xen-pcie.cfg; echo 'hap=0'; } >"$domu"
of "$host" 0 check "$domu" -k
term 'IOMMU tables' 16424
{ cat $field/37-*/etc/xen/xen-pcie.cfg; echo 'passthrough="sync_pt"'; } >"$domu"
of "$host" 0 check "$domu" -k
term 'IOMMU tables' 16424
of 37 0 check 8G --type hvm --vcpus 8 -k
lacks 'IOMMU tables'

# ----------------------------------- K9, K10: no size, but a maximum is given ---
of 04 0 predict 'dom0_mem=min:1024M dom0_mem=max:4096M' -k
is nr_pages 1048576
lacks "all of the host's memory"
shows 'no size is given: dom0 gets as much as max: allows, 4096 MiB'
of 03 0 predict 'placeholder console=none dom0_mem=min:1024M dom0_mem=max:4096M' -k
is nr_pages 1048576
of 05 0 predict 'dom0_mem=min:6144,max:65536m' -k
is nr_pages 16777216
lacks "all of the host's memory"
of 05 0 predict dom0_mem=min:2G
shows "all of the host's memory"
of 04 0 predict dom0_mem=max:64G
shows "all of the host's memory"
for case in 03 04 43; do
    of $case 0 lint
    lacks 'only max is given'
done
of 05 3 lint
lacks 'only max is given'
shows 'unit-less'
shows '64 GiB'
of 43 0 lint dom0_mem=max:4G
shows 'only max is given'

# ----------------------------------------- K11: one sum for lint and predict ---
for case in 08 11 12 13 14 17; do
    for text in placeholder dom0_mem=-1G dom0_mem=50%; do
        of $case 0 predict "$text" -k
        mib=$(($(value nr_pages) / 256))
        run lint "$text" --sysroot $field/$case-*
        shows "gets about $mib MiB"
    done
done

# --------------------------- K12: line, text and reason belong to each other ---
of 30 1 check $field/30-*/etc/xen/win11-install.cfg
shows "line 10: a comma is missing before it: ''file:/xen/iso/win11.iso"
while IFS='|' read -r text says; do
    cfg "$text"
    of 30 1 check "$domu"
    shows "$says"
done <<'END'
vcpus = 2 maxvcpus = 4|line 3: a setting ends with its line or with a semicolon: 'maxvcpus = 4'
disk = [ "a",\n  "b",\n\nvif = []|line 6: expected a number or text in quotes: 'vif = []'
disk = [ "a",\n  "b"|line 3: the list is never closed: '[ "a",'
x = "a\nvcpus = 2|line 3: the quote is not closed on its line: '"a'
vcpus = 2\r|line 3: the line ends in CR LF
Vcpus = 2|line 3: xl takes names in small letters only: 'Vcpus = 2'
vcpus = 4\nmaxvcpus = 2|line 4: maxvcpus: it is less than vcpus
END
of 26 1 check $field/26-*/etc/xen/w2k3.hvm
shows 'line 1: this file is Python, which xm read and xl does not'
of 23 0 check $field/23-*/etc/xen/windows7-sp1.cfg -k
term memory 3072000
term 'paging pool' 16384
of 35 0 check $field/35-*/etc/xen/osv.cfg -k
term memory 2097152
term 'paging pool' 12288

# ---------------------------------------------------------- K13: xen.efi ---
of 20 3 lint 'console=vga dom0_mem=1024M,max=1024M dom0_max_vcpus=1'
shows 'equals-sign'
of 20 3 lint
shows 'boot/efi/EFI/xen/xen.cfg'
shows 'equals-sign'
shows 'dom0 gets 1 GiB and has no maximum'
copy 20
mkdir -p "$host/etc/default" "$host/xl"
cp $field/21-*/etc/default/grub "$host/etc/default"
of "$host" 3 lint
shows 'Whether it boots by etc/default/grub or by boot/efi/EFI/xen/xen.cfg is not known'
echo '(XEN) Bootloader: EFI' >"$host/xl/dmesg"
of "$host" 3 lint
shows 'It boots by boot/efi/EFI/xen/xen.cfg; etc/default/grub is not used'
lacks 'dom0_mem=8192M'
echo '(XEN) Bootloader: GRUB 2.06' >"$host/xl/dmesg"
of "$host" 0 lint
shows 'It boots by etc/default/grub; boot/efi/EFI/xen/xen.cfg is not used'
echo '(XEN) Bootloader: EFI' >"$host/xl/dmesg"
rm -r "${host:?}/boot"
of "$host" 1 lint
shows 'boots by xen.efi'
mkdir -p "$host/boot/efi/EFI/qubes"
printf '[global]\r\ndefault=two\r\n[one]\r\noptions=dom0_mem=1G\r\nkernel=a\r\n[two]\r\nkernel=a\r\noptions=dom0_mem=2G,max:2G # c\r\n' \
    >"$host/boot/efi/EFI/qubes/XEN.CFG"
of "$host" 0 lint
shows 'dom0_mem=2G,max:2G'
lacks dom0_mem=1G
exits 0 capture "$scratch/copy" --sysroot "$host"
[ -s "$scratch/copy/boot/efi/EFI/qubes/XEN.CFG" ] || fail 'xen.cfg is not captured'
of "$scratch/copy" 0 lint
shows 'dom0_mem=2G,max:2G'

# -------------------------------------- K14: one bad file leaves the others ---
of 41 0 status -k
is domains.0.tot_kb $((2439 * 1024))
is domains.1.tot_kb $((519 * 1024))
is domains.2.tot_kb $((519 * 1024))
copy 41
printf 'web1            512     1             33.4\n' >>"$host/xl/list"
of "$host" 0 status -k
lacks web1
sed -i '1s/Name/Nom/' "$host/xl/list"
of "$host" 1 status
shows 'xl/list: line 1: expected the heading of xl list, "Name ID Mem'
copy 12
mkdir -p "$host/proc"
printf 'MemTotal: 1 kB\nMemFree: lots\n' >"$host/proc/meminfo"
of "$host" 1 size
shows "proc/meminfo: line 2: expected a number of kB: 'MemFree: lots'"
shows dom0_mem=
of "$host" 1 lint
shows 'Nothing to complain about.'
copy 04
printf '{ "a": \n' >"$scratch/host/xl/list-l.json"
of "$host" 1 map -k
is total_kb 8103144

# ------------------------------- K15: advice that size would not call impossible ---
for case in 01 03 04 08 11 13 17 18 21 43; do
    run lint 'nothing=1' --sysroot $field/$case-*
    advice=$(all | sed -n 's/.*Write \(dom0_mem=[0-9MG]*,max:[0-9MG]*\).*/\1/p')
    [ -z "$advice" ] || [ $case = 18 ] || [ $case = 21 ] || [ $case = 43 ] ||
        of $case 0 predict "$advice" -k
done

# ------------------------------------------------------- right, and to stay ---
of 09 0 map -k
is usable_kb 27262104
of 09 0 lint
shows 'Nothing to complain about.'
of 09 0 predict dom0_mem=2048M,max:2048M -k
is nr_pages 524288
of 11 0 map -k
is usable_kb 8386728
shows type=other
of 12 0 size --compare -k
shows 'compare.1.dom0_mem_kb=4374528'
of 12 0 lint
shows 'Nothing to complain about.'
of 13 3 lint
shows no-max
of 13 0 predict 'dom0_mem=10096M dom0_max_vcpus=8' -k
near host_free_kb $((507728 * 1024))
of 14 0 lint
of 14 0 predict dom0_mem=512M,max:512M -k
shows 'of MemTotal is less than'
of 17 0 predict dom0_mem=4096M,max:4096M -k
near host_free_kb $((3703 * 1024))
of 17 0 predict dom0_mem=3%,min:2G,max:4G -k
is nr_pages 524288
is max_pages 1048576
of 18 3 lint
shows bad-component
shows '10794 MiB'
of 21 0 lint
shows 'dom0_mem=8192M,max:8192M dom0_max_vcpus=4'
shows 'sched=credit2'

# -------------------------------------------------------- what is missing ---
of 12 0 size
head -n 1 "$scratch/out" | grep -q '^dom0_mem=.* (an estimate)$' ||
    fail 'the first line does not say that it is an estimate'
shows '/proc/meminfo'
of tests/fixtures/hosts/qemu-16g 0 size
lacks 'an estimate'
of 12 1 map
shows 'record the output of xl dmesg'
exit $failed

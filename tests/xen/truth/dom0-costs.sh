# bed: mem=16G xen="dom0_mem=2G,max:2G" hvm timeout=1200
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What 1, 4 and 8 domUs of a kind cost dom0 (0: what the first of its kind
# leaves behind), and what building one takes in passing.  Of those that are
# at work, 1 and 4.  A row: kind, how many, then in kB and for all of them
# together
# what MemAvailable lost and Slab, PageTables, KernelStack, AnonPages and
# Percpu gained, and per process the private memory and the proportional share
# of the xl monitors and of the device models, then the largest resident set
# of an xl while it was building.

# Its name in bullseye, and since.
QEMU="qemu-system-i386 xen-qemu-system-i386"
KINDS=${*:-"pv pvh vif vbd vif-busy vbd-busy hvm hvm-io build restore"}

# A vif or vbd without the tools that Xen's own scripts want.
device_scripts()
{
    cat >/etc/xen/scripts/vif-bed <<'END'
#!/bin/sh
[ "$1" = online ] || exit 0
ip link set "$vif" up
xenstore-write "$XENBUS_PATH/hotplug-status" connected
END
    cat >/etc/xen/scripts/block-bed <<'END'
#!/bin/sh
[ "$1" = add ] || exit 0
loop=$(xenstore-read "$XENBUS_PATH/params")
xenstore-write "$XENBUS_PATH/physical-device" \
    "7:$(printf %x "${loop#/dev/loop}")" "$XENBUS_PATH/hotplug-status" connected
END
    chmod +x /etc/xen/scripts/*-bed
    modprobe xen-netback || note "no xen-netback"
    modprobe xen-blkback || note "no xen-blkback"
    modprobe loop max_loop=16 || note "no loop"
    dd if=/dev/zero of=/tmp/disk bs=1M seek=64 count=0 2>/dev/null
}

# The numbers of this moment, page cache dropped.
numbers()
{
    sync
    echo 3 >/proc/sys/vm/drop_caches
    sleep 1
    echo "$(meminfo_kb MemAvailable) $(meminfo_kb Slab) \
$(meminfo_kb PageTables) $(meminfo_kb KernelStack) \
$(meminfo_kb AnonPages) $(meminfo_kb Percpu)"
}

all_gone()
{
    destroy_all || note "a destroy failed: $?"
    wait_for 60 alone
    sleep 1
}

alone()
{
    [ "$(dom_count)" = 0 ]
}

# share NAMES KEY: the mean of a line of smaps_rollup over processes.
share()
{
    local pid files=()

    # shellcheck disable=SC2086  # names
    for pid in $(pidof $1); do
        files+=("/proc/$pid/smaps_rollup")
    done
    [ ${#files[@]} -gt 0 ] || { echo 0 && return; }
    awk -v k="$2" 'index($1, k) == 1 { n += $2 }
        FNR == 1 { files++ } END { print int(n / files) }' "${files[@]}"
}

# loop_disk NUMBER VDEV: a line of configuration.
loop_disk()
{
    losetup "/dev/loop$1" /tmp/disk 2>/dev/null || true
    echo "disk = [ \"vdev=$2,script=block-bed,target=/dev/loop$1\" ]"
}

# hvm_guest NAME LINES...: paused, for eight firmwares at work are too much
# for the emulation.
hvm_guest()
{
    xl create -q -p "$(config "$1" 'type = "hvm"' 'memory = 128' 'boot = "n"' \
        'serial = "none"' "${@:2}")"
}

# linux_at_work NAME VERB KIB LINES...: has used its device.
linux_at_work()
{
    linux_guest pv "$1" 192 "${@:4}"
    agent "$1" devices
    agent "$1" "$2" "$3"
}

# Both ways.
vif_at_work()
{
    linux_at_work "$1" send 4096 'vif = [ "script=vif-bed,type=vif" ]'
    ip addr add 10.9.0.1/24 dev "vif$(domid "$1").0"
    ping -c 20 -i 0.1 -s 1400 -I "vif$(domid "$1").0" 10.9.0.2 | tail -n 2
}

# create KIND NUMBER
create()
{
    local name=$1-$2

    case $1 in
    pv) tiny_pv "$name" 64 ;;
    pvh) tiny_pvh "$name" 64 ;;
    vif) tiny_pv "$name" 64 'vif = [ "script=vif-bed,type=vif" ]' ;;
    vbd) tiny_pv "$name" 64 "$(loop_disk "$2" xvda)" ;;
    vif-busy) vif_at_work "$name" ;;
    vbd-busy) linux_at_work "$name" read 65536 "$(loop_disk "$2" xvda)" ;;
    hvm) hvm_guest "$name" 'vnc = 0' ;;
    hvm-io)
        hvm_guest "$name" 'vnc = 1' "$(loop_disk "$2" hda)" \
            'device_model_args = [ "-device", "rtl8139" ]'
        ;;
    esac
}

# row KIND COUNT BEFORE...
row()
{
    local kind=$1 count=$2 before now i text

    shift 2
    before=("$@")
    read -r -a now < <(numbers)
    text="$kind\t$count\t$((before[0] - now[0]))"
    for i in 1 2 3 4 5; do
        text+="\t$((now[i] - before[i]))"
    done
    text+="\t$(share xl Private)\t$(share xl Pss:)"
    text+="\t$(share "$QEMU" Private)"
    text+="\t$(share "$QEMU" Pss:)\t-"
    echo -e "$text" >>"$BED_OUT/costs.tsv"
}

kind_rows()
{
    local kind=$1 i=0 most=8 before

    case $kind in
    *-busy) most=4 ;;
    esac
    # What stays from the first of its kind is not a domU's.
    read -r -a before < <(numbers)
    create "$kind" 0 || { note "no guest of kind $kind" && return 0; }
    all_gone
    row "$kind" 0 "${before[@]}"
    read -r -a before < <(numbers)
    while [ "$i" -lt "$most" ]; do
        i=$((i + 1))
        create "$kind" "$i" || { note "$kind $i failed" && break; }
        case $i in
        1 | 4 | 8) sleep 1 && row "$kind" "$i" "${before[@]}" ;;
        esac
    done
    all_gone
}

# lowest_kb FILE: the least MemAvailable there is until FILE is gone, into
# FILE.low.  Nothing but the shell's own commands, so that no peak is missed.
lowest_kb()
{
    local key value low=

    while [ -e "$1" ]; do
        while read -r key value _; do
            [ "$key" != MemAvailable: ] || break
        done </proc/meminfo
        [ -n "$low" ] && [ "$value" -ge "$low" ] || low=$value
    done
    echo "$low" >"$1.low"
}

# builder_row NAME COMMAND...: what dom0 lacks at most while it runs, and when
# it has ended.
builder_row()
{
    local name=build-$1 watched=/run/bed-watched start left sampler peak

    shift
    sync
    echo 3 >/proc/sys/vm/drop_caches
    sleep 1
    touch "$watched"
    start=$(meminfo_kb MemAvailable)
    lowest_kb "$watched" &
    sampler=$!
    "$@"
    rm "$watched"
    wait "$sampler"
    left=$(meminfo_kb MemAvailable)
    peak=$((start - $(cat "$watched.low")))
    note "$name: $peak kB at most, $((start - left)) kB in the end"
    echo -e "$name\t1\t$peak\t0\t0\t0\t0\t0\t0\t0\t0\t0\t$((start - left))" \
        >>"$BED_OUT/costs.tsv"
    destroy_all
    sleep 1
}

# paused NAME TYPE LINES...
paused()
{
    xl create -q -p "$(config "$1" "type = \"$2\"" "${@:3}")"
}

restored()
{
    xl restore -p /tmp/image
}

# Of a size, of Linux, with each kind of ramdisk, of firmware; of an image.
builder_rows()
{
    local tiny="kernel = \"$GUESTS/tiny" linux="kernel = \"$GUESTS/vmlinux.gz\""
    local type mib

    builder_row sleep sleep 3
    for type in pv pvh; do
        for mib in 64 1024 4096; do
            builder_row "$type-$mib" paused b "$type" "$tiny-$type\"" \
                "memory = $mib"
        done
    done
    head -c $((32 << 20)) /dev/urandom >/tmp/ramdisk
    head -c $((64 << 20)) /dev/zero | gzip -1 >/tmp/ramdisk.gz
    for type in pv pvh; do
        builder_row "$type-linux" paused b "$type" "$linux" 'memory = 512'
        builder_row "$type-linux-32" paused b "$type" "$linux" \
            'memory = 512' 'ramdisk = "/tmp/ramdisk"'
        builder_row "$type-linux-gz" paused b "$type" "$linux" \
            'memory = 512' 'ramdisk = "/tmp/ramdisk.gz"'
    done
    rm /tmp/ramdisk /tmp/ramdisk.gz
    for mib in 128 1024; do
        builder_row "hvm-$mib" hvm_guest b "memory = $mib" 'vnc = 0'
        builder_row "hvm-vnc-$mib" hvm_guest b "memory = $mib" 'vnc = 1'
    done
}

# The image lies in dom0's memory all the time.
restore_rows()
{
    local mib

    for mib in 128 512; do
        tiny_pvh b "$mib"
        save_tiny b /tmp/image
        builder_row "restore-pvh-$mib" restored
        rm /tmp/image
    done
    linux_guest pv b 192
    xl save b /tmp/image
    builder_row restore-pv-192 restored
    rm /tmp/image
}

device_scripts
for kind in $KINDS; do
    case $kind in
    build) builder_rows ;;
    restore) restore_rows ;;
    *) kind_rows "$kind" ;;
    esac
done
result rows "$(wc -l <"$BED_OUT/costs.tsv")"

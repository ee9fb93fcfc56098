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
KINDS=${*:-"pv pvh vif vbd vif-busy vbd-busy hvm hvm-io build"}

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

# builder_row NAME TYPE LINES...: xl stays in the foreground, so its high-water
# mark is the builder's.
builder_row()
{
    local name=build-$1 pid peak file start low now

    file=$(config "$name" "type = \"$2\"" "${@:3}")
    start=$(meminfo_kb MemAvailable)
    low=$start
    xl create -q -p -F "$file" &
    pid=$!
    until xl domid "$name" >/dev/null 2>&1 &&
        [ "$(xs_dom "$name" memory/target)" != "" ]; do
        now=$(meminfo_kb MemAvailable)
        [ "$now" -ge "$low" ] || low=$now
        sleep 0.05
    done
    sleep 2
    peak=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status")
    echo -e "$name\t1\t$((start - low))\t0\t0\t0\t0\t0\t0\t0\t0\t0\t$peak" \
        >>"$BED_OUT/costs.tsv"
    xl destroy "$name"
    wait "$pid" || true
    sleep 1
}

# Of a size, and of Linux: all of its images are in the builder's memory.
builder_rows()
{
    local tiny="kernel = \"$GUESTS/tiny" linux="kernel = \"$GUESTS/vmlinux.gz\""
    local type

    builder_row pv-64 pv "$tiny-pv\"" 'memory = 64'
    builder_row pv-1024 pv "$tiny-pv\"" 'memory = 1024'
    builder_row pv-4096 pv "$tiny-pv\"" 'memory = 4096'
    builder_row pvh-1024 pvh "$tiny-pvh\"" 'memory = 1024'
    head -c $((32 << 20)) /dev/urandom >/tmp/ramdisk
    for type in pv pvh; do
        builder_row "$type-linux" "$type" "$linux" 'memory = 1024'
        builder_row "$type-linux-32" "$type" "$linux" 'memory = 1024' \
            'ramdisk = "/tmp/ramdisk"'
    done
    rm /tmp/ramdisk
}

device_scripts
for kind in $KINDS; do
    case $kind in
    build) builder_rows ;;
    *) kind_rows "$kind" ;;
    esac
done
result rows "$(wc -l <"$BED_OUT/costs.tsv")"

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The host: QEMU's software emulation with Xen, or Linux alone, as its kernel.

# Every one of the dropped flags is a crash of dom0 or of a PVH guest under
# QEMU's emulation (7.2); with them gone Xen reports SVM with nested paging.
BED_CPU=max,-smap,-smep,-pku,-la57,-rdtscp
BED_SHM_BYTES=$((16 << 20))
BED_SHM_HEADER=4096
BED_LINK_BYTES=$((4 << 20))

# numa_args NODES MEM: memory and vCPUs in equal shares.
numa_args()
{
    local nodes=$1 mem=$2 share i

    share=$(($(numfmt --from=iec "$mem") / nodes))
    for ((i = 0; i < nodes; i++)); do
        HOST_ARGS+=(-object "memory-backend-ram,size=$share,id=ram$i,reserve=off"
            -numa "node,nodeid=$i,memdev=ram$i,cpus=$((i * SMP / nodes))-$(((i + 1) * SMP / nodes - 1))")
    done
}

# The firmware's map has no module that is plugged into a slot: Linux finds it
# by ACPI when it is up, as if it had just come.
dimm_args()
{
    local most

    most=$(($(numfmt --from=iec "$MEM") + $(numfmt --from=iec "$DIMM")))
    # shellcheck disable=SC2054  # QEMU's commas
    HOST_ARGS+=(-m "$MEM,slots=1,maxmem=$most"
        -object "memory-backend-ram,size=$DIMM,id=dimm,reserve=off"
        -device pc-dimm,memdev=dimm)
}

# Nobody touches most of a huge host, so none of it is reserved.
memory_args()
{
    HOST_ARGS+=(-m "$MEM")
    [ -z "$DIMM" ] || dimm_args
    if [ "$NUMA" -gt 0 ]; then
        HOST_ARGS+=(-machine "$MACHINE")
        numa_args "$NUMA" "$MEM"
    else
        HOST_ARGS+=(-object "memory-backend-ram,size=$MEM,id=ram,reserve=off"
            -machine "$MACHINE,memory-backend=ram")
    fi
}

# Whoever of the two comes first makes it, of zeros.
# shellcheck disable=SC2054  # QEMU's commas
link_args()
{
    truncate -s "$BED_LINK_BYTES" "$LINK"
    HOST_ARGS+=(-object "memory-backend-file,id=link,share=on,size=$BED_LINK_BYTES,mem-path=$LINK"
        -device ivshmem-plain,memdev=link)
}

# What every host's Xen has, before the words that a scenario asks for.
xen_own_line()
{
    local line="console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all"

    line+=" bootscrub=0"
    # Lazy switching of the FPU does not survive QEMU's emulation: measured
    # with 7.2, 5 of 18 sums came out wrong in dom0 beside one Linux domU,
    # and programs crashed; none of 15 with eager switching.
    line+=" spec-ctrl=eager-fpu"
    [ "$DOM0" != pvh ] || line+=" dom0=pvh dom0-iommu=none"
    echo "$line"
}

xen_command_line()
{
    echo "$(xen_own_line) $XEN_ARGS"
}

linux_command_line()
{
    local line="quiet panic=1"

    if [ "$NATIVE" = 1 ]; then
        line+=" console=ttyS0"
    else
        line+=" console=hvc0"
    fi
    # Linux 6.1 stops at ACPI's initialisation in a PVH dom0.
    [ "$DOM0-$SUITE" != pvh-bookworm ] || line+=" acpi=off"
    echo "$line $LINUX_ARGS"
}

# A clock that counts makes what dom0 measures repeatable, whatever else this
# machine does; QEMU has it for CPUs that take turns, and one is enough.
clock_args()
{
    case $CLOCK in
    real) CLOCK_ARGS=(-accel "tcg,thread=multi" -smp "$SMP") ;;
    count) CLOCK_ARGS=(-icount "shift=0,sleep=off" -smp 1) ;;
    *) die "a clock is real or count, not $CLOCK" ;;
    esac
}

# kernel_args DIR IMAGE: what a boot loader would load.
kernel_args()
{
    if [ "$NATIVE" = 1 ]; then
        HOST_ARGS+=(-kernel "$(echo "$2"/root/boot/vmlinuz-*)"
            -append "$(linux_command_line)" -initrd "$1/initrd")
    elif [ -n "$GRUB" ]; then
        # The BIOS has 65 MB from such a disk in 5 s, from a CD in 17 s.
        HOST_ARGS+=(-drive "id=iso,if=none,format=raw,file=$1/grub.iso"
            -device "ahci,id=ahci" -device "ide-hd,drive=iso,bus=ahci.0")
    else
        # A comma in a command line is written twice for QEMU.
        HOST_ARGS+=(-kernel "$2/xen.elf" -append "$(xen_command_line)" -initrd
            "$2/vmlinux $(linux_command_line | sed 's/,/,,/g'),$1/initrd")
    fi
}

host_command()
{
    local dir=$1 image

    image=$(suite_dir "$SUITE")
    clock_args
    # shellcheck disable=SC2054  # QEMU's commas
    HOST_ARGS=("${CLOCK_ARGS[@]}" -cpu "$BED_CPU"
        -nographic -no-reboot -net none -monitor none
        -serial "file:$dir/console.log"
        -device isa-debug-exit,iobase=0x501,iosize=4
        -object "memory-backend-file,id=bed,share=on,size=$BED_SHM_BYTES,mem-path=$dir/shm"
        -device ivshmem-plain,memdev=bed)
    kernel_args "$dir" "$image"
    memory_args
    [ -z "$LINK" ] || link_args
}

# The emulator dies with this shell, however that ends; a signal to this
# shell ends it as well.
start_host()
{
    local dir=$1

    truncate -s "$BED_SHM_BYTES" "$dir/shm"
    host_command "$dir"
    setpriv --pdeathsig KILL qemu-system-x86_64 "${HOST_ARGS[@]}" \
        </dev/null >"$dir/qemu.log" 2>&1 &
    HOST_PID=$!
    echo "$HOST_PID" >"$dir/qemu.pid"
    # shellcheck disable=SC2064  # this very process
    trap "kill -9 $HOST_PID 2>/dev/null" EXIT
    trap 'exit 143' TERM INT HUP
}

# wait_host DEADLINE_S: the emulator's exit status, or 124.
wait_host()
{
    local watch r

    setpriv --pdeathsig KILL sleep "$1" &
    watch=$!
    wait -n "$HOST_PID" "$watch"
    r=$?
    if kill -0 "$HOST_PID" 2>/dev/null; then
        kill -9 "$HOST_PID"
        r=124
    fi
    kill "$watch" 2>/dev/null
    wait "$HOST_PID" "$watch" 2>/dev/null
    return "$r"
}

# What dom0 sent: magic, length, then a compressed tar.
unpack_results()
{
    local dir=$1 length

    [ "$(head -c 7 "$dir/shm" | tr -d '\0')" = BEDSEND ] || return 1
    length=$(od -An -t u8 -j 8 -N 8 "$dir/shm" | tr -d ' ')
    tail -c +$((BED_SHM_HEADER + 1)) "$dir/shm" | head -c "$length" |
        tar -C "$dir" -xz
}

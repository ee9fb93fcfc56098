#!/usr/bin/env bash
# memguard-guest is small, needs nothing, and says in words where it has no
# place; its units are of the program that is installed.
# shellcheck disable=SC2154 # of lib.sh
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
program=$builddir/hotplug/guest/memguard-guest
[ -x "$program" ] || {
    [ "${CI-}" = true ] && { echo "it was not built"; exit 1; }
    echo "skipped: no compiler of static programs"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# try STATUS ARGUMENTS...: its words are in $dir/said.
try()
{
    local want=$1 r=0

    shift
    "$program" "$@" >"$dir/said" 2>&1 || r=$?
    [ "$r" = "$want" ] || complain "memguard-guest $*: status $r, not $want:
$(cat "$dir/said")"
}
says()
{
    grep -qE -- "$1" "$dir/said" || complain "not said: $1
$(cat "$dir/said")"
}

# Of a library that is made for it; glibc's is 670 kB.
if grep -q '^GUEST_CC = .*musl' "$builddir/Makefile"; then
    text=$(size "$program" | awk 'NR == 2 { print $1 }')
    echo "text and read-only data: $text bytes"
    [ "$text" -lt 100000 ] || complain "$text bytes of text, not below 100000"
else
    requires musl-gcc
    echo "its size is not judged: configured before musl-gcc was installed"
fi
readelf -l "$program" | grep -qE 'INTERP|DYNAMIC' &&
    complain "it is not static"

# --- a guest of files ------------------------------------------------------
root=$dir/root
memory=$root/sys/devices/system/xen_memory/xen_memory0
try 1 -r "$root"
says 'cannot open /proc/meminfo: No such file'
mkdir -p "$root/proc/pressure" "$memory/info" "$root/dev/xen"
printf 'MemTotal: 498880 kB\nMemFree: 301000 kB\nMemAvailable: 402400 kB\n' \
    >"$root/proc/meminfo"
try 0 -1 -r "$root"
says '^total_kb=498880 free_kb=301000 available_kb=402400$'
printf 'some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n' \
    >"$root/proc/pressure/memory"
echo 524288 >"$memory/info/current_kb"
echo 400000 >"$memory/target_kb"
try 0 -1 -r "$root"
says ' balloon_kb=524288 balloon_target_kb=400000 psi_some10_bp=150$'

# --- where it has no place -------------------------------------------------
try 3 -r "$root"
says 'no /dev/xen/xenbus: this is not a guest of Xen'
# Neither is that one, and it does not wait for it for ever.
ln -s /dev/null "$root/dev/xen/xenbus"
try 1 -r "$root"
says 'xenstore does not answer'
if [ "$(id -u)" != 0 ]; then
    rm "$root/dev/xen/xenbus"
    touch "$root/dev/xen/xenbus"
    chmod 0 "$root/dev/xen/xenbus"
    try 3 -r "$root"
    says 'is for root'
fi

# --- options ---------------------------------------------------------------
try 0 -h
says '^usage: memguard-guest'
try 0 -V
says '^memguard-guest [0-9]'
try 2 -x
try 2 more
says '^usage: '
for seconds in 0 61 4x '' 99999999999999999999; do
    try 2 -i "$seconds"
    says 'takes 1 to 60 seconds'
done

# --- what lies beside it ---------------------------------------------------
for unit in service openrc; do
    grep -qE '^(ExecStart|command)=/usr/sbin/memguard-guest$' \
        "hotplug/guest/memguard-guest.$unit" || complain "memguard-guest.$unit"
done
# What its trigger needs, on any kernel: root is held to 0444 without the second.
for capability in SYS_RESOURCE DAC_OVERRIDE; do
    grep -qE "^CapabilityBoundingSet=.*\<CAP_$capability\>" \
        hotplug/guest/memguard-guest.service ||
        complain "memguard-guest.service: no CAP_$capability"
done
sh -n hotplug/guest/memguard-guest.openrc || complain "memguard-guest.openrc"
for option in $("$program" -h | sed -nE 's/^  (-.)[ ,].*/\1/p'); do
    grep -q "B<$option>" docs/man/memguard-guest.8.pod ||
        complain "memguard-guest(8) has no $option"
done
exit $bad

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=full timeout=240
# Our own reader of xl.cfg against xl itself, setting by setting: what each
# takes, what each refuses, and the same need of what both take.  A first word
# of "no" says that xl must refuse it.
xl-memguard capture /run/host >/dev/null

rows=(
    'yes |'
    'yes |memory = 96'
    'yes |memory = " 96"'
    'yes |memory = 64; memory = 96'
    'yes |memory = "96M"'
    'yes |memory = 08'
    'yes |memory = [ 96 ]'
    'yes |memory += 96'
    'yes |maxmem = 96'
    'yes |vcpus = 8; vcpus = 2'
    'yes |vcpus = 0'
    'yes |maxvcpus = 3'
    'yes |type = "hvm"'
    'yes |type = "pvh"'
    'yes |type = "h"'
    'yes |builder = "generic"'
    'yes |builder = "hvm"; type = "hvm"'
    'yes |x = [ [], [ 1, ], ]'
    'yes |x = "\n\"\0123"'
    'no |builder = "linux"'
    'no |builder = "pv"'
    'no |type = "generic"'
    'no |type = "xen"'
    'no |builder = "hvm"; type = "pvh"'
    'no |vcpus = 4; maxvcpus = 2'
    'no |vcpus = "-1"'
    'no |uuid = "1234"'
    'no |on_crash = "reboot"'
    'no |passthrough = "yes"'
    'no |device_model_version = "qemu"'
    'no |type = "hvm"; vga = "vmware"'
    'no |Memory = 96'
    'no |memory = 96M'
    'no |memory = 96m'
    'no |memory = 1.5'
    'no |memory = -1'
    'no |memory = 96 vcpus = 2'
    'no |memory = 96\r'
    'no |# no newline'
    'no |x = "\x41"'
    'no |x = "\01"'
    'no |x = [ 1 2 ]'
    'no |x = [ , 1 ]'
    'no |x = [ 1'
    'no |x = "cut'
    'no |import os'
    'no |name = [ 1 ]'
)

terms()
{
    grep '^terms\.[0-9]*\.\(name\|kb\)=' "$1" || true
}

for row in "${rows[@]}"; do
    text=${row#*|}
    text=${text//\\r/$'\r'}
    { printf 'name = "it"; kernel = "/k"\n%s' "$text"
        [[ $row = *newline* ]] || echo; } >/run/a.cfg
    by_xl=0 own=0
    xl-memguard check -k /run/a.cfg >/run/xl.out 2>/run/xl.err || by_xl=$?
    xl-memguard check -k /run/a.cfg --sysroot /run/host >/run/own.out \
        2>/run/own.err || own=$?
    [[ $row = yes* ]] && wanted=0 || wanted=1
    [ "$wanted" = "$by_xl" ] || { cat /run/xl.err; fail "xl of '$text': $by_xl"; }
    [ "$wanted" = "$own" ] || { cat /run/own.err; fail "ours of '$text': $own"; }
    assert_eq "$(terms /run/own.out)" "$(terms /run/xl.out)" "need of '$text'"
done
printf 'kernel = "/k"\n' >/run/a.cfg
assert_status 1 xl-memguard check /run/a.cfg 2>/run/xl.err
assert_status 1 xl-memguard check /run/a.cfg --sysroot /run/host 2>/run/own.err
assert_match 'name is not set' /run/own.err
result rows ${#rows[@]}

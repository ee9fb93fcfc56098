# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=1500
# Our own reader of xl.cfg against xl itself, on files that are broken at
# random: they take and refuse the same ones, and what both take comes to the
# same need, term by term, so to the same memory, vCPUs and type.
#
# Differences that stay, each counted: what libxl refuses at the create and
# xl -N does not (our reader does), and what our reader leaves to xl: what a
# domain boots, and what stands inside the strings of devices and CPUs.
xl-memguard capture /run/host >/dev/null

bases=(
"name = \"web-1\"
# a comment
type = \"pvh\"
kernel = \"/k\"; vcpus = 2
maxvcpus = '4'
memory = 0x80
maxmem = 160
vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01',
        'bridge=xenbr1', ]  # two
disk = [
  # the root
  '/dev/vg/web,raw,xvda,rw'
]
on_crash = \"restart\"
"
"name='hvm'
builder='hvm'
memory=128
videoram=16
vcpus=3
hap=1
vga='stdvga'
shadow_memory=9
uuid='11111111-2222-3333-4444-555555555555'
usbdevice = [ 'tablet', 'mouse' ]
extra_list = [ [ \"a\", 1 ], [ 2, ] ]
"
"name = 'pv'
kernel = \"/boot/a\\\"b\"
memory = \" 64\"
vcpus=1
disk = []
disk += [ 'phy:/dev/a,xvda,w' ]
root = '/dev/xvda ro'; extra = 'quiet'
"
)
signs=('"' "'" '[' ']' '=' ',' ';' '#' $'\r' $'\t' $'\n' ' ' A z 0 9 x + - . '('
    ')' ':' "\\" '%' _ '+=' '# ' $'\xc3' 'True' '08' '-1' '0x10' '512M' '1.5')
names=(memory maxmem vcpus maxvcpus type builder name hap videoram uuid vga
    on_reboot passthrough device_model_version stubdomain_memory)
values=(0 1 2 64 '"64"' "' 32'" "'0x20'" 010 08 -1 "'-1'" "[ 1 ]" "'pv'" '"hvm"'
    "'pvh'" "'generic'" "'linux'" "''" "'h'" "'destroy'" "'sync_pt'" 99999999999)

# broken: one of the files, changed in one or two places.
broken()
{
    local text=${bases[RANDOM % ${#bases[@]}]} at n

    for ((n = RANDOM % 2 + 1; n > 0; n--)); do
        at=$((RANDOM % (${#text} + 1)))
        case $((RANDOM % 9)) in
        0) text=${text:0:at}${text:at+1} ;;
        1 | 2) text=${text:0:at}${signs[RANDOM % ${#signs[@]}]}${text:at} ;;
        3) text=${text:0:at}${signs[RANDOM % ${#signs[@]}]}${text:at+1} ;;
        4) text=${text:0:at} ;;
        5) text=${text//$'\n'/$'\r\n'} ;;
        6 | 7) text+="${names[RANDOM % ${#names[@]}]} = ${values[RANDOM % ${#values[@]}]}"$'\n' ;;
        8) text+="${names[RANDOM % ${#names[@]}]} += ${values[RANDOM % ${#values[@]}]}"$'\n' ;;
        esac
    done
    printf '%s' "$text"
}

# What is named above, in xl's words and in ours.
left_to_xl='kernel nor bootloader|kernel and firmware|pvgrub|PCI|disk|vif|mac|uuid.*vtpm|affinity|cpus|usb|Unable to parse|invalid value|unable to'
libxls_own='libxl|device model|qemu-xen|no tables to share|it is disabled'

terms()
{
    grep '^terms\.[0-9]*\.\(name\|kb\)=' "$1" || true
}

RANDOM=20
both=0 neither=0 left=0 libxl=0 wrong=0
for ((i = 0; i < 300; i++)); do
    broken >/run/a.cfg
    by_xl=0 own=0
    xl-memguard check -k /run/a.cfg >/run/xl.out 2>/run/xl.err || by_xl=$?
    xl-memguard check -k /run/a.cfg --sysroot /run/host >/run/own.out \
        2>/run/own.err || own=$?
    if [ $by_xl != 1 ] && [ $own != 1 ]; then
        [ "$(terms /run/xl.out)" = "$(terms /run/own.out)" ] && {
            both=$((both + 1))
            continue
        }
    elif [ $by_xl = 1 ] && [ $own = 1 ]; then
        neither=$((neither + 1))
        continue
    elif [ $own = 1 ] && grep -qE "$libxls_own" /run/own.err; then
        libxl=$((libxl + 1))
        continue
    elif [ $by_xl = 1 ] && grep -qE "$left_to_xl" /run/xl.err; then
        left=$((left + 1))
        continue
    fi
    wrong=$((wrong + 1))
    note "file $i: xl $by_xl, our reader $own"
    cat -A /run/a.cfg
    cat /run/xl.err /run/own.err
    diff <(terms /run/xl.out) <(terms /run/own.out) || true
done
result both_take $both
result both_refuse $neither
result left_to_xl $left
result libxls_own $libxl
result wrong $wrong
assert_eq $wrong 0 "files that are read differently"
# Neither of them answered everything in one way.
assert_ge $both 50 "files that both take"
assert_ge $neither 50 "files that both refuse"

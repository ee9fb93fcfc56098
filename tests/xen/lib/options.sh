# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A scenario's options: lines "# bed: KEY=VALUE KEY="VALUE VALUE" FLAG".

# shellcheck disable=SC2034  # run-all reads it
ALL_SUITES=bullseye,bookworm,trixie

# Every option on a line of its own, quotes removed.
option_lines()
{
    sed -n 's/^# bed: *//p' "$1" |
        grep -oE '[a-z0-9-]+(="[^"]*"|=[^" ]+)?' | tr -d '"'
}

# option FILE KEY DEFAULT
option()
{
    local value

    value=$(option_lines "$1" | sed -n "s/^$2=//p" | head -n 1)
    echo "${value:-$3}"
}

has_flag()
{
    option_lines "$1" | grep -qx "$2"
}

# has_word A,B,C WORD
has_word()
{
    [[ ",$1," == *",$2,"* ]]
}

# host_options FILE: arguments of `bed run`, one a line.
host_options()
{
    local file=$1 key value flag

    for key in mem smp clock machine numa dimm dom0 xen grub linux-args boot; do
        value=$(option "$file" "$key" '')
        [ -n "$value" ] || continue
        [ "$key" != xen ] || key=xen-args
        printf '%s\n' "--$key" "$value"
    done
    for flag in linux hvm dark native; do
        ! has_flag "$file" "$flag" || echo "--$flag"
    done
}

# bed: mem=16G xen="dom0_mem=1G,max:1G" timeout=1500
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What a paused create takes out of Xen's free memory: a row for every
# argument TYPE:VCPUS:MEMORY_MIB:MAXMEM_MIB[:SHADOW_MIB[:CARDS]].  "-" where
# the configuration does not say; CARDS: network cards that QEMU emulates.

# xen_pages: "FREE_KB DOM0_PAGES DOMU_PAGES".  Xen's debug keys m (heap) and q
# (domains) say to the page what `xl info` and `xl list` round to MiB.
xen_pages()
{
    xl debug-keys mq
    xl dmesg -c | awk '
        /heap\[[0-9]+\]:/ { sub(/.*heap[^:]*: */, ""); free += $0 }
        /General information for domain/ { dom = $NF + 0 }
        /nr_pages=/ {
            sub(/.*nr_pages=/, "")
            if (dom) domu = $0 + 0; else dom0 = $0 + 0
        }
        END { print free + 0, dom0 + 0, domu + 0 }'
}

alone()
{
    [ "$(dom_count)" = 0 ]
}

# A card by itself: with a vif= QEMU would want a tap device.
cards()
{
    local i args=''

    for ((i = 0; i < $1; i++)); do
        args+=' "-device", "rtl8139",'
    done
    echo "device_model_args = [$args ]"
}

# create_paused TYPE VCPUS MEMORY MAXMEM [SHADOW [CARDS]]
create_paused()
{
    local -a lines=("type = \"$1\"" "memory = $3" "maxmem = $4")

    [ "$2" = - ] || lines+=("vcpus = $2")
    case $1 in
    hvm) lines+=('boot = "n"' 'vnc = 0' 'serial = "none"') ;;
    *) lines+=("kernel = \"$GUESTS/tiny-$1\"") ;;
    esac
    [ "${5:--}" = - ] || lines+=("shadow_memory = $5")
    [ -z "${6:-}" ] || lines+=("$(cards "$6")")
    xl create -e -p -q "$(config t "${lines[@]}")"
}

# row TYPE VCPUS MEMORY MAXMEM [SHADOW [CARDS]].  What dom0 itself gave or took
# meanwhile (its balloon serves foreign mappings) is not the guest's.
row()
{
    local free0 dom0 free1 dom1 domu _

    read -r free0 dom0 _ < <(xen_pages)
    create_paused "$@" || { note "not created: $*" && return 0; }
    read -r free1 dom1 domu < <(xen_pages)
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5:--}" \
        $((free0 - free1 + (dom0 - dom1) * 4)) $((domu * 4)) "${6:-0}" \
        >>"$BED_OUT/needs.tsv"
    xl destroy t
    wait_for 60 alone
}

# The first create of a boot fills pools that Xen keeps.
create_paused "${1%%:*}" 1 128 128
xl destroy t
wait_for 60 alone
for spec; do
    IFS=: read -r -a words <<<"$spec"
    row "${words[@]}"
done
result rows "$(wc -l <"$BED_OUT/needs.tsv")"

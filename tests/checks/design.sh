#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# What docs/design names is there: in backticks functions and fields (any
# word with an underscore), pages; behind `FILE.c`: what is in that file.
# shellcheck disable=SC2016 # backticks are what is looked for
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# Words of the sources, once: a name is one of them.
words=$(mktemp)
trap 'rm -f "$words"' EXIT
sources 'hotplug/*' 'libxlmem/*' 'quickstart/*' 'xl-plugin/*' 'tests/*' |
    grep -v '^tests/fixtures/' | tr '\n' '\0' |
    xargs -0 grep -ohIE '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"$words"

# named FILE: what stands in backticks, a name a line.
named()
{
    grep -oE '`[^`]+`' "$1" | tr -d '`'
}

# Parts of Linux, Xen and Xen's toolstack that are named and not used here.
theirs=' libxl_domain_type libxl_list_domain perf_event_open pthread_atfork '
# is_path NAME: as it is, or below what a page is about.
is_path()
{
    local at
    for at in '' libxlmem/ libxlmem/engine/ xl-plugin/ tests/; do
        [ -e "$at$1" ] && return
    done
    case $1 in
    */*) return 1 ;;
    esac
    sources "*/$1" | grep -q .
}

for page in docs/design/*.md; do
    while read -r name; do
        case $name in
        *[!A-Za-z0-9_./-]* | /* | -* | *[A-Z][A-Z]*) ;;
        *.c | *.h | *.sh) ;; # named-files.sh
        *.md) is_path "$name" ||
            complain "$page: there is no file $name" ;;
        *[!a-z0-9_]*) ;;
        [a-z]*_[a-z]*) [[ $theirs = *" $name "* ]] ||
            grep -qxF -- "$name" "$words" ||
            complain "$page: there is no $name" ;;
        esac
    done < <(named "$page" | sort -u)
    # `engine/facts/entries.c`: `f`, `g`; what stands behind is in that file.
    while read -r line; do
        file=${line%%:*}
        file=${file//\`/}
        for at in '' libxlmem/ libxlmem/engine/ xl-plugin/ tests/; do
            [ -f "$at$file" ] || continue
            while read -r name; do
                [[ $name = _* ]] && name="[a-z0-9_]+$name"
                grep -qwE -- "$name" "$at$file" ||
                    complain "$page: there is no $name in $at$file"
            done < <(grep -oE '`[a-z0-9_]+`' <<<"${line#*:}" | tr -d '`')
        done
    done < <(grep -oE '`[a-z0-9_/]+\.c`: [^;|.]*' "$page")
done

# The house as it is drawn, two blanks a floor, has each room and no other:
# folders of sources, but for the headers' two, which stand beside libxlmem/.
drawn()
{
    sed -n 's/^     \( *[a-z-]*\/\) .*/\1/p' docs/design/README.md |
        awk '{ floor = (match($0, /[^ ]/) - 1) / 2; sub(/^ */, "")
               path[floor] = (floor ? path[floor - 1] : "") $0
               print path[floor] }' |
        grep -E '^(hotplug|libxlmem|xl-plugin)/' | sort
}
rooms=$(sources 'hotplug/*.[ch]' 'libxlmem/*.[ch]' 'xl-plugin/*.[ch]' |
    sed 's|[^/]*$||' | grep -vxE 'libxlmem/(private|xlmem)/' |
    cat - <(echo hotplug/) | sort -u)
diff <(drawn) - <<<"$rooms" ||
    complain "docs/design/README.md draws (<) other rooms than there are (>)"
exit $bad

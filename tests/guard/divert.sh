#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# xl-divert in a folder of its own: with dpkg's own dpkg-divert, whose books are
# in that folder, and without; whatever fails or is killed in the middle.
set -eu
srcdir=${XLMEM_SRCDIR:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
xl=$dir/sbin/xl
distrib=$xl.distrib
real=$dir/lib/xlmem/real/xl
tools="cp ln mkdir mv rm rmdir dpkg-divert dpkg-query"

fail()
{
    echo "FAIL: $*" >&2
    exit 1
}

want()
{
    [ "$1" = "$2" ] || fail "${3:-}: have '$1', want '$2'"
}

# program FILE WORD: says it.
program()
{
    mkdir -p "${1%/*}"
    printf '#!/bin/sh\necho %s\n' "$2" >"$1"
    chmod +x "$1"
}

# The dispatcher does what ours does: it runs the real one.
dispatcher()
{
    mkdir -p "$dir/libexec"
    # shellcheck disable=SC2016 # for the program that is written here
    printf '#!/bin/sh\nprintf "guarded "\nexec "%s" "$@"\n' "$real" \
        >"$dir/libexec/xl"
    chmod +x "$dir/libexec/xl"
}

# A system as before we came: Debian's xl is a relative link and a package's,
# others' a file that dpkg, where there is one, does not know.
fresh()
{
    rm -rf "${dir:?}"/{sbin,lib,libexec,dpkg}
    mkdir -p "$dir"/{sbin,lib,dpkg/info,dpkg/updates}
    : >"$dir/dpkg/status"
    dispatcher
    mkdir -p "$dir/libguard" && : >"$dir/libguard/libxlmem-guard.so"
    if [ "$kind" = link ]; then
        program "$dir/lib/wrapper" xl
        ln -s ../lib/wrapper "$xl"
        echo "$xl" >"$dir/dpkg/info/xen-utils-common.list"
        printf '%s\n' 'Package: xen-utils-common' \
            'Status: install ok installed' 'Maintainer: nobody' \
            'Architecture: all' 'Version: 1' 'Description: xl' \
            >"$dir/dpkg/status"
    else
        program "$xl" xl
    fi
}

sed -e "s|@sbindir@|$dir/sbin|g; s|@pkglibexecdir@|$dir/libexec|g" \
    -e "s|@guarddir@|$dir/libguard|g; s|@prefix@|$dir|g" \
    "$srcdir/xl-plugin/dispatcher/xl-divert.in" >"$dir/divert"

# The tools as they are, but that the Nth one (of all) fails ("fail"), or is
# done and then kills the script ("kill").  dpkg has its books here.
mkdir -p "$dir/bin" "$dir/plain"
for tool in $tools; do
    path=$(command -v "$tool" || true)
    [ -n "$path" ] || continue
    books=
    [ "${tool#dpkg-}" = "$tool" ] || books="--admindir $dir/dpkg"
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$path" "$books" >"$dir/plain/$tool"
    cat >"$dir/bin/$tool" <<END
#!/bin/sh
case \$* in *--listpackage*|*--truename*|*--search*) exec $path $books "\$@" ;; esac
echo "$tool \$*" >>$dir/calls
n=\$((\$(cat $dir/left) - 1))
echo \$n >$dir/left
[ \$n != 0 ] || [ "\$HOW" != fail ] || exit 1
$path $books "\$@" || exit
[ \$n != 0 ] || [ "\$HOW" != kill ] || kill -9 \$(cat $dir/script)
END
    chmod +x "$dir/bin/$tool" "$dir/plain/$tool"
done
# With no dpkg-divert a command of that name is not found.
cat >"$dir/run" <<END
#!/bin/sh
echo \$\$ >$dir/script
exec sh $dir/divert "\$@"
END

divert()
{
    PATH=$dir/plain:$PATH sh "$dir/divert" "$@"
}

works()
{
    case $("$xl" 2>&1) in
    xl | new | "guarded xl" | "guarded new") ;;
    *) fail "no xl after: $*" ;;
    esac
}

# It stands as it should, and as it was before.
is_diverted()
{
    want "$("$xl")" "guarded ${1:-xl}" "diverted"
    divert status >"$dir/said" || fail "status: $(cat "$dir/said")"
    ! ls "$dir"/sbin/*.xlmem 2>/dev/null || fail "left behind"
}

is_as_before()
{
    want "$("$xl")" "${1:-xl}" "as before"
    want "$(cd "$dir/sbin" && echo xl*)" xl "sbin"
    [ ! -e "$dir/lib/xlmem" ] || fail "left behind: $(find "$dir/lib")"
    [ "$kind" != link ] || [ "${1-}" ] ||
        want "$(readlink "$xl")" ../lib/wrapper "the link"
    [ ! -e "$dir/plain/dpkg-divert" ] ||
        want "$("$dir/plain/dpkg-divert" --list "$xl")" "" "dpkg's books"
    r=0
    divert status >/dev/null || r=$?
    want "$r" 1 "status"
}

there_and_back()
{
    fresh
    is_as_before
    for _ in 1 2; do divert add && is_diverted; done
    # A relative link is as good as another.
    ln -sfn ../libexec/xl "$xl"
    is_diverted
    divert add
    is_diverted
    for _ in 1 2; do divert remove && is_as_before; done
}

# broken COMMAND: it fails, or is killed, at each step.
broken()
{
    local n how
    for how in fail kill; do
        for n in $(seq 40); do
            fresh
            [ "$1" = add ] || divert add
            echo "$n" >"$dir/left"
            : >"$dir/calls"
            { PATH=$dir/bin:$PATH HOW=$how sh "$dir/run" "$1" \
                >"$dir/said" || :; } 2>/dev/null
            works "$how at $n of $1: $(tail -n 1 "$dir/calls")"
            [ "$(cat "$dir/left")" -le 0 ] || break
            # It is said to be wrong, and run again it goes on, either way.
            if [ $((n % 2)) = 0 ]; then
                divert add
                is_diverted
            fi
            divert "$1"
            if [ "$1" = add ]; then is_diverted; else is_as_before; fi
            divert remove
            is_as_before
        done
        [ "$n" -gt 4 ] || fail "$1 has $n steps only"
    done
}

# Somebody else's package has diverted it already.
foreign()
{
    local before
    fresh
    "$dir/plain/dpkg-divert" --quiet --package other --divert "$xl.other" \
        --rename --add "$xl"
    program "$xl" xl
    before=$(find "$dir"/{sbin,lib,dpkg} | sort)
    for args in "" --take-over "--package xl-memguard"; do
        r=0
        # shellcheck disable=SC2086 # words
        divert add $args 2>"$dir/said" || r=$?
        want "$r" 1 "add beside another's"
        grep -q "diverted to $xl.other by package other" "$dir/said" ||
            fail "$(cat "$dir/said")"
        want "$(find "$dir"/{sbin,lib,dpkg} | sort)" "$before" "what is there"
    done
    divert remove
    want "$(find "$dir"/{sbin,lib,dpkg} | sort)" "$before" "what is there"
}

# From hand to hand: ours, a package's, ours.
hands()
{
    fresh
    divert add
    divert add --package xl-memguard
    is_diverted
    want "$("$dir/plain/dpkg-divert" --listpackage "$xl")" xl-memguard "holder"
    r=0
    divert remove 2>"$dir/said" || r=$?
    want "$r" 1 "a package's, removed by hand"
    is_diverted
    r=0
    divert add 2>"$dir/said" || r=$?
    want "$r" 1 "a package's, taken by hand"
    is_diverted
    divert add --take-over
    want "$("$dir/plain/dpkg-divert" --listpackage "$xl")" LOCAL "holder"
    is_diverted
    divert add --package xl-memguard
    divert remove --package xl-memguard
    is_as_before
}

# upgrades COMMAND AGE: a new xl, built so much later, comes while it is
# diverted: into its place by those who do not know of the diversion, into
# $distrib by dpkg.
upgrades()
{
    fresh
    divert add
    rm "$xl" && program "$xl" new
    touch -d "$2" "$xl"
    r=0
    divert status >/dev/null || r=$?
    want "$r" 1 "status"
    if [ "$1" = add ]; then
        divert add
        is_diverted new
    fi
    divert remove
    is_as_before new

    fresh
    divert add
    rm "$distrib" && program "$distrib" new
    is_diverted new
    divert add
    divert remove
    is_as_before new
}

# What has gone is said.
missing()
{
    fresh
    divert add
    rm "$dir/libguard/libxlmem-guard.so"
    divert status >"$dir/said" && fail "no guard, and all is well"
    grep -q "libxlmem-guard.so: nothing is guarded" "$dir/said" || fail guard
    rm "$distrib"
    divert status >"$dir/said" && fail "no real xl, and all is well"
    grep -q "no xl works" "$dir/said" || fail "real"
    # The package of the real one was removed: so is ours.
    divert remove
    [ ! -L "$xl" ] || fail "a link to nothing"
    divert add 2>"$dir/said" && fail "there is no xl to divert"
    [ ! -e "$dir/lib/xlmem" ] || fail "left behind"
}

all()
{
    there_and_back
    upgrades add '+1 hour'
    upgrades remove '+1 hour'
    missing
    broken add
    broken remove
}

# Where xl is not dpkg's an older package of Xen's is in force as well.
older()
{
    upgrades add '-1 hour'
    upgrades remove '-1 hour'
}

if [ -e "$dir/plain/dpkg-divert" ]; then
    kind="link"
    all
    foreign
    hands
    # dpkg is there, and xl an rpm's: of its packages an older one counts too.
    kind="file"
    there_and_back
    older
fi
# The same where there is no dpkg.
rm -f "$dir"/{bin,plain}/dpkg-*
sed -i 's/command -v dpkg-divert/false/' "$dir/divert"
kind="file"
all
older

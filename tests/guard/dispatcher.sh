#!/usr/bin/env bash
# The dispatcher: what it runs, with which arguments and preloads.
set -eu
srcdir=${XLMEM_SRCDIR:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# say WHAT: a program that says what it was started as.
say()
{
    mkdir -p "${1%/*}"
    # shellcheck disable=SC2016 # for the program that is written here
    printf '#!/bin/sh\necho "%s" "$0" "[$*]" "${LD_PRELOAD-}" %s\n' \
        "$2" "${3-}" >"$1"
    chmod +x "$1"
}

want()
{
    [ "$1" = "$2" ] || { echo "have: $1"; echo "want: $2"; exit 1; }
}

"${CC:-cc}" -o "$dir/xl" -DXLMEM_GUARD="\"$dir/guard.so\"" \
    -DXLMEM_COMMAND="\"$dir/ours\"" -DXLMEM_REAL_XL="\"$dir/real/xl\"" \
    "$srcdir/xl-plugin/dispatcher/xl.c"
say "$dir/real/xl" real
say "$dir/ours" ours
xl="env -u LD_PRELOAD $dir/xl"

# Without a guard nothing is preloaded: ld.so would complain in each xl.
want "$($xl list)" "real $dir/real/xl [list] "
# Some library that can be preloaded.
"${CC:-cc}" -shared -fPIC -o "$dir/guard.so" -x c /dev/null
"${CC:-cc}" -shared -fPIC -o "$dir/other.so" -x c /dev/null
want "$($xl -v cre a 'b c')" "real $dir/real/xl [-v cre a b c] $dir/guard.so"
# It is the first, whatever else is preloaded.
want "$(LD_PRELOAD=$dir/other.so "$dir/xl" list)" \
    "real $dir/real/xl [list] $dir/guard.so:$dir/other.so"
want "$(LD_PRELOAD="$dir/guard.so $dir/other.so" "$dir/xl" list)" \
    "real $dir/real/xl [list] $dir/guard.so $dir/other.so"

want "$($xl memguard status -j)" "ours $dir/ours [status -j] "
want "$($xl -vf -N -v memguard set one)" "ours $dir/ours [-v -N set one] "
want "$($xl -vN memguard set one)" "ours $dir/ours [-v -N set one] "
want "$($xl -t -fN memguard set -v)" "ours $dir/ours [-N set -v] "
want "$($xl help memguard)" "ours $dir/ours [help] "
want "$($xl help create)" "real $dir/real/xl [help create] $dir/guard.so"
want "$($xl help | tail -n 1 | cut -c1-22)" " memguard            G"
# A domain of that name is not the command.
want "$($xl destroy memguard)" \
    "real $dir/real/xl [destroy memguard] $dir/guard.so"

# Statuses are the real one's.
say "$dir/real/xl" real '; exit 3'
for args in list help; do
    r=0
    $xl $args >/dev/null || r=$?
    want "$r" 3
done
rm "$dir/real/xl"
r=0
$xl list 2>"$dir/err" || r=$?
want "$r" 127
grep -q "cannot run $dir/real/xl" "$dir/err"

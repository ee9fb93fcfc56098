#!/usr/bin/env bash
# What the library exports is what the version script lists, and that what the
# headers declare: the installed ones under XLMEM_0.1, the others under
# XLMEM_PRIVATE.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# declared HEADER...: the functions in them that are not inline.
declared()
{
    sed -n '/^static inline /d; s/^[a-z].*[ *]\(xlmem_[a-z0-9_]*\)(.*/\1/p' "$@" |
        grep -v '^xlmem_.*_fn$' | sort -u
}
# listed VERSION: what the script gives this version.
listed()
{
    awk -v version="$1" '$1 ~ /^XLMEM_/ { on = $1 == version }
        on && /^\txlmem_[a-z0-9_]*;$/ { print $1 }' libxlmem/libxlmem.sym |
        tr -d ';' | sort -u
}
# exported VERSION: what the library has of it.
exported()
{
    nm -D --defined-only --with-symbol-versions \
        "$builddir/libxlmem/.libs/libxlmem.so" |
        sed -n "s/^.* [TDB] \(xlmem_[a-z0-9_]*\)@@*$1\$/\1/p" | sort -u
}

for version in XLMEM_0.1 XLMEM_PRIVATE; do
    case $version in
    XLMEM_PRIVATE) headers=libxlmem/private ;;
    *) headers=libxlmem/xlmem ;;
    esac
    [ -n "$(declared "$headers"/*.h)" ] ||
        complain "no function found in $headers"
    diff <(declared "$headers"/*.h) <(listed $version) ||
        complain "$headers (<) and $version in libxlmem.sym (>) differ"
    diff <(listed $version) <(exported $version) ||
        complain "$version in libxlmem.sym (<) and exported (>) differ"
done
others=$(nm -D --defined-only "$builddir/libxlmem/.libs/libxlmem.so" |
    awk '$2 ~ /[TDB]/ && $3 !~ /^(_|xlmem_)/ { print $3 }')
[ -z "$others" ] || complain "exported, and not ours: $others"

# What is installed is what is public, whole, and stands by itself.
diff <(cd libxlmem && ls xlmem/*.h) \
    <(sed -n 's/^#include <\(xlmem\/.*\)>$/\1/p' libxlmem/xlmem.h | sort) ||
    complain "libxlmem/xlmem (<) and what xlmem.h includes (>) differ"
diff <(ls libxlmem/xlmem/*.h) <(sed -n '/^topics_HEADERS/,/NULL/p' \
    libxlmem/Makemodule.am | sed -n 's/^\t\(.*\.h\).*/\1/p' | sort) ||
    complain "libxlmem/xlmem (<) and what is installed of it (>) differ"
grep -nE '#include "|private/|xlmem__|^(typedef )?struct [a-z_]+ \{' \
    libxlmem/xlmem.h libxlmem/xlmem/*.h &&
    complain "the public header lays out no struct and includes none of ours"
for header in libxlmem/xlmem.h libxlmem/xlmem/*.h; do
    for as in "c -std=c99" "c -std=gnu11" "c++ -std=c++11"; do
        case $as in
        c++*) command -v "${CXX:-c++}" >/dev/null || continue ;;
        esac
        # shellcheck disable=SC2086 # two words
        ${CC:-cc} -x $as -fsyntax-only -pedantic -Wall -Wextra -Werror \
            -Ilibxlmem "$header" 2>&1 | grep -v 'pragma once in main file' |
            grep . && complain "$header alone, as $as"
    done
done
exit $bad

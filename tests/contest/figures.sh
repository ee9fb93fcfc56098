#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# What docs/design has of the contest is what comes of it now: the tables
# between two marks, and the plots that it shows.  It fails also where ours is
# not as good as was asked for.  "--update" writes the tables and plots there;
# the plots of all traces are left in tests/contest/out.
# shellcheck disable=SC1091,SC2154 # builddir
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
begins='<!-- by make contest -->' ends='<!-- so far by make contest -->'
out=$builddir/tests/contest/out
mkdir -p "$out"
[ "${1-}" = --update ] && update=1

# fresh MADE KEPT: the file that is kept is what was made.
fresh()
{
    if [ "${update-}" ]; then
        cmp -s "$1" "$2" || cat "$1" >"$2"
    else
        diff -u "$2" "$1" || complain "$2 is not of this code: make contest"
    fi
}

# fresh_page NAME: so is the page, with the tables of NAME.tables in it.
fresh_page()
{
    awk -v begins="$begins" -v ends="$ends" -v tables="$out/$1.tables" '
        $0 == ends { inside = 0; marks++ }
        !inside { print }
        $0 == begins {
            inside = 1
            marks++
            print ""
            while ((getline line < tables) > 0)
                print line
            print ""
        }
        END { exit marks != 2 }' "docs/design/$1.md" >"$out/$1.md" ||
        complain "docs/design/$1.md: a mark of the tables is missing"
    fresh "$out/$1.md" "docs/design/$1.md"
}

"$builddir"/tests/contest/contest "$out" tests/contest/traces/*.trace \
    >"$out/rebalance.tables" || complain "what was asked for is not so"
"$builddir"/tests/contest/room >"$out/admission.tables"
for tsv in "$out"/*.tsv; do
    name=${tsv##*/}
    awk -v title="${name%.tsv}" -f tests/contest/plot.awk "$tsv" \
        >"${tsv%.tsv}.svg"
done
fresh_page rebalance
fresh_page admission
for svg in docs/design/contest/*.svg; do
    fresh "$out/${svg##*/}" "$svg"
done
exit $bad

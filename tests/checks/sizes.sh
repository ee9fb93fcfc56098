#!/usr/bin/env bash
# Files of at most 600 lines, functions of at most 80, half of them below 16.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

files=$(sources '*.c' '*.h')
# shellcheck disable=SC2086 # file names of ours have no blanks
long=$(wc -l $files | awk '$2 != "total" && $1 > 600 {
    print $2 ": " $1 " lines" }')
[ -z "$long" ] || complain "$long"
# shellcheck disable=SC2046
lengths=$(awk 'FNR == 1 { open = 0 }
    /^\{/ { start = FNR; open = 1 }
    /^\}/ { if (open) print FNR - start - 1, FILENAME ":" start; open = 0 }
    ' $(sources '*.c') | sort -n)
over=$(awk '$1 > 80' <<<"$lengths")
[ -z "$over" ] || complain "functions of more than 80 lines: $over"
median=$(awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }' <<<"$lengths")
echo "functions: $(wc -l <<<"$lengths"), median $median lines," \
    "longest $(tail -n 1 <<<"$lengths")"
[ "$median" -le 15 ] || complain "the median function has $median lines"
exit $bad

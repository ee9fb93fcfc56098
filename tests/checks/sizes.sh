#!/usr/bin/env bash
# Files of at most 600 lines, functions of at most 80, half of them below 16, and
# of at most 5 parameters.
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
# What others have laid down: libxl's functions that the guard stands in front
# of, and a logger's of libxentoollog.
given='^(libxl_domain_create_restore|vmessage|progress)$'
# shellcheck disable=SC2046
functions=$(awk -f tests/checks/functions.awk \
    $(sources 'libxlmem/*.c' 'xl-plugin/*.c' 'hotplug/*.c'))
[ "$(wc -l <<<"$functions")" -gt 2500 ] ||
    complain "the functions' parameters were not found"
many=$(awk -v given="$given" '$1 > 5 && $2 !~ given {
    print $3 ": " $2 " has " $1 " parameters" }' <<<"$functions")
[ -z "$many" ] || complain "$many"
# That one would be seen.
made=$(printf 'static int f(int a, char *b, size_t b_len, int c,\n    int d, %s)\n{\n' \
    'int e, const char *fmt, ...' | awk -f tests/checks/functions.awk)
[ "$made" = "6 f - static" ] || [ "$made" = "6 f  static" ] ||
    complain "parameters are not counted: $made"
[ "$median" -le 15 ] || complain "the median function has $median lines"
exit $bad

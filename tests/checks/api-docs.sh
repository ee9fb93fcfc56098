#!/usr/bin/env bash
# Every exported function has a comment above it that is titled with its name
# and, in the public header, says "Since:"; and a test that calls it.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# A comment of the form "NAME: ..." or "NAME, NAME: ...", whose names reach
# until the next blank line; one for several functions names each.
awk '
    function complain(what) { print FILENAME ":" FNR ": " what; bad = 1 }
    FNR == 1 { names = text = ""; open = 0 }
    /^\/\*/ { text = ""; names = ""; open = 1 }
    open {
        text = text " " $0
        # Titles stand at the beginning of a line.
        line = $0
        sub(/^ *\/?\** ?/, "", line)
        if (match(line, /^xlmem_[a-z0-9_]+(, xlmem_[a-z0-9_]+)*:/))
            names = names " " substr(line, 1, RLENGTH)
    }
    open && /\*\/ *$/ { open = 0; next }
    !open && /^$/ { text = names = "" }
    !open && /^[a-z].*[ *]xlmem_[a-z0-9_]+\(/ && !/_fn\(/ {
        f = $0
        sub(/\(.*/, "", f)
        sub(/.*[ *]/, "", f)
        seen++
        if (FILENAME ~ /^libxlmem\/xlmem\// && text !~ /Since: /)
            complain(f ": no comment with Since: above it")
        else if (names !~ "(^|[ ,])" f "[,:]")
            complain(f ": the comment above it is titled" \
                (names == "" ? " with no function" : names))
    }
    END { if (seen < 50) { print "only " seen " functions found"; bad = 1 }
        exit bad }' libxlmem/xlmem/*.h libxlmem/private/*.h ||
    complain "comments of functions"

# shellcheck disable=SC2013 # one word a line
for f in $(sed -n 's/^\t\(xlmem_[a-z0-9_]*\);$/\1/p' libxlmem/libxlmem.sym)
do
    grep -rqw --include='*.c' "$f(\?" tests ||
        complain "$f: no test calls it"
done
exit $bad

#!/usr/bin/env bash
# Every public function has a comment with its name and "Since:", and a test
# that calls it.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# shellcheck disable=SC2013 # one word a line
for f in $(sed -n 's/^\t\(xlmem_[a-z0-9_]*\);$/\1/p' libxlmem/libxlmem.sym)
do
    awk -v f="$f" '
        /^\/\*/ { text = ""; open = 1 }
        open { text = text $0 "\n" }
        /\*\/ *$/ { open = 0 }
        # a blank line ends the reach of a comment
        !open && /^$/ { text = "" }
        $0 ~ "[ *]" f "\\(" && !open && /^[a-z]/ {
            found = 1
            ok = index(text, "Since: ") > 0
        }
        END { exit !(found && ok) }' libxlmem/xlmem.h \
        libxlmem/xlmem_advice.h libxlmem/xlmem_dom0.h libxlmem/xlmem_guard.h ||
        complain "$f: no comment with Since: above it in its header"
    grep -rqw --include='*.c' "$f(\?" tests ||
        complain "$f: no test calls it"
done
exit $bad

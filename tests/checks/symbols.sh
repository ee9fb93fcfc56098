#!/usr/bin/env bash
# What the library exports, what the version script lists and what the header
# declares is one set.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

declared=$(sed -n 's/^[a-z].*[ *]\(xlmem_[a-z0-9_]*\)(.*/\1/p' \
    libxlmem/xlmem.h libxlmem/xlmem_advice.h libxlmem/xlmem_dom0.h libxlmem/xlmem_guard.h | grep -v '^xlmem_.*_fn$' | sort -u)
listed=$(sed -n 's/^\t\(xlmem_[a-z0-9_]*\);$/\1/p' libxlmem/libxlmem.sym |
    sort -u)
exported=$(nm -D --defined-only "$builddir/libxlmem/.libs/libxlmem.so" |
    awk '$2 ~ /[TDB]/ && $3 !~ /^_/ {sub(/@.*/, "", $3); print $3}' | sort -u)

[ -n "$declared" ] || complain "no function found in xlmem.h"
diff <(echo "$declared") <(echo "$listed") ||
    complain "the headers (<) and libxlmem.sym (>) differ"
diff <(echo "$listed") <(echo "$exported") ||
    complain "libxlmem.sym (<) and the exported symbols (>) differ"
exit $bad

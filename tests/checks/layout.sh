#!/usr/bin/env bash
# Every struct that crosses from the library to the command or to the guard is
# compared when these load it: all that private headers lay out, but for what is
# whole in each of its users (yajl_memory.h).
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
list=libxlmem/private/layout.h

defined=$(grep -hoE --exclude=yajl_memory.h \
    '^(typedef )?struct xlmem_[a-z0-9_]+ \{' libxlmem/private/*.h |
    grep -oE 'xlmem_[a-z0-9_]+' |
    grep -vxF "$(grep -oE '^typedef struct xlmem_[a-z0-9_]+ \{' \
        libxlmem/private/backend.h | grep -oE 'xlmem_[a-z0-9_]+')" |
    LC_ALL=C sort)
listed=$(grep -oE '^    X\([a-z0-9_]+\)' $list | grep -oE 'xlmem_[a-z0-9_]+')
[ "$(wc -l <<<"$defined")" -gt 40 ] || complain "the structs were not found"
diff <(echo "$defined") <(echo "$listed") ||
    complain "structs of private headers (<) and of $list (>) differ"
# A type that the guard is given and the library makes is one of them.
grep -qx xlmem_advice <<<"$listed" || complain "advice is not compared"
exit $bad

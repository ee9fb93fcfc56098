#!/usr/bin/env bash
# Every shell script passes shellcheck.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
requires shellcheck
scripts=$(sources '*' | while read -r f; do
    # What libtool leaves beside the sources of a build in the tree.
    head -n 3 "$f" 2>/dev/null | grep -qa 'temporary wrapper script' &&
        continue
    if [[ $f == *.sh ]] || head -c 64 "$f" 2>/dev/null |
        head -n 1 | tr -d '\0' | grep -qE '^#!.*\b(ba|da)?sh\b'; then
        echo "$f"
    fi
done)
[ -n "$scripts" ] || complain "no script found"
# shellcheck disable=SC2086 # file names of ours have no blanks
shellcheck -e SC1091 $scripts || complain "shellcheck"
exit $bad

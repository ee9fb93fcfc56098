#!/usr/bin/env bash
# Every C file is as clang-format leaves it, and no line is longer than 79
# columns: of comments and macros clang-format makes none shorter.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
requires clang-format
# shellcheck disable=SC2046 # file names of ours have no blanks
clang-format --dry-run -Werror $(sources '*.c' '*.h') 2>&1 |
    grep -E 'error:' && complain "run: clang-format -i FILE"
# too_long FILE...: but for the strings of the report's style sheet, and for the
# interface as it once was.
too_long()
{
    LC_ALL=C.UTF-8 grep -HnE '^.{80,}' "$@" | cut -d: -f1,2,3 |
        grep -vE '^tests/fixtures/older-api/|:[0-9]+: *"' || :
}
# shellcheck disable=SC2046
long=$(too_long $(sources '*.c' '*.h'))
[ -z "$long" ] || complain "lines of more than 79 columns: $long"
# That one would be seen, and one that is not too long not.
made=$(mktemp)
trap 'rm -f "$made"' EXIT
printf '/* %073d */\n/* %074d */\n' 0 0 >"$made"
[ "$(too_long "$made" | cut -d: -f2)" = 2 ] ||
    complain "lines that are too long are not found"
exit $bad

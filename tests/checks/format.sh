#!/usr/bin/env bash
# Every C file is as clang-format leaves it.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
requires clang-format
# shellcheck disable=SC2046 # file names of ours have no blanks
clang-format --dry-run -Werror $(sources '*.c' '*.h') 2>&1 |
    grep -E 'error:' && complain "run: clang-format -i FILE"
exit $bad

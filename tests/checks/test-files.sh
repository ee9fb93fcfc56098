#!/usr/bin/env bash
# Each file of tests is run by some program: one that no Makemodule.am names
# would never fail.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

for file in tests/*/test_*.c; do
    grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" \
        tests/Makemodule.am tests/*/Makemodule.am ||
        complain "$file is in no program: name it in a Makemodule.am"
done
exit $bad

#!/usr/bin/env bash
# cppcheck has nothing to say.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
requires cppcheck
cppcheck --quiet --std=c11 --enable=warning,performance,portability \
    --inline-suppr --error-exitcode=1 -Ilibxlmem -Ixl-plugin -I"$builddir" \
    -DXLMEM_VERSION='""' -DXLMEM_MODULE_DIR='""' \
    --suppress=missingIncludeSystem --suppress=unknownMacro \
    hotplug libxlmem xl-plugin || bad=1
exit $bad

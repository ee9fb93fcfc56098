#!/usr/bin/env bash
# The name of a static function is in one file only, so that a backtrace, a
# profile or grep -w say which is meant: at most one file has a plain `report`,
# the others say of what.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# Several files may have it:
#   main, usage   every program's own
shared='^(main|usage):'

# In a tarball the patterns are names of files: everything is looked through.
[ -e .git ] || sources()
{
    find libxlmem xl-plugin -name '*.c' -type f
}

# shellcheck disable=SC2046 # file names of ours have no blanks
functions=$(awk -f tests/checks/functions.awk \
    $(sources 'libxlmem/*.c' 'xl-plugin/*.c'))
twice=$(awk '
    { files[$2] = files[$2] " " $3; nr[$2] += !(($2, $3) in seen)
      seen[$2, $3] = 1 }
    $4 == "static" { own[$2] = 1 }
    END { for (name in own) if (nr[name] > 1) print name ":" files[name] }
    ' <<<"$functions" | grep -Ev "$shared") || true
[ -z "$twice" ] || complain "a static function's name stands elsewhere:" "$twice"
nr=$(grep -c ' static$' <<<"$functions")
echo "static functions: $nr"
[ "$nr" -gt 1500 ] || complain "the static functions were not found"
exit $bad

#!/usr/bin/env bash
# The name of a static function is in one file only, so that a backtrace, a
# profile or grep -w say which is meant: at most one file has a plain `report`,
# the others say of what.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# Several files may have it:
#   main, usage   every program's own
shared='^(main|usage)$'

# named: FILE NAME of each static function.
named()
{
    # shellcheck disable=SC2046 # file names of ours have no blanks
    awk 'FNR == 1 { text = "" }
        /^static / { text = $0 }
        text != "" && text !~ /[({;=]/ && !/^static / { text = text " " $0 }
        text ~ /[({;=]/ {
            gsub(/__attribute__ *\(\([^)]*\)+\)/, "", text)
            if (match(text, /^[^({;=[]*\(/)) {
                name = substr(text, 1, RLENGTH - 1)
                sub(/ +$/, "", name)
                sub(/.*[ *]/, "", name)
                print name, FILENAME
            }
            text = ""
        }' $(sources 'libxlmem/*.c' 'xl-plugin/*.c') | sort -u
}

# In a tarball the patterns are names of files: everything is looked through.
[ -e .git ] || sources()
{
    find libxlmem xl-plugin -name '*.c' -type f
}

names=$(named)
twice=$(awk '{ print $1 }' <<<"$names" | uniq -d | grep -Ev "$shared") || true
for name in $twice; do
    complain "$name is a static function of several files:" \
        "$(awk -v name="$name" '$1 == name { print $2 }' <<<"$names" |
            tr '\n' ' ')"
done
echo "static functions: $(wc -l <<<"$names")"
[ -n "$names" ] || complain "no static function was found"
exit $bad

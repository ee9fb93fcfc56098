#!/usr/bin/env bash
# Automake's test driver (Automake manual, "Command-line arguments for test
# drivers"), which counts the tests of cmocka and not the programs: a program of
# a hundred tests is a hundred in the closing lines.  Whatever says nothing of
# cmocka's is one, by its exit status: 77 skipped, 99 an error.
set -u
expects_failure=no colored=no
while [ $# -gt 0 ]; do
    case $1 in
    --test-name) name=$2; shift ;;
    --log-file) log=$2; shift ;;
    --trs-file) trs=$2; shift ;;
    --color-tests) colored=$2; shift ;;
    --expect-failure) expects_failure=$2; shift ;;
    --enable-hard-errors) shift ;;
    --) shift; break ;;
    *) break ;;
    esac
    shift
done
[ "$expects_failure" = no ] || { echo "$0: no test is to fail" >&2; exit 2; }

"$@" >"$log" 2>&1
status=$?
[ "$status" = 0 ] || echo "exit status $status" >>"$log"

# A line for each test: what became of it, the group (tests/unit/run.c says
# which) and its name.
cases=$(awk '
    # One that is followed by another, or by nothing, has not come to its end.
    function end(result)
    {
        if (test != "")
            print result, group test
        test = ""
    }
    /^[a-z0-9_]+: tests\/.*\.c$/ { end("FAIL"); group = $1 " " }
    /^\[ RUN      \] / { end("FAIL"); test = $4 }
    /^\[       OK \] / { end("PASS") }
    /^\[  SKIPPED \] / { end("SKIP") }
    /^\[  FAILED  \] / { end("FAIL") }
    END { end("FAIL") }' "$log")
case $status in
0) all=PASS ;;
77) all=SKIP ;;
99) all=ERROR ;;
*) all=FAIL ;;
esac
# A script may run what is to fail, and its own word counts.
if [ "$all" != FAIL ]; then
    cases=$(grep -v '^FAIL' <<<"$cases")
fi
if [ -z "$cases" ] || { [ "$all" != PASS ] && ! grep -q '^FAIL' <<<"$cases"; }; then
    cases+=${cases:+$'\n'}$all
fi

{
    awk '{ print ":test-result: " $0 }' <<<"$cases"
    echo ":global-test-result: $all"
    echo ":recheck: $([ "$all" = PASS ] || [ "$all" = SKIP ] && echo no || echo yes)"
    echo ":copy-in-global-log: $([ "$all" = PASS ] && echo no || echo yes)"
} >"$trs"

color='' end=''
if [ "$colored" = yes ]; then
    end=$'\e[m'
    case $all in
    PASS) color=$'\e[0;32m' ;;
    SKIP) color=$'\e[1;34m' ;;
    *) color=$'\e[0;31m' ;;
    esac
fi
nr=$(grep -c . <<<"$cases")
echo "$color$all$end: $name$([ "$nr" = 1 ] || echo " ($nr tests)")"
grep '^FAIL ' <<<"$cases" | sed "s|^FAIL|$color&$end: $name|"
exit 0

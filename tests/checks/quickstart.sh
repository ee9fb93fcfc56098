#!/usr/bin/env bash
# A long step of quickstart gives signs of life, says how far it is, and how
# long it took the last time; one that fails is shown.
# shellcheck disable=SC2154 # of lib.sh
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Its functions, without the command that it is given.
sed '/^case \${1-} in$/,$d; s/^beat_s=.*/beat_s=1/; s|^build=.*|build='"$dir"'|' \
    quickstart >"$dir/functions"
# try COMMAND: what is said, in $dir/said.
try()
{
    r=0
    bash -c ". $dir/functions; $1" "$PWD/quickstart" >"$dir/said" 2>&1 || r=$?
}
says()
{
    grep -q -- "$1" "$dir/said" || complain "not said: $1
$(cat "$dir/said")"
}

# A step that lasts until this has been said of it, however busy the machine.
cat >"$dir/until" <<EOF
n=0
until grep -q "\$1" "$dir/said"; do
    n=\$((n + 1))
    [ \$n -lt 600 ] || exit 9
    sleep 0.1
done
EOF

# shellcheck disable=SC2016 # for the shell that it is given to
work='i=0; while [ $i -lt 25 ]; do echo "  CC   $i.c"; i=$((i+1)); done; sh '"$dir/until 'files made'"
echo "$work" >"$dir/work"
try "step build one 'making one' sh $dir/work"
[ "$r" = 0 ] || complain "a step that ends well: $r"
says '^=== making one'
says '^    1 s: [0-9]* files made'
says '^    done in [0-9]* s'
grep -q 'last time' "$dir/said" && complain "a first time that is not one"
try "step build one 'making one' sh $dir/work"
says 'it took [0-9]* s the last time'
says '^    1 s ([0-9]* s last time): [0-9]* of 25 files made'

try "step log two 'making two' sh -c 'sleep 1.5; echo it is so; exit 3'"
[ "$r" = 1 ] || complain "a step that fails: $r"
says '^it is so'
says 'that failed; all of it is in'
[ ! -e "$dir/times/two" ] || complain "the time of a failure is remembered"

apt='echo "0 upgraded, 7 newly installed, 0 to remove"; echo Get:1; echo Get:2'
try "step packages three three sh -c '$apt; sh $dir/until fetched; echo Setting up a
sh $dir/until \"set up\"'"
says ': 2 of 7 packages fetched'
says ': 1 of 7 packages set up'
try "step bed four four sh -c 'echo bed: building the guests; sh $dir/until \": building\"'"
says ': building the guests'

# What a stage leaves that fails in two tests of a program and in a script, of
# which each says more than is shown.
mkdir "$dir/fails"
cat >"$dir/fails/check" <<'EOF'
cd "$1" && mkdir -p tests/unit tests/cli tests/checks
{
    echo "size: tests/unit/test_size.c"
    echo "[ RUN      ] the_floor"
    echo "[       OK ] the_floor"
    echo "share: tests/unit/test_share.c"
    echo "[ RUN      ] fair"
    echo "[       OK ] fair"
    echo "[ RUN      ] the_floor"
    seq -f 'said %g' 20
    echo "[  FAILED  ] the_floor"
    echo "[ RUN      ] crashes"
    echo "share: killed by signal 11"
} >tests/unit/run-model.log
{
    echo ":test-result: PASS size: the_floor"
    echo ":test-result: FAIL share: the_floor"
    echo ":test-result: FAIL share: crashes"
    echo ":global-test-result: FAIL"
} >tests/unit/run-model.trs
seq -f 'line %g' 20 >tests/cli/golden.log
printf ':test-result: FAIL\n:global-test-result: FAIL\n' >tests/cli/golden.trs
printf ':test-result: PASS\n:global-test-result: PASS\n' >tests/cli/usage.trs
echo "   xlmem 0.1.0: ./test-suite.log"
printf '# PASS:  5\n# FAIL:  3\n\n.. contents:: :depth: 2\n'
echo "Testsuite summary for xlmem 0.1.0"
echo "# PASS: 5"
echo "# FAIL: 3"
exit 2
EOF
cat >"$dir/fails/xen" <<'EOF'
echo "PASS bookworm/hold 4 s"
echo "FAIL bookworm/poll (status 1, expected 0)"
seq -f '    heard %g' 20
echo "PASS trixie/hold 4 s"
echo "    of no failure"
echo "xen: 2 passed, 1 failed, 0 skipped"
exit 1
EOF
printf 'echo "a.c:1:2: error: no such thing"\nseq 20\nexit 2\n' >"$dir/fails/build"
mkdir -p "$dir/tests/cli"
printf ':test-result: FAIL\n:global-test-result: FAIL\n' \
    >"$dir/tests/cli/long-ago.trs"
touch -d yesterday "$dir/tests/cli/long-ago.trs"
try "stage good $dir true; stage check $dir sh $dir/fails/check $dir
stage other '$dir/none-*' sh $dir/fails/build
stage xen $dir sh $dir/fails/xen; report"
[ "$r" = 1 ] || complain "a failed test: $r"
sed '1,/^=== what failed/d' "$dir/said" >"$dir/end"
{
    echo 'check: FAIL tests/cli/golden'
    seq -f '    line %g' 6 20
    echo 'check: FAIL tests/unit/run-model share: the_floor'
    seq -f '    said %g' 7 20
    echo '    [  FAILED  ] the_floor'
    echo 'check: FAIL tests/unit/run-model share: crashes'
    echo '    [ RUN      ] crashes'
    echo '    share: killed by signal 11'
    echo 'other: it ended badly'
    echo '    a.c:1:2: error: no such thing'
    seq -f '    %g' 6 20
    echo 'xen: FAIL bookworm/poll (status 1, expected 0)'
    seq -f '    heard %g' 6 20
    printf '\nbroken: check other xen\n\n7 passed, 5 failed, 0 skipped\n'
} >"$dir/expected"
diff -u "$dir/expected" "$dir/end" || complain "the end is another"

# One that runs beside others is counted when it is waited for.
rm "$dir/log/failures"
try "beside models sh -c 'sleep 1; echo x: 1 passed, 0 failed, 0 skipped' & lane=\$!
stage models $dir await models; report"
[ "$r" = 0 ] || complain "one that was run beside: $r"
says '^models: [0-9]* s, beside others'
says '^1 passed, 0 failed, 0 skipped'
rm "$dir/log/beside-models.end"
try "beside models sh -c 'echo it is so; exit 3' & lane=\$!
stage models $dir await models; report"
[ "$r" = 1 ] || complain "one that failed beside: $r"
says '^    it is so'
exit "$bad"

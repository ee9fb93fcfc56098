#!/usr/bin/env bash
# The bed's sum of a run: a scenario that ran out of time is run once more by
# itself, and fails if it does so again; one that is wrong is not, nor are many
# at a time.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The bed as it is, but for what boots a host and for its scenarios.
mkdir -p "$dir/tests/xen/scenarios"
cp -r tests/xen/run-all tests/xen/lib "$dir/tests/xen"
cat >"$dir/tests/xen/bed" <<'EOF_BED'
#!/bin/bash
# What is to happen is in the scenario, a line for each time.
[ "$1" = run ] || exit 0
shift
while [ "${1#--}" != "$1" ]; do
    [ "$1" != --out ] || out=$2
    shift 2
done
for file; do
    name=$(basename "$file" .sh)
    mkdir "$out/$name"
    echo "$name" >>"$RUNS"
    n=$(grep -cx "$name" "$RUNS")
    sed -n "s/^# $n: [0-9]* //p" "$file" >"$out/$name/log"
    status=$(sed -n "s/^# $n: \([0-9]*\) .*/\1/p" "$file")
    echo "$status" >"$out/$name/status"
    echo 3 >"$out/$name/seconds"
done
EOF_BED
chmod +x "$dir/tests/xen/bed"

# scenario NAME LINES...
scenario()
{
    printf '%s\n' '# bed: share=one' "${@:2}" >"$dir/tests/xen/scenarios/$1.sh"
}

# run RESULT: what run-all says of them, the time that it took left out.
run()
{
    local r=0

    rm -f "$dir/runs"
    RUNS=$dir/runs "$dir/tests/xen/run-all" --out "$dir/out" full \
        >"$dir/said" 2>&1 || r=$?
    sed -i 's/ in [0-9]* s,/,/' "$dir/said"
    [ "$r" = "$1" ] || complain "run-all ends with $r, not $1"
    diff -u "$dir/expected" "$dir/said" || complain "it says something else"
}

scenario in-time '# 1: 0 done'
scenario late '# 1: 1 FAIL: waited in vain: a guest' '# 2: 0 done'
scenario slow '# 1: 124 half done' '# 2: 0 done'
cat >"$dir/expected" <<'EOF_SAID'
PASS bookworm/in-time 3 s
LATE bookworm/late (status 1, expected 0)
    FAIL: waited in vain: a guest
LATE bookworm/slow (status 124, expected 0)
    half done
PASS bookworm/late 3 s
PASS bookworm/slow 3 s
xen: 3 passed, 0 failed, 0 skipped
(3 boots, 0 of them again; 2 scenarios once more, for want of time)
EOF_SAID
run 0

scenario late '# 1: 1 FAIL: waited in vain: a guest' \
    '# 2: 1 FAIL: waited in vain: a guest'
scenario slow '# 1: 1 FAIL: value is 3, not 4' '# 2: 0 done'
cat >"$dir/expected" <<'EOF_SAID'
PASS bookworm/in-time 3 s
LATE bookworm/late (status 1, expected 0)
    FAIL: waited in vain: a guest
FAIL bookworm/slow (status 1, expected 0)
    FAIL: value is 3, not 4
FAIL bookworm/late (status 1, expected 0)
    FAIL: waited in vain: a guest
xen: 1 passed, 2 failed, 0 skipped
(2 boots, 0 of them again; 1 scenarios once more, for want of time)
EOF_SAID
run 1

# At its deadline with a claim that is wrong; and more than a busy machine does.
scenario late '# 1: 124 FAIL: value is 3, not 4' '# 2: 0 done'
scenario slow '# 1: 0 done'
cat >"$dir/expected" <<'EOF_SAID'
PASS bookworm/in-time 3 s
FAIL bookworm/late (status 124, expected 0)
    FAIL: value is 3, not 4
PASS bookworm/slow 3 s
xen: 2 passed, 1 failed, 0 skipped
(1 boots, 0 of them again; 0 scenarios once more, for want of time)
EOF_SAID
run 1
for name in in-time late more slow; do
    scenario "$name" '# 1: 124 half done' '# 2: 0 done'
done
for word in LATE FAIL; do
    for name in in-time late more slow; do
        echo "$word bookworm/$name (status 124, expected 0)"
        echo '    half done'
    done
done >"$dir/expected"
cat >>"$dir/expected" <<'EOF_SAID'
xen: 0 passed, 4 failed, 0 skipped
(1 boots, 0 of them again; 0 scenarios once more, for want of time)
EOF_SAID
run 1
exit "$bad"

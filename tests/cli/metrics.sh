#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Metrics of recorded hosts: what is printed, sums, files.
# shellcheck disable=SC1091,SC2016,SC2086,SC2154
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/qemu-16g

# One host in both forms; "--update" writes what is printed now.
for format in prometheus openmetrics; do
    exits 0 metrics --format $format --sysroot $host
    # The version is the build's.
    sed 's/version="[^"]*"/version="V"/' "$scratch/out" >"$scratch/$format"
    if [ "${1:-}" = --update ]; then
        cp "$scratch/$format" tests/cli/expected/metrics.$format
    else
        same "$format: run 'make update-golden'" \
            tests/cli/expected/metrics.$format "$scratch/$format"
    fi
done
[ "${1:-}" != --update ] || exit 0
exits 0 metrics --sysroot $host
cp "$scratch/out" "$scratch/plain"
same "prometheus is what is printed where nothing is said" \
    "$scratch/prometheus" <(sed 's/version="[^"]*"/version="V"/' "$scratch/plain")

# Both say the same, and differ in their heads alone.
same "the samples of both forms" <(grep -v '^#' "$scratch/prometheus") \
    <(grep -v '^#' "$scratch/openmetrics")
[ "$(tail -n 1 "$scratch/openmetrics")" = "# EOF" ] || fail "no EOF"
grep -q EOF "$scratch/prometheus" && fail "text 0.0.4 has no EOF"
grep -Eq '^# (TYPE .* info|UNIT)' "$scratch/prometheus" &&
    fail "text 0.0.4 knows neither info nor units"

# All hosts: states add up to the byte, or there are none; no series twice; no
# sample without a head; no more than 12 of a domain.
sums=0
for one in tests/fixtures/hosts/* tests/fixtures/cases/* \
    tests/fixtures/field/*/ tests/fixtures/edges/*; do
    run metrics --sysroot "$one"
    case $status in
    0) ;;
    *) continue ;; # what is no capture of a host is told by others
    esac
    awk -v host="$one" '
        function bad(what) { print host ": " what; wrong = 1 }
        /^# TYPE / { if ($3 in head) bad($3 " twice"); head[$3] = now = $3 }
        /^#/ { next }
        { name = $0; sub(/[{ ].*/, "", name); series = $0
          sub(/ [^ ]*$/, "", series)
          if (name != now) bad(name " is not below its head")
          if (series in seen) bad(series " twice")
          seen[series] = 1 }
        /^xlmem_host_memory_bytes/ { sum += $NF; states++ }
        /^xlmem_host_memory_total_bytes/ { total = $NF }
        /^xlmem_host_memory_usable_bytes/ { usable = $NF; has = 1 }
        /state="usable_or_short"/ { left = $NF }
        END {
            if (states && sum != total) bad("states: " sum " of " total)
            if (states && (!has || usable != left)) bad("usable")
            print (states > 0) + 0 >"/dev/stderr"
            exit wrong
        }' "$scratch/out" 2>"$scratch/has" || fail "$one"
    read -r has <"$scratch/has"
    sums=$((sums + has))
    if command -v promtool >/dev/null; then
        promtool check metrics <"$scratch/out" >"$scratch/prom" 2>&1 || {
            cat "$scratch/prom"
            fail "$one: promtool"
        }
    fi
done
echo "$sums hosts whose states add up"
[ $sums -ge 3 ] || fail "hardly a host has states"
command -v promtool >/dev/null ||
    echo "SKIP: promtool check metrics: no promtool (package prometheus)"
if python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
    python3 - "$scratch/openmetrics" <<'EOF' || fail "the reference parser"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(open(sys.argv[1]).read()))
assert len(families) >= 8, len(families)
assert families[0].type == "info"
EOF
else
    echo "SKIP: the reference parser (package python3-prometheus-client)"
fi

# Options.
exits 2 metrics --sysroot $host --format json
says "neither prometheus nor openmetrics"
exits 2 metrics --sysroot $host -j
says "a form of their own"
exits 0 metrics --sysroot tests/fixtures/hosts/many-domus-128g
grep -q 'domain="guest001"' "$scratch/out" || fail "no domains"
exits 0 metrics --no-domains --sysroot tests/fixtures/hosts/many-domus-128g
grep -q 'domain=' "$scratch/out" && fail "--no-domains has some"
"$memguard" metrics --sysroot $host >/dev/full 2>"$scratch/err"
[ $? = 1 ] || fail "a full disk is no failure"

# The same of a snapshot as of the capture that it is in.
exits 0 capture "$scratch/c" --sysroot $host
exits 0 metrics --host "$scratch/c/xlmem/host.json"
grep -q '^xlmem_host_memory_usable_bytes' "$scratch/out" || fail "--host"

# A text file: whole, for all to read, whatever the umask, or not at all.
mkdir "$scratch/dir"
file=$scratch/dir/xlmem.prom
(umask 077 && "$memguard" metrics --textfile "$file" --sysroot $host) ||
    fail "--textfile"
same "the file" "$scratch/plain" "$file"
[ "$(stat -c %a "$file")" = 644 ] || fail "its mode: $(stat -c %a "$file")"
chmod 600 "$file"
exits 0 metrics --textfile "$file" --sysroot $host
[ "$(stat -c %a "$file")" = 644 ] || fail "the mode of a file that was there"
[ ! -s "$scratch/out" ] || fail "it is printed as well"
exits 0 metrics -N --textfile "$scratch/dir/dry.prom" --sysroot $host
says "would write"
exits 1 metrics --textfile "$scratch/none/a.prom" --sysroot $host
says "No such file or directory"
ln -s xlmem.prom "$scratch/dir/link.prom"
exits 1 metrics --textfile "$scratch/dir/link.prom" --sysroot $host
says "it is a link"
mkdir "$scratch/dir/d.prom"
exits 1 metrics --textfile "$scratch/dir/d.prom" --sysroot $host
says "no file"
# A disk that is full: what was there stays.
cp "$file" "$scratch/before"
(
    ulimit -f 1
    trap '' XFSZ
    "$memguard" metrics --textfile "$file" --sysroot $host
) 2>"$scratch/err" && fail "a file that could not be written is no failure"
says "cannot write"
same "what was there" "$scratch/before" "$file"
for left in "$scratch"/dir/*; do
    case ${left##*/} in
    xlmem.prom | link.prom | d.prom) ;;
    *) fail "left behind: $left" ;;
    esac
done
exit $failed

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Alerts and dashboard: of metrics that there are; by promtool where it is
# there (Debian: prometheus).
# shellcheck disable=SC1091,SC2016,SC2086,SC2154
. "$(dirname "$0")/lib.sh"
dir=docs/monitoring
rules=$dir/xlmem.rules.yml
dashboard=$dir/xlmem.dashboard.json

# A row of the table, a name; and those of 'fleet check'.
sed -n 's/.*{{"\(xlmem_[a-z0-9_]*\)".*/\1/p' xl-plugin/metrics/table.c |
    sort >"$scratch/rows"
(cat "$scratch/rows" && printf 'xlmem_fleet_%s\n' survives_loss \
    oldest_timestamp_seconds) >"$scratch/names"
[ "$(wc -l <"$scratch/rows")" -ge 20 ] || fail "no rows in the table"
for file in $rules $dashboard docs/monitoring/xlmem.rules.test.yml; do
    grep -oE '\bxlmem_[a-z0-9_]+' $file | sort -u >"$scratch/used"
    [ -s "$scratch/used" ] || fail "$file: no metrics"
    grep -vxF -f "$scratch/names" "$scratch/used" |
        while read -r name; do echo "$file: no metric $name"; done \
        >"$scratch/unknown"
    [ ! -s "$scratch/unknown" ] || fail "$(cat "$scratch/unknown")"
done
# What the table has is shown and told: in the dashboard, and in the manual.
while read -r name; do
    grep -q "$name" docs/design/metrics.md || fail "metrics.md: no $name"
    case $name in
    xlmem_host_memory_total_bytes | xlmem_snapshot_timestamp_seconds) ;;
    *) grep -q "$name" $dashboard || fail "dashboard: no $name" ;;
    esac
done <"$scratch/rows"

# Every alert has a test that fires it, and one that does not.
sed -n 's/^ *- alert: //p' $rules | while read -r alert; do
    tests=$(grep -c "alertname: $alert\b" $dir/xlmem.rules.test.yml)
    [ "$tests" -ge 3 ] || echo "$alert"
done >"$scratch/untested"
[ ! -s "$scratch/untested" ] || fail "untested: $(cat "$scratch/untested")"
[ "$(grep -c -e '- alert:' $rules)" = 9 ] || fail "not nine alerts"

# expressions: of the dashboard, one a line.
expressions()
{
    sed -n 's/^ *"expr": "\(.*\)",$/\1/p' $dashboard |
        sed -e 's/\\"/"/g' -e 's/\$instance/.*/g'
}
[ "$(expressions | wc -l)" -ge 20 ] || fail "the dashboard's expressions"
if command -v python3 >/dev/null; then
    python3 - $dashboard <<'EOF' || fail "the dashboard"
import json, sys
board = json.load(open(sys.argv[1]))
ids, places = set(), set()
assert board["title"] and board["uid"] and board["schemaVersion"] >= 30
for panel in board["panels"]:
    assert panel["title"] and panel["type"] in ("stat", "timeseries", "table")
    assert panel["id"] not in ids
    ids.add(panel["id"])
    at = panel["gridPos"]
    assert 0 <= at["x"] and at["x"] + at["w"] <= 24
    for x in range(at["x"], at["x"] + at["w"]):
        for y in range(at["y"], at["y"] + at["h"]):
            assert (x, y) not in places, panel["title"]
            places.add((x, y))
    assert panel["targets"] and all(t["expr"] for t in panel["targets"])
EOF
fi

command -v promtool >/dev/null || {
    [ $failed = 0 ] || exit 1
    echo "SKIP: the rest of monitoring.sh: no promtool (package prometheus)"
    exit 77
}
promtool check rules $rules >"$scratch/out" || {
    cat "$scratch/out"
    fail "check rules"
}
promtool test rules $dir/xlmem.rules.test.yml >"$scratch/out" 2>&1 || {
    cat "$scratch/out"
    fail "test rules"
}
# Each of the dashboard's expressions as a rule.
{
    printf 'groups:\n  - name: dashboard\n    rules:\n'
    expressions | awk '{
        gsub(/\x27/, "\x27\x27")
        printf "      - {record: expr%d, expr: \x27%s\x27}\n", NR, $0
    }'
} >"$scratch/dashboard.yml"
promtool check rules "$scratch/dashboard.yml" >"$scratch/out" || {
    cat "$scratch/out" "$scratch/dashboard.yml"
    fail "the dashboard's expressions"
}
exit $failed

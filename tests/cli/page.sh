#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# doctor --html: the page appears whole or not at all, needs nothing from
# outside, and what guests are called stays text on it.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
ill=tests/fixtures/cases/kvm-host-other-fragmented
host=$scratch/host

# A file gets what standard output gets; the report is there, too.
exits 3 doctor --sysroot $ill --html "$scratch/a.html"
grep -q '^warning: fragmented' "$scratch/out" || fail "no report beside it"
exits 3 doctor --sysroot $ill --html -
same "standard output" "$scratch/a.html" "$scratch/out"
exits 2 doctor --sysroot $ill --html - -j
says "both want standard output"
silent
exits 2 doctor --sysroot $ill --fix -N --html -
says "before or after --fix"
silent
exits 3 doctor -N --sysroot $ill --html "$scratch/dry.html"
says "would write"
[ ! -e "$scratch/dry.html" ] || fail "a dry run writes"
exits 1 doctor --sysroot $ill --html "$scratch/none/a.html"
says "No such file or directory"
silent
"$memguard" doctor --sysroot $ill --html - >/dev/full 2>/dev/null &&
    fail "a full disk is no failure"
echo before >"$scratch/keep.html"
(ulimit -f 1; trap '' XFSZ
    "$memguard" doctor --sysroot $ill --html "$scratch/keep.html") \
    >/dev/null 2>&1
[ "$(cat "$scratch/keep.html")" = before ] || fail "a page was left half"

# The verdict is what the body begins with; nothing is fetched or run.
sed -n '/^<body>/,$p' "$scratch/a.html" | head -n 4 | grep -q '<h1>2 warnings' ||
    fail "the verdict is not first"
grep -Eiq '<(script|link|iframe|img|object)|https?:|url\([^#]|@import|[^a-z]on[a-z]+=' \
    <(grep -v Content-Security-Policy "$scratch/a.html") &&
    fail "the page needs something"

# Guests' names: tags, attributes, control characters.
cp -r tests/fixtures/hosts/zfs-64g "$host"
chmod -R u+w "$host"
rm "$host/xenstore/ls" # which has the names, too
sed -i -e 's/^nas /<script>document.title=1<\/script> /' \
    -e 's/^<b>[^ ]* /x"onmouseover="a /' "$host/xl/list"
run doctor --sysroot "$host" --html -
grep -q '&lt;script&gt;\|x&quot;onmouseover=&quot;a' "$scratch/out" ||
    fail "the names are not on it"
grep -Fq -e '<script' -e 'x"onmouseover' "$scratch/out" &&
    fail "a name is no text"

# Every tag that is opened is closed, and in order.
for page in "$scratch/a.html" "$scratch/out"; do
    awk 'BEGIN { RS = "<"; getline }
        /^!/ || /^meta / { next }
        match($0, /^[^>]*\/>/) { next }
        { tag = $1; sub(/[ >].*/, "", tag)
          if (tag ~ /^\//) {
              if (open[n] != substr(tag, 2)) { bad = open[n] " " tag; exit }
              n--
          } else open[++n] = tag }
        END { if (n && !bad) bad = open[n]
              if (bad) { print bad; exit 1 } }' "$page" >"$scratch/bad" ||
        fail "${page##*/}: tags do not match: $(cat "$scratch/bad")"
done
exit "$failed"

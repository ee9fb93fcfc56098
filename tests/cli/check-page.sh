#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# doctor --html in headless Chromium (make check-page): each page opens without
# an error, nothing on it is wider than the window, no name on it is run.
# "check-page.sh DIR" leaves screenshots in DIR.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ]; then
    echo "SKIP: there is no chromium"
    exit 77
fi
shots=${1:-$scratch}
hosts=(tests/fixtures/hosts/{zfs-64g,many-domus-128g,qemu-16g}
    tests/fixtures/cases/{kvm-host-other-fragmented,dom0-oom-order3}
    tests/fixtures/cases/dom0-overload "$scratch/hostile")
cp -r tests/fixtures/hosts/zfs-64g "$scratch/hostile"
chmod -R u+w "$scratch/hostile"
rm "$scratch/hostile/xenstore/ls" # which has the names, too
sed -i 's/^nas /<script>document.title="run"<\/script> /' \
    "$scratch/hostile/xl/list"

# browse WIDTH FILE OPTION...
browse()
{
    local width=$1 file=$2
    shift 2
    timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
        --hide-scrollbars --window-size="$width,2000" \
        --user-data-dir="$(mktemp -d -p "$scratch")" --enable-logging=stderr "$@" \
        "file://$file" 2>"$scratch/log"
}

# What sticks out.  The copy may run scripts: ours, and any that got in.  It is
# looked at in a frame, because a window has 500 pixels at least.
probe='<script>{
    const wide = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("main *")].filter(e =>
        e.getBoundingClientRect().right > wide + 1).map(e => e.outerHTML);
    parent.postMessage("probed " + wide + " " + document.title +
        (document.documentElement.scrollWidth > wide ? " scrolls" : "") +
        out.slice(0, 3).map(h => " OUT " + h.slice(0, 90)).join(""), "*");
}</script>'
frame='<!DOCTYPE html><body><script>
    onmessage = e => document.body.textContent = e.data;
</script><iframe src="probe.html" style="border:0;height:900px;width:'

for host in "${hosts[@]}"; do
    name=$(basename "$host")
    run doctor --sysroot "$host" --html "$scratch/$name.html"
    grep -v Content-Security-Policy "$scratch/$name.html" >"$scratch/probe.html"
    printf '%s\n' "$probe" >>"$scratch/probe.html"
    for width in 360 1600; do
        browse $width "$scratch/$name.html" \
            --screenshot="$shots/$name.$width.png" >/dev/null ||
            fail "$name: the browser failed"
        grep CONSOLE "$scratch/log" >&2 && fail "$name: errors on the console"
        printf '%s%dpx"></iframe>' "$frame" $width >"$scratch/frame.html"
        browse 1700 "$scratch/frame.html" --virtual-time-budget=5000 \
            --dump-dom >"$scratch/dom"
        grep -q "probed $width Memory of a host" "$scratch/dom" ||
            fail "$name at $width: $(grep -o 'probed.*' "$scratch/dom")"
        grep -q 'scrolls\| OUT ' "$scratch/dom" &&
            fail "$name at $width: $(grep -o 'probed.*' "$scratch/dom")"
        echo "$name at $width"
    done
done
exit "$failed"

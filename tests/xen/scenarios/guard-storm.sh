# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=long share=guard timeout=480
# A storm of creates on a dom0 that is busy with other things: each has its
# turn at the decision lock, and nobody is let through unguarded.

N=36

guard_on enforce 'dom0_floor = "1G"'
free=$(host_free_mib)
mib=$(((free - 72) * 2 / 25))
result mib "$mib"
busy=()
for ((i = 0; i < 6; i++)); do
    while :; do :; done &
    busy+=($!)
done
pids=()
for ((i = 0; i < N; i++)); do
    (
        r=0
        paused_pv "at$i" "$mib" 2>"/run/at$i.err" || r=$?
        echo "$r" >"/run/at$i.rc"
    ) &
    pids+=($!)
done
wait "${pids[@]}"
kill "${busy[@]}"
ran=$(cat /run/at*.rc | grep -cx 0)
result ran "$ran"
result free_when_full_mib "$(host_free_mib)"
cat /run/at*.err >/run/storm.err
keep /run/storm.err
refute grep -i 'unguarded' /run/storm.err
refute grep 'libxl: error' /run/storm.err
assert_eq "$(dom_count)" "$ran" "domUs that xl lists"
assert_eq "$(grep -c 'is not created: it does not fit' /run/storm.err)" \
    $((N - ran)) "refusals that are said"
assert_ge "$(host_free_mib)" 72 "free memory"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off

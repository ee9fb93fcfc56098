# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full clock=count timeout=120
# A PVH Linux guest: what it reports is what it has, and its memory in splinters
# it still gives memory back.
# The clock counts, since by the real one QEMU 7.2 loses such a guest: it is up
# in 18 s on an idle machine; beside four busy processes it triple-faulted on
# its way, and was up as another domain minutes later.

. /bed/report.sh

linux_boots pvh guest 256 'maxmem = 256'
reports_what_it_has guest 256
agent guest unreport
agent guest fragment 131072
before=$(host_free_mib)
xl mem-set guest 176m
wait_for 30 mib_at_most guest 176
assert_ge "$(host_free_mib)" $((before + 78)) "free memory"
agent guest free

# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=linux timeout=120
# A PVH Linux guest, its memory in splinters, still gives memory back.
linux_guest pvh guest 256 'maxmem = 256'
agent guest fragment 131072
before=$(host_free_mib)
xl mem-set guest 176m
wait_for 30 mib_at_most guest 176
assert_ge "$(host_free_mib)" $((before + 78)) "free memory"
agent guest free

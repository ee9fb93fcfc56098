# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke share=1g
# Tiny guests of both kinds come, take what they were promised, and go.
before=$(host_free_mib)
tiny_pv one 256
tiny_pvh two 512
assert_eq "$(dom_mib one)" 256
assert_eq "$(dom_mib two)" 512
assert_eq "$(dom_count)" 2
result taken_mib $((before - $(host_free_mib)))
destroy one
destroy two
assert_near "$(host_free_mib)" "$before" 1 "free memory afterwards"

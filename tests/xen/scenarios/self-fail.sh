# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" share=1g expect=1
# The bed itself: a failing command ends a scenario as failed.
false
note "never reached"
skip "never reached"

# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" share=1g expect=124 timeout=5
# The bed itself: a scenario that does not end is killed, the host lives on.
sleep 1000

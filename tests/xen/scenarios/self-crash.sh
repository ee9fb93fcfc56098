# shellcheck shell=bash
# bed: expect=125 timeout=60 xen="noreboot=0"
# The bed itself: so does a hypervisor that dies.
xl debug-keys C
sleep 60

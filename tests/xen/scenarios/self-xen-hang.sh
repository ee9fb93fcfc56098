# shellcheck shell=bash
# bed: xen="dom0_mem=4M noreboot" dark boot=10 timeout=1 expect=124
# The bed itself: a hypervisor that stops ends at its deadline.
fail "this is never run"

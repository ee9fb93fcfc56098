# shellcheck shell=bash
# bed: xen=dom0_mem=4M dark boot=30 expect=125
# The bed itself: a hypervisor that panics, here over a dom0 without room for
# its kernel, does not start over.
fail "this is never run"

# shellcheck shell=bash
# bed: linux-args=rdinit=/bin/cat dark boot=10 timeout=1 expect=124
# The bed itself: a dom0 that never gets anywhere ends at its deadline.
fail "this is never run"

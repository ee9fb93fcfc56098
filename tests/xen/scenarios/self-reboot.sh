# shellcheck shell=bash
# bed: expect=125 timeout=60
# The bed itself: a hypervisor that reboots does not start over.
xl debug-keys R
sleep 60

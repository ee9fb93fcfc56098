# shellcheck shell=bash
# bed: expect=125 timeout=60
# The bed itself: a dom0 that dies takes the host along, and that is seen.
echo c >/proc/sysrq-trigger

# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" hvm sets=full clock=count timeout=120
# A guest with a device model, which dom0 pays for, and which does not inherit
# the guard of its xl; the largest one that fits.
# The clock counts: by the real one QEMU 7.2 loses such a guest now and then, as
# it does that of linux-pvh.  This one triple-faulted in hvmloader.
guard_on enforce
before=$(meminfo_kb MemAvailable)
tiny_hvm one 256
assert running '^[^ ]*qemu-system-i386 .*-name one'
device_model=$(xs_dom one image/device-model-pid)
refute grep -q '^LD_PRELOAD=.' <(tr '\0' '\n' <"/proc/$device_model/environ")
refute grep -q libxlmem "/proc/$device_model/maps"
assert_match 'xlmem-guard.*: admit one' "$GUARD_LOG"
result dom0_cost_kb $((before - $(meminfo_kb MemAvailable)))
destroy one
refute running '^[^ ]*qemu-system-i386 .*-name one'

# dom0 gives nothing, so that what fits is what fits now.
guard_on enforce 'dom0_floor = "1G"'
largest_starts 2 tiny_hvm
destroy most
guard_off

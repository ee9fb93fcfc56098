# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" hvm sets=full timeout=120
# A guest with a device model, which dom0 pays for.
before=$(meminfo_kb MemAvailable)
tiny_hvm one 256
assert running '^[^ ]*qemu-system-i386 .*-name one'
result dom0_cost_kb $((before - $(meminfo_kb MemAvailable)))
destroy one
refute running '^[^ ]*qemu-system-i386 .*-name one'

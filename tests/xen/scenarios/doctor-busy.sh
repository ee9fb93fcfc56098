# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=400
# Processes that make a host sick: one that keeps xenstored busy, one that keeps
# a page of a domain that is gone, and one whose memory map is locked, behind
# which doctor and status do not wait.

. /bed/doctor.sh

# --- xenstored ---------------------------------------------------------------
assert_status 0 doctor --watch 5 --only xenstored-busy
sicken 10 xenstore
assert_status 3 doctor --watch 5 --only xenstored-busy
cat "$SAID"
assert_eq "$(found xenstored-busy severity)" warning "xenstored"
result xenstored_ms "$(found xenstored-busy evidence.0.value)"
heal

# --- a grant that is held -----------------------------------------------------
tiny_pvh kept 64
id=$(xl domid kept)
sicken 10 grant "$id" 1
xl destroy kept
wait_for 10 eval "xl list | grep -q '(null)'"
assert_status 3 doctor --watch 62 --only dying-holds
cat "$SAID"
assert_eq "$(found dying-holds severity)" warning "a domain that stays dying"
found dying-holds subject >/run/text
assert_match "id $id|domain $id" /run/text
found dying-holds text >/run/text
assert_match "sick \($(cat /run/sick.pid)\)" /run/text
heal
wait_for 20 eval "! xl list | grep -q '(null)'"

# --- a memory map's lock ------------------------------------------------------
nobody_waits_for_a_map

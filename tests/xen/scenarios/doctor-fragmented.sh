# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=600
# dom0's free memory in pieces: by pages that move, which the doctor gathers,
# and by pages that do not, where it says that it is no better.

. /bed/doctor.sh

# The kernel gathers of its own accord what can be moved, each half second.
echo 0 >/proc/sys/vm/compaction_proactiveness

refute is_fragmented

# Every second page of all memory: the others can be moved together.
sicken 60 halves
assert is_fragmented
result movable_severity "$(found fragmented severity)"
assert_eq "$(found fragmented fixable)" true "whether it can be mended"
assert_status 0 fix_fragmented
assert_eq "$(said remedy)" compact "the remedy"
assert_eq "$(said result)" cured "compaction ($(said why))"
result compact_before "$(said before)"
result compact_after "$(said after)"
heal

# One page of eight in a third of memory is the kernel's, and what could be
# moved has nowhere to go.
sicken 90 pipes $((300 * 1024))
also_sick 60 holds
assert is_fragmented
assert_status 64 fix_fragmented
assert_eq "$(said remedy)" compact "the remedy"
assert_eq "$(said result)" "no better" "compaction"
result pinned_before "$(said before)"
result pinned_after "$(said after)"
heal

# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=400
# dom0's free memory in pieces, by the kernel's names of files: they do not
# move, so that compaction is no better, and are dropped with the caches.

. /bed/doctor.sh

# The kernel gathers of its own accord what can be moved; and where it takes a
# block of pages for another use it drops caches ahead of need, which are the
# names (boost_watermark, mm/page_alloc.c).
echo 0 >/proc/sys/vm/compaction_proactiveness
echo 0 >/proc/sys/vm/watermark_boost_factor

refute is_fragmented

sicken 240 names $((48 * 1024))
result available_kb "$(meminfo_kb MemAvailable)"
result names_kb "$(meminfo_kb SReclaimable)"
assert is_fragmented
# What is left to be found is that the process that took the rest has it.
assert_status 3 fix_fragmented
assert_eq "$(found low-memory severity)" warning "what is left"
assert_eq "$(said remedy)" compact "the first remedy"
assert_eq "$(said result)" "no better" "compaction"
assert_eq "$(said remedy 1)" drop-caches "the second remedy"
assert_eq "$(said result 1)" cured "dropping caches ($(said why 1))"
result drop_before "$(said before 1)"
result drop_after "$(said after 1)"
refute is_fragmented
heal

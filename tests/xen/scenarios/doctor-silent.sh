# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=120
# A xenstored that hangs: what else is wrong with dom0 is found all the same,
# and that it hangs; when it goes on the host is healthy.

. /bed/doctor.sh

r=0
assert doctor
pid=$(pidof xenstored oxenstored)
kill -STOP "$pid"
mkdir -p /run/fills
mount -t tmpfs -o size=100% none /run/fills
dd if=/dev/zero of=/run/fills/file bs=1M \
    count=$(($(meminfo_kb MemAvailable) / 1024 - 60))
doctor || r=$?
kill -CONT "$pid"
cat "$SAID"
assert_eq "$r" 3 "the exit status"
assert_eq "$(found xenstored-silent severity)" critical "a silent xenstored"
assert_eq "$(found low-memory severity)" warning "what else is wrong"
umount /run/fills
wait_for 20 doctor

/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor's rules over a kernel's own memory; see rules.h. */
#ifndef XLMEM_MODEL_DOCTOR_RULES_MEMORY_H
#define XLMEM_MODEL_DOCTOR_RULES_MEMORY_H

/* clang-format off */
#define XLMEM__DOCTOR_RULES_MEMORY(X)                                         \
    X(INCONSISTENT, "capture-inconsistent", NOTE,                             \
      NEEDS(MEM) | NEEDS(BUDDY), inconsistent,                                \
      "two files are of different moments, or of different machines",         \
      "MemFree says {1} free and buddyinfo {2}: they are not of one moment "  \
      "(or meminfo is a container's), and nothing is judged by both.",        \
      NULL, NULL,                                                             \
      "The kernel keeps the two in step but for some MiB on its CPUs' own "   \
      "lists. Where they differ by more than a tenth, one was recorded "      \
      "later, or in a container that shows its own meminfo.",                 \
      "grep MemFree /proc/meminfo; cat /proc/buddyinfo",                      \
      "9.7 GB free beside free lists of 104 GB: meminfo was from the "        \
      "trouble, buddyinfo from after its cure.")                              \
    X(FRAGMENTED, "fragmented", WARNING, NEEDS(BUDDY), fragmented,            \
      "free memory lies in pieces too small for the kernel's requests",       \
      NULL,                                                                   \
      "echo 1 > /proc/sys/vm/compact_memory\n"                                \
      "sync; echo 3 > /proc/sys/vm/drop_caches; "                             \
      "echo 1 > /proc/sys/vm/compact_memory",                                 \
      "compaction drains every CPU's lists and holds zone locks: 0.2 s on a " \
      "small machine, seconds with hundreds of GB; at most once in 10 "       \
      "minutes, not with hung tasks; dropped caches are read again",          \
      "Block back ends and network drivers ask for pieces of 4 and 8 pages "  \
      "(orders 2 and 3). Without one of order 2 in the zone that kernel "     \
      "requests go to first something fails now; with fewer than 512 of "     \
      "order 3, and 95 % of what is free in smaller ones, the next guest's "  \
      "disk may. Pages that are pinned, granted or the kernel's own do not "  \
      "move. What lasts is more memory for the host and less for guests.",    \
      "cat /proc/buddyinfo  # column n: free blocks of 2^n pages",            \
      "A host of 400 GB with 47 GB free and no block above order 1: load "    \
      "150, failed transmissions, the OOM killer. Compaction gave one zone "  \
      "9429 blocks of order 3 in place of 7.")                                \
    X(LOW, "low-memory", WARNING, NEEDS(MEM), low_memory,                     \
      "little memory can be had without taking it from somebody",             \
      NULL,                                                                   \
      "grep -H VmRSS /proc/[0-9]*/status | sort -rnk2 | head -n 3",           \
      NULL,                                                                   \
      "What counts is MemAvailable, not MemFree: a page cache is given up "   \
      "when asked for. Kernels before 3.14 do not have it; then it is "       \
      "estimated. What cures it is to end or limit what holds the memory, "   \
      "to give dom0 more (xl memguard dom0 SIZE), or fewer guests.",          \
      "grep -E 'MemTotal|MemAvailable' /proc/meminfo; "                       \
      "cat /proc/pressure/memory",                                            \
      "A dom0 of 1.6 GiB with 98 MiB available: a monitoring agent had "      \
      "grown to 1.0 GB over 1500 starts of guests.")                          \
    X(CACHE_HELD, "cache-held", NOTE, NEEDS(MEM) | NEEDS(CACHE), cache_held,  \
      "the page cache holds what would go quicker if it were free",           \
      NULL,                                                                   \
      "sync; echo 1 > /proc/sys/vm/drop_caches",                              \
      "guests' disks on files, tapdisk or cache=writeback are read again "    \
      "from the medium; not while I/O is short (pressure/io some avg10 20 "   \
      "or more), not twice in an hour",                                       \
      "It frees nothing that MemAvailable did not count already: a remedy "   \
      "for stalls and fragmentation, never for a shortage.",                  \
      "grep -E '^(Buffers|Cached|Shmem|Dirty)' /proc/meminfo; "               \
      "cat /proc/loadavg",                                                    \
      "A dom0 of 16 GB at load 28 with 7.1 GB of page cache: dropping it "    \
      "brought the load down, slowly.")                                       \
    X(SLAB_RECLAIMABLE, "slab-reclaimable", NOTE,                             \
      NEEDS(MEM) | NEEDS(SRECLAIMABLE), slab_reclaimable,                     \
      "the kernel's caches of files and names are large",                     \
      "{1} of {2} are slab that the kernel gives back when asked for.",       \
      "sync; echo 2 > /proc/sys/vm/drop_caches",                              \
      "names and inodes are read again from the medium",                      \
      "Harmless by itself: it is counted in MemAvailable.",                   \
      "grep SReclaimable /proc/meminfo; slabtop -o -s c | head",              \
      "A server of 24 GB with 14.1 GiB of slab, all but 64 MiB of it "        \
      "reclaimable, and healthy.")                                            \
    X(SLAB_UNRECLAIMABLE, "slab-unreclaimable", WARNING, 0,                   \
      slab_unreclaimable,                                                     \
      "the kernel itself holds much and does not give it back",               \
      NULL, "slabtop -o -s c | head -n 12", NULL,                             \
      "A leak of the kernel or of a driver, or the cache of ZFS (ARC), "      \
      "which is limited by zfs_arc_max. On a 32-bit kernel low memory is "    \
      "all that it can use, whatever HighMem has free.",                      \
      "grep SUnreclaim /proc/meminfo; "                                       \
      "grep -E '^(size|c_min|c_max) ' /proc/spl/kstat/zfs/arcstats",          \
      "A 32-bit dom0 whose low memory was slab by 56 %: the OOM killer took " \
      "the machine down beside 829 MB of free HighMem.")                      \
    X(UNACCOUNTED, "unaccounted", NOTE, NEEDS(MEM) | NEEDS(PARTS),            \
      unaccounted,                                                            \
      "memory is used by something that the kernel does not list",            \
      NULL, NULL, NULL,                                                       \
      "Drivers, the cache of ZFS and hypervisors take whole pages that no "   \
      "line of meminfo has. A tenth of memory is more than they need as a "   \
      "rule (recorded hosts: 1 % at most). If it grows from day to day, a "   \
      "driver leaks.",                                                        \
      "cat /proc/meminfo; ls /proc/spl/kstat/zfs; lsmod",                     \
      "A recorded dom0 of 3.5 GiB: 17.7 MiB; with a driver that leaks, a "    \
      "few MiB more each day.")                                               \
    X(SWAP_FULL, "swap-full", NOTE, NEEDS(MEM) | NEEDS(SWAP), swap_full,      \
      "next to nothing is left of the swap",                                  \
      "{1} of {2} of swap are free.", NULL, NULL,                             \
      "By itself it says nothing: what was swapped out once stays there. "    \
      "It matters with low-memory, or while pages come back (pswpin rises).", \
      "grep Swap /proc/meminfo; grep pswp /proc/vmstat",                      \
      "500 MB of swap, full, on a host of 400 GB: 0.1 % of its memory.")      \
    X(SWAP_ON_ZFS, "swap-on-zfs", NOTE, NEEDS(SWAPS), swap_on_zfs,            \
      "swap lies on a ZFS volume",                                            \
      "{1} of swap are on a ZFS volume: to swap out, ZFS asks for memory "    \
      "itself, and a host that is short may stand still.",                    \
      NULL, NULL,                                                             \
      "ZFS needs memory to write. Where the kernel writes there to get some " \
      "the two can wait for each other. Move swap to a partition, or do "     \
      "without.",                                                             \
      "cat /proc/swaps",                                                      \
      "/dev/zd0, 8 GiB: the host hung with swap hardly used.")                \
    X(OVERCOMMITTED, "overcommitted", WARNING,                                \
      NEEDS(MEM) | NEEDS(COMMITTED), overcommitted,                           \
      "processes were promised far more than there is",                       \
      NULL, "grep -H VmSize /proc/[0-9]*/status | sort -rnk2 | head",         \
      NULL,                                                                   \
      "Committed_AS is what would be needed if all that was asked for were "  \
      "touched. More than memory and swap is normal; three times as much "    \
      "is processes without number. With overcommit_memory = 2 the kernel "   \
      "refuses at CommitLimit.",                                              \
      "grep Commit /proc/meminfo; cat /proc/sys/vm/overcommit_memory",        \
      "117 GiB promised in a dom0 of 18.6 GiB with 7810 tasks, most of them " \
      "waiting for one another.")                                             \
    X(HUGEPAGES_IDLE, "hugepages-idle", NOTE,                                 \
      NEEDS(MEM) | NEEDS(HUGE), hugepages_idle,                               \
      "huge pages were set aside and nobody uses them",                       \
      "{1} of huge pages are set aside and not used, while memory is short.", \
      "sysctl vm.nr_hugepages=N", "guests that are started with huge pages "  \
      "later find none",                                                      \
      "They count as used, and nothing but huge pages can be made of them.",  \
      "grep Huge /proc/meminfo",                                              \
      "64 GiB set aside for guests that were moved away; the host's own "     \
      "processes were swapping.")                                             \
    X(LOAD_STUCK, "load-stuck", WARNING, NEEDS(LOAD), load_stuck,             \
      "tasks wait for something that does not come",                          \
      NULL, "echo w > /proc/sysrq-trigger; dmesg | tail -n 100", NULL,        \
      "The load counts tasks that run and tasks that wait uninterruptibly. "  \
      "A hundred of load with next to none running is tasks behind one "      \
      "lock or one device. Do not look with ps: it reads command lines, "     \
      "and waits as they do.",                                                \
      "cat /proc/loadavg  # 4th field: tasks that run/all",                   \
      "Load 6061 with 2 tasks running: each ps hung in proc_pid_cmdline "     \
      "behind the lock of one process.")                                      \
    X(BOOT_HASH, "boot-hash-tables", WARNING, NEEDS(HASH), boot_hash,         \
      "the kernel's tables were sized for the whole machine",                 \
      NULL, "xl memguard size\nxl memguard grub apply",                       \
      "counts from the next boot on",                                         \
      "Tables for names, inodes and connections are sized at boot for all "   \
      "that dom0 may ever get. A dom0 that starts small on a large machine "  \
      "pays for all of it, or cannot boot. dom0_mem=SIZE,max:SIZE on Xen's "  \
      "line sizes them for SIZE.",                                            \
      "dmesg | grep 'hash table entries'",                                    \
      "128 GB and no dom0_mem=: tables of 256 and 128 MiB, and \"Kernel "     \
      "panic - not syncing: Out of low memory\". dom0_mem=2G cured it.")      \
    X(STUCK_MMAP, "stuck-mmap-lock", WARNING, NEEDS(PROCS), stuck_mmap,       \
      "threads wait for the lock of a process' memory map",                   \
      NULL, "cat /proc/{i}/stack", NULL,                                      \
      "Whoever reads such a process' command line or map waits too (ps, "     \
      "top, pgrep -f). Read stat, status, wchan and stack only. Behind it "   \
      "is often a page fault that waits for memory or for a device.",         \
      "grep -l rwsem_down /proc/[0-9]*/task/[0-9]*/wchan",                    \
      "call_rwsem_down_read_failed below do_page_fault in one process, and "  \
      "6000 tasks behind it.")                                                \
    X(XENSTORED_BUSY, "xenstored-busy", WARNING,                              \
      NEEDS(PROCS) | NEEDS(AGAIN), xenstored_busy,                            \
      "xenstored is busy, and every domain waits for it",                     \
      "xenstored used {1} ms of CPU in {2} ms: whatever starts, stops or "    \
      "changes a domain waits for it.", "xenstore-watch /local/domain", NULL, \
      "Somebody reads or watches the whole store, or a guest writes without " \
      "end. Which one is seen by what changes.",                              \
      "top -b -n1 -p $(pidof xenstored)",                                     \
      "xenstored at 33 % of a CPU for days beside a load of 28.")             \
    X(XENSTORED_SILENT, "xenstored-silent", CRITICAL, NEEDS(PROCS),           \
      xenstored_silent,                                                       \
      "xenstored does not answer as it should",                               \
      NULL, NULL, NULL,                                                       \
      "It was asked twice, or waited for; a message says what it did. Of "    \
      "Xen and its domains nothing can be judged. Where it is silent guests " \
      "go on running, none can be started, ended, moved or given a device, "  \
      "and xl hangs. One that was stopped goes on with kill -CONT. One that " \
      "was killed has lost what guests and back ends told it, and a new one " \
      "does not help them: shut the guests down from inside, and reboot. "    \
      "Where it answers by hand, neither is called for.",                     \
      "timeout 5 xenstore-read domid || echo silent",                         \
      "A dom0 whose OOM killer took xenstored: the guests ran on, and each "  \
      "xl list hung.")
/* clang-format on */

#endif /* XLMEM_MODEL_DOCTOR_RULES_MEMORY_H */

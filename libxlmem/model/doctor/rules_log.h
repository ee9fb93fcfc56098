/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor's rules over what logs say has happened; see rules.h. */
#ifndef XLMEM_MODEL_DOCTOR_RULES_LOG_H
#define XLMEM_MODEL_DOCTOR_RULES_LOG_H

/* clang-format off */
#define XLMEM__DOCTOR_RULES_LOG(X)                                            \
    X(ALLOC_FAILED, "alloc-failed", WARNING, NEEDS(LOG), alloc_failed,        \
      "the kernel asked itself for memory and did not get it",                \
      NULL, "echo 1 > /proc/sys/vm/compact_memory", "as for fragmented",      \
      "Up to order 3 the kernel reclaims and finally kills; above it gives "  \
      "up and logs. Who may not wait (atomic) can do neither: packets are "   \
      "lost. Callers that asked for no effort retry or do without.",          \
      "dmesg | grep -A 20 'page allocation failure'",                         \
      "order:4, mode:0x20 (atomic) below skb_copy: a network driver that "    \
      "copies whole frames, and loses them.")                                 \
    X(OOM_KILL, "oom-kill", CRITICAL, NEEDS(LOG), oom_kill,                   \
      "the kernel killed a process for memory",                               \
      NULL, NULL, NULL,                                                       \
      "Order 0: memory was exhausted. Order 1 to 3 with free memory above "   \
      "the zone's mark: none of it was in large enough pieces "               \
      "(fragmented). Look at whom it took: without xenstored nothing "        \
      "but a reboot of the host helps.",                                      \
      "dmesg | grep -E -A 40 'invoked oom-killer|Killed process'",            \
      "order=3 with 7.4 GB of 7.7 GB of swap free: a desktop dom0 whose X "   \
      "was killed weekly.")                                                   \
    X(OOM_CGROUP, "oom-cgroup", WARNING, NEEDS(LOG), oom_cgroup,              \
      "a group of processes reached its own limit",                           \
      NULL, "systemd-cgtop -m -n 1", NULL,                                    \
      "The limit of a service or container (MemoryMax=), not the host's "     \
      "memory: nothing is short but for it.",                                 \
      "dmesg | grep -B 2 'Memory cgroup out of memory'",                      \
      "A backup service with MemoryMax=2G, killed each night on a host with " \
      "30 GB available.")                                                     \
    X(NETBACK_SQUEEZE, "netback-squeeze", CRITICAL, NEEDS(LOG), squeeze,      \
      "the network back end gets no memory from Xen",                         \
      "The network back end found no memory in Xen, {1} times: guests lose "  \
      "packets or their network.", "xl memguard grub apply",                  \
      "counts from the next boot on",                                         \
      "Kernels 2.6.16 to 2.6.32 of Xen's own tree alone. dom0's buffers "     \
      "were sized at boot for the whole machine: fix its size with "          \
      "dom0_mem=, so that it is not shrunk by each start.",                   \
      "dmesg | grep 'Memory squeeze'",                                        \
      "14 guests on 8 GiB, most of them unreachable until dom0_mem=256000 "   \
      "was set.")                                                             \
    X(BACKEND_NOMEM, "backend-nomem", CRITICAL, NEEDS(LOG), backend,          \
      "a guest's device did not come up for lack of memory",                  \
      NULL, NULL, NULL,                                                       \
      "dom0 had no memory, or none in one piece, when the device was "        \
      "connected. Cure low-memory or fragmented first, then detach and "      \
      "attach the device (xl network-detach, xl block-detach).",              \
      "dmesg | grep -E 'xen-blkback|vif|xenbus' | grep -E -- '-12|memory'",   \
      "xen-blkback: xen_blkbk_map: out of memory.")                           \
    X(BALLOON_HOTPLUG, "balloon-hotplug", WARNING, NEEDS(LOG), hotplug,       \
      "dom0's kernel could not add the memory it was given",                  \
      NULL, NULL, NULL,                                                       \
      "Its target is above what it has addresses for, and adding them "       \
      "failed: -12 no memory to describe it, -17 the range is taken, -22 "    \
      "it does not fit. Lower the target, or boot with a higher max:.",       \
      "dmesg | grep -i 'xen.*balloon'",                                       \
      "xen:balloon: Cannot add additional memory (-17), once an hour.")       \
    X(BALLOON_DEAD, "balloon-dead", CRITICAL, NEEDS(LOG), balloon_dead,       \
      "dom0's balloon does not run any more",                                 \
      NULL, NULL, NULL,                                                       \
      "Nothing moves dom0's memory until it is booted again; creates that "   \
      "wait for it wait in vain.",                                            \
      "dmesg | grep -B 5 -A 20 balloon_",                                     \
      "An oops with increase_reservation in RIP.")                            \
    X(HUNG_TASK, "hung-task", WARNING, NEEDS(LOG), hung_task,                 \
      "a task waits since minutes",                                           \
      NULL, "cat /proc/{i}/stack", NULL,                                      \
      "xenwatch, xenbus and xenstored stand for all guests: while they "      \
      "wait no device connects and no domain starts. The kernel tells of "    \
      "ten and is silent then.",                                              \
      "dmesg | grep 'blocked for more than'",                                 \
      "INFO: task xenwatch:42 blocked for more than 120 seconds.")            \
    X(SWIOTLB_REQUEST, "swiotlb-request", WARNING, NEEDS(LOG), swiotlb_large, \
      "a driver asks for a larger bounce buffer than there can be",           \
      "{s} asks for {1} of bounce buffer in one piece, and one piece has at " \
      "most {2}: it never fits, however large the pool is.", NULL, NULL,      \
      "dom0's memory is not contiguous for the device, and a bounce buffer "  \
      "(128 slots of 2 KiB) cannot stand in. Newer hypervisors and kernels "  \
      "help, swiotlb= does not.",                                             \
      "dmesg | grep 'swiotlb buffer is full'",                                \
      "2 097 152 bytes asked, 262 144 at most, 0 of 32 768 slots used.")      \
    X(SWIOTLB_FULL, "swiotlb-full", WARNING, NEEDS(LOG), swiotlb_full,        \
      "the pool of bounce buffers did not have what was asked for",           \
      NULL, NULL, NULL,                                                       \
      "More transfers at once than the pool holds, or a driver that does "    \
      "not give back. Where slots were free, none lay together.",             \
      "dmesg | grep 'swiotlb buffer is full'",                                \
      "32 700 of 32 768 slots used by one storage driver.")                   \
    X(GRANT_FRAMES, "grant-frames", WARNING, NEEDS(LOG), grant_frames,        \
      "this kernel may share no more pages with other domains",               \
      "The grant table is full, {1} times: it has {2} frames, of at most "    \
      "{3}.", NULL, NULL,                                                     \
      "A limit of the domain, not of memory: gnttab_max_frames= for dom0, "   \
      "max_grant_frames= in a domU's file.",                                  \
      "dmesg | grep max_grant_frames",                                        \
      "max_grant_frames reached cur=64 extra=1 limit=64.")                    \
    X(DOM0_CRASHED, "dom0-crashed", CRITICAL, NEEDS(RING), dom0_crashed,      \
      "dom0 crashed",                                                         \
      "Xen tells that dom0 crashed.", NULL, NULL,                             \
      "The reason stands before it, in what dom0 printed last.",              \
      "xl dmesg | grep -B 20 'Domain 0 crashed'",                             \
      "Domain 0 crashed: rebooting machine in 5 seconds.")                    \
    X(POD, "pod-exhausted", WARNING, NEEDS(RING), pod,                        \
      "memory promised to a guest on demand was not there",                   \
      NULL, NULL, NULL,                                                       \
      "A guest that starts with memory below maxmem must balloon down "       \
      "before it touches the rest; one without a driver cannot. "             \
      "Set memory = maxmem in its file. Neither Xen nor dom0 is short, but "  \
      "for \"Unable to allocate page for PoD cache\": then Xen had no page "  \
      "left for a guest that was being built or given memory.",               \
      "xl dmesg | grep -i ' PoD '",                                           \
      "400 MiB of 4000 MiB: crashed while booting.")                          \
    X(PAGING_POOL, "paging-pool-exhausted", WARNING, NEEDS(RING), paging,     \
      "a guest's paging pool was too small",                                  \
      "Domain {i} ran out of the memory that Xen keeps its page tables in, "  \
      "and was crashed.", NULL, NULL,                                         \
      "Set shadow_memory= in its file: 1 MiB for each vCPU and 8 KiB for "    \
      "each MiB are what it has unless it says more.",                        \
      "xl dmesg | grep 'failed to set entry'",                                \
      "d7v0 failed to set entry for 10000 -> 20000 altp2m 0, rc -12.")        \
    X(OVER_ALLOCATION, "over-allocation", NOTE, NEEDS(RING), over_allocation, \
      "a guest asked Xen for more than it may have",                          \
      "Domain {i} may have {2} and asked for {3} more.", NULL, NULL,          \
      "Its balloon was given a higher target than maxmem allows. Xen says "   \
      "so with guest_loglvl=all only.",                                       \
      "xl dmesg | grep Over-allocation; xl list -l DOMAIN | grep maxmem",     \
      "d0v1 Over-allocation for d5: 262401 > 262400.")                        \
    X(QUOTA, "xenstored-quota", WARNING, NEEDS(STORE), quota,                 \
      "a guest used up what it may store in xenstore",                        \
      NULL, NULL, NULL,                                                       \
      "Beyond the hard quota xenstored does not listen to it any more: its "  \
      "balloon and devices stand still.",                                     \
      "grep -rE '(exceeds .* memory|entry:) quota' /var/log",                 \
      "Domain 12 exceeds hard memory quota, Xenstore interface to domain "    \
      "stalled.")
/* clang-format on */

#endif /* XLMEM_MODEL_DOCTOR_RULES_LOG_H */

/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor's rules over Xen, balloons and sizes; see rules.h. */
#ifndef XLMEM_MODEL_DOCTOR_RULES_XEN_H
#define XLMEM_MODEL_DOCTOR_RULES_XEN_H

/* clang-format off */
#define XLMEM__DOCTOR_RULES_XEN(X)                                            \
    X(BALLOON_STUCK, "balloon-stuck", WARNING, NEEDS(BALLOON),                \
      balloon_stuck,                                                          \
      "dom0's balloon is far from its target",                                \
      NULL, NULL, NULL,                                                       \
      "Above its target dom0 gives only what it has available; of a dom0 "    \
      "without max: 1/64 of the machine is spent on describing it. Below it " \
      "Xen may be empty, or dom0's maxmem or its p2m too small. A balloon "   \
      "that gave up (four tries) sleeps for an hour or until the target "     \
      "changes. For good: dom0_mem=SIZE,max:SIZE.",                           \
      "cd /sys/devices/system/xen_memory/xen_memory0; cat target_kb "         \
      "info/current_kb",                                                      \
      "64 GB without max:: asked for 3.4 GiB, dom0 stayed at 4.8 GiB, and "   \
      "no guest started beside gigabytes that free showed.")                  \
    X(BALLOON_OFF, "balloon-off-target", NOTE, NEEDS(BALLOON), balloon_off,   \
      "dom0's balloon is not at its target",                                  \
      "dom0 has {1} and its target is {2}; whether it still moves, one "      \
      "reading does not tell.",                                               \
      "xl memguard doctor --watch 40", NULL,                                  \
      "On its way, or stuck: a second reading tells.",                        \
      "cd /sys/devices/system/xen_memory/xen_memory0; cat target_kb "         \
      "info/current_kb",                                                      \
      "100 MiB above the target a second after xl mem-set.")                  \
    X(HOTPLUG_OFFLINE, "hotplug-offline", WARNING, NEEDS(BLOCKS), offline,    \
      "added memory is not used",                                             \
      "{1} of memory were added and are offline: nobody uses them.",          \
      "for s in /sys/devices/system/memory/memory*/state; do grep -q "        \
      "offline $s && echo online > $s; done",                                 \
      "describing it takes 1/64 of it from what is free",                     \
      "What a balloon adds is used only when somebody sets it online: a "     \
      "udev rule, or auto_online_blocks.",                                    \
      "grep -l offline /sys/devices/system/memory/memory*/state; cat "        \
      "/sys/devices/system/memory/auto_online_blocks",                        \
      "dom0 raised from 16 to 18 GiB, and MemTotal as before.")               \
    X(CONTRADICT, "targets-contradict", WARNING,                              \
      NEEDS(DOMS) | NEEDS(TARGETS), contradict,                               \
      "a domain's sizes contradict each other",                               \
      NULL, NULL, NULL,                                                       \
      "libxl keeps target <= static-max and target + video memory <= "        \
      "maxmem. Where they are not, the balloon aims at what it may not "      \
      "have. Raise static-max or maxmem; to lower the target shrinks the "    \
      "guest.",                                                               \
      "xenstore-ls /local/domain/ID/memory; xl list -l ID",                   \
      "static-max 1 GiB and target 2 GiB after a write by hand.")             \
    X(NO_MAX, "no-max", NOTE,                                                 \
      NEEDS(LINE) | NEEDS(TOTAL) | NEEDS(DOMS), no_max,                       \
      "dom0 describes all of the host's memory to itself",                    \
      "Without max: in dom0_mem= dom0 keeps {1} for memory that it will "     \
      "never have, of the {2} it has.",                                       \
      "xl memguard size\nxl memguard grub apply",                             \
      "counts from the next boot on",                                         \
      "struct page, P2M and tables are built at boot for all that dom0 may "  \
      "get: 1/64 of the machine. dom0_mem=SIZE,max:SIZE ends that; then "     \
      "dom0 grows above SIZE by hotplug only.",                               \
      "xl info | grep xen_commandline; grep MemTotal /proc/meminfo",          \
      "dom0_mem=2G on a host of 64 GiB: MemTotal is 446 MiB less than with "  \
      "max:2G.")                                                              \
    X(RELEASED, "released-not-taken", WARNING,                                \
      NEEDS(LINE) | NEEDS(BALLOON) | NEEDS(FREE), released,                   \
      "dom0 gave memory away at boot and never took it back",                 \
      "dom0 was booted with {1}, has {2}, and nobody asked it to give any: "  \
      "its kernel released the rest at boot.",                                \
      "xl mem-set 0 {1m}M", NULL,                                             \
      "A kernel of Linux 3.x that finds holes in its map gives those pages "  \
      "back to Xen and does not claim them again.",                           \
      "cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb; "      \
      "xl info | grep -E 'xen_commandline|free_memory'",                      \
      "dom0_mem=2G and 1.7 GiB in use, with 300 MiB idle in Xen.")            \
    X(SHRUNK, "dom0-shrunk", NOTE, NEEDS(FREE) | NEEDS(TOTAL), dom0_shrunk,   \
      "dom0 was shrunk for guests that are gone",                             \
      "dom0 has {1}, and {2} are idle in Xen: where dom0 was booted with "    \
      "all memory, it was shrunk for guests and nobody raises it again. "     \
      "New guests can use what Xen has.",                                     \
      NULL, NULL,                                                             \
      "Nothing leaks. xl takes from dom0 for each guest (autoballoon) and "   \
      "gives nothing back. Fix dom0's size: dom0_mem=SIZE,max:SIZE and "      \
      "autoballoon=\"off\".",                                                 \
      "xl info | grep free_memory; xl list 0",                                \
      "32 GiB, no guests, dom0 at 11.4 GiB, Xen with 19.5 GiB: reported as "  \
      "a leak until reboot.")                                                 \
    X(AUTO, "autoballoon", WARNING, NEEDS(AUTO), auto_on,                     \
      "xl takes dom0's memory for guests by itself",                          \
      "autoballoon is in force: xl shrinks dom0 for each guest that is "      \
      "created and gives nothing back. Write autoballoon=\"off\" into "       \
      "/etc/xen/xl.conf.",                                                    \
      NULL, "creates that do not fit fail, instead of shrinking dom0",        \
      "dom0's buffers were sized for what it had. With the guard its own "    \
      "plan makes room, down to a floor.",                                    \
      "grep autoballoon /etc/xen/xl.conf; xl info | grep xen_commandline",    \
      "dom0 went from 30 to 2 GiB over a day of creates.")                    \
    X(DOM0_SIZE, "dom0-size", NOTE,                                           \
      NEEDS(TOTAL) | NEEDS(DOMS) | NEEDS(MEM), dom0_size,                     \
      "dom0 is much larger or smaller than it need be",                       \
      "dom0 was given {1}; for this host {2} are advised.",                   \
      "xl memguard size\nxl memguard grub apply",                             \
      "counts from the next boot on",                                         \
      "The advice counts the guests that run and what the machine has; it "   \
      "does not know what else dom0 is used for.",                            \
      "xl memguard size --compare",                                           \
      "16 GiB for a dom0 whose two guests need it to have 1.5.")              \
    X(XEN_LOW, "xen-low", WARNING,                                            \
      NEEDS(FREE) | NEEDS(LINE) | NEEDS(DOMS), xen_low,                       \
      "Xen has next to nothing free",                                         \
      "Xen has {1} free: the next create, migration or large device fails.",  \
      "xl memguard status", NULL,                                             \
      "Below 72 MiB no domain can be built, and Xen's own needs (page "       \
      "tables, grants) may fail. Shut a guest down, or shrink dom0 to make "  \
      "room (xl memguard dom0 SIZE).",                                        \
      "xl info | grep -E 'free_memory|outstanding'",                          \
      "3 MiB free, and xl create: failed to free memory for the domain.")     \
    X(OVER_PROMISED, "over-promised", NOTE,                                   \
      NEEDS(DOMS) | NEEDS(TARGETS) | NEEDS(TOTAL), over_promised,             \
      "domains may grow to more than there is",                               \
      NULL, NULL, NULL,                                                       \
      "Not all of them can be as large as they may be at the same time: "     \
      "balloons have to hold, and a reboot of one may not find its memory.",  \
      "xl list -l | grep -E 'max_memkb|target_memkb'",                        \
      "Twelve guests of up to 4 GiB on a host of 32 GiB.")                    \
    X(DYING, "dying-holds", WARNING, NEEDS(DOMS) | NEEDS(AGAIN), dying,       \
      "a domain is dying and somebody keeps its memory",                      \
      NULL,                                                                   \
      "xl debug-keys g\nxl dmesg", NULL,                                      \
      "Its pages come back when the last grant of them is unmapped: "         \
      "persistent grants of blkback, packets in flight, a QEMU that hangs.",  \
      "xl list  # State has a d",                                             \
      "A stopped guest that kept 2 GiB until its NBD server was killed.")
/* clang-format on */

#endif /* XLMEM_MODEL_DOCTOR_RULES_XEN_H */

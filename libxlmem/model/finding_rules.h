/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * All that can be found, in one table.  Ids are stable: scripts and the manual
 * know them.
 *
 *     FOUND(NAME, id, severity, views, about)
 *         by a decision on its way, which writes the sentence; @about begins
 *         it, or says what it means
 *     JUDGED(NAME, id, severity, views, needs, judge,
 *            about, text, remedies, risk)
 *         by a function over facts; needs, judge, templates: model/finding.h;
 *         without a text it writes the sentence as well
 *
 * docs/design/findings.md tells how one is added.
 */
#ifndef XLMEM_MODEL_FINDING_RULES_H
#define XLMEM_MODEL_FINDING_RULES_H

#include "private/all.h"

/* The verdict's own line has these in figures. */
#define XLMEM__FIGURES (1u << 31)

/* Facts that rules need, and the files that captures have them in. */
#define XLMEM__FACTS(X)                                                       \
    X(BOOKS, "xl/info", "xl/list")                                            \
    X(DOMAINS, "xl/list", NULL)                                               \
    X(TOTAL, "xl/info", NULL)                                                 \
    X(TARGET, "sys/devices/system/xen_memory/xen_memory0/target_kb", NULL)    \
    X(FLOOR, "proc/meminfo", NULL)                                            \
    X(POLICY, "etc/xen/memguard.conf", NULL)                                  \
    X(AUTOBALLOON, "etc/xen/xl.conf", NULL)                                   \
    X(GUARDED, "usr/sbin/xl", NULL)                                           \
    X(LIVE, "etc/xen/memguard.conf", NULL)                                    \
    X(LEDGER, "run/xlmem/ledger", NULL)                                       \
    X(DAEMON, "xenstore/ls", NULL)

enum {
#define XLMEM__FACT_NR(name, file, other) XLMEM__FACT_##name,
    XLMEM__FACTS(XLMEM__FACT_NR)
#undef XLMEM__FACT_NR
        XLMEM__NR_FACTS
};

enum {
#define XLMEM__NEED_BIT(name, file, other)                                    \
    XLMEM__NEEDS_##name = 1 << XLMEM__FACT_##name,
    XLMEM__FACTS(XLMEM__NEED_BIT)
#undef XLMEM__NEED_BIT
};

/* clang-format off */
#define XLMEM__RULES(FOUND, JUDGED)                                           \
    /* ---- dom0_mem= on a command line: lint*.c ---- */                      \
    FOUND(EQUALS_SIGN, "equals-sign", ERROR, LINT,                            \
          "max and min take a colon")                                         \
    FOUND(BLANK, "blank", ERROR, LINT, "a blank ends the option")             \
    FOUND(BYTE_SUFFIX, "byte-suffix", ERROR, LINT, "a unit is one letter")    \
    FOUND(FRACTION, "fraction", ERROR, LINT, "a size is a whole number")      \
    FOUND(PERCENT_RANGE, "percent-range", ERROR, LINT,                        \
          "a percentage is below 100")                                        \
    FOUND(QUOTED, "quoted", ERROR, LINT, "Xen knows no quotes")               \
    FOUND(BAD_COMPONENT, "bad-component", ERROR, LINT,                        \
          "an item is [min:|max:][-]SIZE, PERCENT% or SIZE+PERCENT%")         \
    FOUND(EMPTY, "empty", ERROR, LINT, "nothing is given")                    \
    FOUND(MISSPELT, "misspelt", ERROR, LINT,                                  \
          "the name is dom0_mem, then \"=\"")                                 \
    FOUND(NEGATED, "negated", ERROR, LINT, "dom0_mem cannot be negated")      \
    FOUND(AFTER_DASHES, "after-dashes", ERROR, LINT,                          \
          "what follows \" -- \" is for dom0's kernel")                       \
    FOUND(LINUX_SIDE, "linux-side", ERROR, LINT,                              \
          "dom0_mem is no option of Linux")                                   \
    FOUND(TOO_LONG, "too-long", ERROR, LINT,                                  \
          "Xen reads 127 characters of an option")                            \
    FOUND(WRAPPED, "wrapped", ERROR, LINT, "a number is 2^64 bytes or more")  \
    FOUND(UNIT_LESS, "unit-less", ERROR, LINT,                                \
          "a number without unit is KiB")                                     \
    FOUND(OCTAL, "octal", ERROR, LINT, "a leading 0 means octal")             \
    FOUND(ZERO, "zero", ERROR, LINT, "an amount below one page")              \
    FOUND(MIN_ABOVE_MAX, "min-above-max", ERROR, LINT, "max beats min")       \
    FOUND(SIZE_ABOVE_MAX, "size-above-max", ERROR, LINT | PREDICT,            \
          "max beats the size")                                               \
    FOUND(SIZE_BELOW_MIN, "size-below-min", ERROR, LINT,                      \
          "min beats the size")                                               \
    FOUND(DISAGREE, "disagree", ERROR, LINT, "given twice, and not alike")    \
    FOUND(MINUS_ABOVE_HOST, "minus-above-host", ERROR, LINT,                  \
          "more is subtracted than there is")                                 \
    FOUND(NO_DOM0_MEM, "no-dom0-mem", WARNING, LINT | PREDICT,                \
          "dom0 is not limited at all")                                       \
    FOUND(NO_MAX, "no-max", WARNING, LINT | PREDICT,                          \
          "dom0 prepares for memory it never gets")                           \
    FOUND(TOO_SMALL, "too-small", WARNING, LINT | PREDICT,                    \
          "dom0 does not live on so little")                                  \
    FOUND(LARGER_THAN_HOST, "larger-than-host", WARNING, LINT | PREDICT,      \
          "nothing is left for domUs")                                        \
    FOUND(MAX_ABOVE_HOST, "max-above-host", WARNING, LINT,                    \
          "max is no limit here")                                             \
    FOUND(MEM_LIMITS_HOST, "mem-limits-host", WARNING, LINT,                  \
          "mem= hides memory from the whole host")                            \
    FOUND(RELATIVE, "relative", NOTE, LINT,                                   \
          "the result depends on the machine")                                \
    FOUND(KIB, "kib", NOTE, LINT, "a number without unit is KiB")             \
    FOUND(TRAILING_COMMA, "trailing-comma", NOTE, LINT,                       \
          "Xen complains of the comma")                                       \
    FOUND(REPEATED, "repeated", NOTE, LINT, "several dom0_mem= are merged")   \
    FOUND(NO_SIZE, "no-size", NOTE, LINT | PREDICT,                           \
          "dom0 takes all memory, or all up to its maximum")                  \
    FOUND(GROWTH_ROOM, "growth-room", NOTE, LINT | PREDICT,                   \
          "room to grow has its price")                                       \
    FOUND(LIBVIRT_BLIND, "libvirt-blind", NOTE, LINT,                         \
          "libvirt does not see that dom0 is fixed")                          \
    FOUND(XL_BLIND, "xl-blind", NOTE, LINT,                                   \
          "xl does not see that dom0 is fixed")                               \
    FOUND(OPTION_CUT, "option-cut", WARNING, LINT,                            \
          "Xen reads 127 characters of an option")                            \
    /* ---- the files that it comes from: lint_files.c ---- */                \
    FOUND(UNDONE, "undone", ERROR, LINT,                                      \
          "a file that is read behind the applied size changes it")           \
    FOUND(UNREAD, "unread", ERROR, LINT,                                      \
          "GRUB's generator fails or waits at a file that it reads")          \
    FOUND(MASKED, "masked", WARNING, LINT,                                    \
          "what xl memguard grub has applied takes its place")                \
    FOUND(LINUX_VARIABLE, "linux-variable", WARNING, LINT,                    \
          "dom0_mem is no option of Linux")                                   \
    FOUND(DEAD_ASSIGNMENT, "dead-assignment", NOTE, LINT,                     \
          "a dom0_mem= that does not count")                                  \
    FOUND(BOTH_VARIABLES, "both-variables", NOTE, LINT,                       \
          "dom0_mem= stands in two variables")                                \
    /* ---- a boot: predict.c ---- */                                         \
    FOUND(DROPPED, "dropped", WARNING, PREDICT,                               \
          "Xen drops a part of dom0_mem=")                                    \
    FOUND(NO_ROOM, "no-room", WARNING, PREDICT,                               \
          "no domU fits beside dom0")                                         \
    FOUND(DESCRIBES_HOST, "describes-host", WARNING, PREDICT,                 \
          "the kernel of a PVH dom0 describes all of the host's memory")      \
    FOUND(GROWTH_CAPPED, "growth-capped", WARNING, PREDICT,                   \
          "Linux prepares for 11 times its memory at boot")                   \
    FOUND(MAP_ASSUMED, "map-assumed", WARNING, PREDICT,                       \
          "the memory map is not known")                                      \
    FOUND(NOT_CALIBRATED, "not-calibrated", WARNING, PREDICT,                 \
          "what was recorded of dom0 does not fit together")                  \
    /* ---- a create: admit.c, blame.c, engine/guard/say.c ---- */            \
    FOUND(XEN_SHORT, "xen-short", ERROR, ADMIT | DOM0 | FIGURES,              \
          "usable memory in Xen is less than what is needed")                 \
    FOUND(GIVERS_SHORT, "givers-short", ERROR, ADMIT | FIGURES,               \
          "and so it is with all that others can give")                       \
    FOUND(DOM0_SHORT, "dom0-short", ERROR, ADMIT | DOM0 | FIGURES,            \
          "dom0 cannot spare what it takes on its side")                      \
    FOUND(DOM0_BUILDING, "dom0-building", ERROR, ADMIT | FIGURES,             \
          "dom0 can when others have been built")                             \
    FOUND(DOM0_UNKNOWN, "dom0-unknown", ERROR, ADMIT,                         \
          "dom0's side was not checked")                                      \
    FOUND(DYING, "dying", ERROR, ADMIT,                                       \
          "a domain is dying and gives nothing back")                         \
    FOUND(COMING, "coming", ERROR, ADMIT | FIGURES,                           \
          "whose memory is waited for")                                       \
    FOUND(LATE, "late", ERROR, ADMIT | DOM0,                                  \
          "what was waited for did not come in time")                         \
    FOUND(NO_PLAN, "no-plan", ERROR, ADMIT,                                   \
          "others could give and are not to be asked")                        \
    FOUND(ADVICE, "advice", NOTE, ADMIT, "what would make it start")          \
    /* ---- dom0's size by hand: dom0_plan.c ---- */                          \
    FOUND(FLOOR, "floor", ERROR, DOM0, "dom0 does not live on so little")     \
    FOUND(PRICE, "price", ERROR, DOM0,                                        \
          "describing added memory takes more than dom0 can spare")           \
    FOUND(NO_HOTPLUG, "no-hotplug", ERROR, DOM0,                              \
          "dom0's kernel cannot add memory while it runs")                    \
    FOUND(ROOM_AT_BOOT, "room-at-boot", ERROR, DOM0,                          \
          "it could, booted with another maximum")                            \
    /* ---- what a verdict leaves open: judge.c ----- */                      \
    FOUND(MAY_NOT_COME, "may-not-come", NOTE, CHECK,                          \
          "whether what was asked for comes, one look does not tell")         \
    FOUND(MAY_NOT_FOLLOW, "may-not-follow", NOTE, CHECK,                      \
          "whether a balloon follows is seen when it is asked")               \
    /* ---- a host and its guard: judge.c ---- */                             \
    JUDGED(SETTING_TOO_LARGE, "setting-too-large", CRITICAL, STATUS,          \
           NEEDS(TOTAL), setting_too_large,                                   \
           "a size of the configuration is meant for another host",           \
           "{s} = {1} in memguard.conf is more than this host has, {2}: "     \
           "every create is refused.  Correct it there.",                     \
           NULL, NULL)                                                        \
    JUDGED(PROMISED_TWICE, "promised-twice", CRITICAL, STATUS | ENABLE,       \
           NEEDS(BOOKS), promised_twice,                                      \
           "more of Xen's memory is promised than there is",                  \
           "{1} more of Xen's memory are promised than there are: no create " \
           "fits.  Shut a domU down, or lower what one may still take (xl "   \
           "mem-max) or what is reserved (xl memguard reserve).",             \
           NULL, NULL)                                                        \
    JUDGED(BOOKS_UNKNOWN, "books-unknown", ERROR, ENABLE, 0, books_unknown,   \
           "nothing can be decided",                                          \
           "free memory and the domains are not known: nothing could be "     \
           "decided",                                                         \
           NULL, NULL)                                                        \
    JUDGED(TARGET_UNKNOWN, "target-unknown", ERROR, ENABLE,                   \
           NEEDS(BOOKS), target_unknown,                                      \
           "dom0 cannot be kept above its floor",                             \
           "dom0's floor or target is not known",                             \
           NULL, NULL)                                                        \
    JUDGED(NO_XL, "no-xl", ERROR, ENABLE, NEEDS(GUARDED), no_xl,              \
           "there is nothing to guard",                                       \
           "no xl is found in PATH, nor /usr/sbin/xl",                        \
           NULL, NULL)                                                        \
    JUDGED(XL_UNGUARDED, "xl-unguarded", ERROR, ENABLE,                       \
           NEEDS(GUARDED), xl_unguarded,                                      \
           "xl creates domains and asks nobody",                              \
           "{s} is not guarded.  To put the guard in front of it",            \
           "libexec/xlmem/xl-divert add", NULL)                               \
    JUDGED(NOT_CONFIGURED, "not-configured", WARNING, STATUS,                 \
           NEEDS(LIVE), not_configured,                                       \
           "there is no configuration, and so no guard",                      \
           "There is no /" XLMEM_POLICY_FILE ": nothing is guarded",          \
           "xl memguard enable", NULL)                                        \
    JUDGED(SWITCHED_OFF, "switched-off", WARNING, STATUS | ENABLE,            \
           NEEDS(POLICY), switched_off,                                       \
           "somebody has switched the guard off",                             \
           "/" XLMEM_OFF_FILE " switches the guard off.  When what it was "   \
           "made for is done",                                                \
           "rm /" XLMEM_OFF_FILE, NULL)                                       \
    JUDGED(LEDGER_UNUSABLE, "ledger-unusable", ERROR, STATUS | ENABLE,        \
           NEEDS(LEDGER), ledger_unusable,                                    \
           "the guard cannot keep its books, and guards nothing",             \
           "No create is guarded (on_error in memguard.conf says whether it " \
           "is let through): the ledger cannot be used: {s}.  It has to be "  \
           "a folder of root's that nobody else can write to, on a file "     \
           "system that is neither full nor read-only.  To see whose it is",  \
           "ls -ld /run/xlmem /run/xlmem/ledger", NULL)                       \
    JUDGED(CONF_PROBLEM, "conf-problem", WARNING, STATUS | ENABLE,            \
           NEEDS(POLICY), conf_problem,                                       \
           "a line of the configuration does not count",                      \
           NULL, NULL, NULL)                                                  \
    JUDGED(BELOW_FLOOR, "dom0-below-floor", WARNING, STATUS | ENABLE,         \
           NEEDS(BOOKS) | NEEDS(FLOOR) | NEEDS(TARGET), below_floor,          \
           "dom0 was asked for more than it can give",                        \
           "dom0's target, {1}, is below its floor, the least it can live "   \
           "with, of {2}",                                                    \
           "xl memguard dom0 {2m}M",                                          \
           "takes as much from what Xen has free")                            \
    JUDGED(DYING_HOLDS, "dying-holds", WARNING, STATUS,                       \
           NEEDS(DOMAINS), dying_holds,                                       \
           "a domain is dying and somebody maps its memory",                  \
           "{s} is dying and still holds {1}.  If that does not shrink, "     \
           "somebody in dom0 keeps its pages, a backend or a QEMU.  The "     \
           "grants are shown by",                                             \
           "xl debug-keys g\nxl dmesg", NULL)                                 \
    JUDGED(HALF_BUILT, "half-built", ERROR, ADMIT | STATUS,                   \
           NEEDS(DOMAINS), half_built,                                        \
           "a builder was killed, and left what it had built",                \
           "{s} looks half-built: it never ran, has {1} and may take {2} "    \
           "more.  If nobody is building it (restore, migration, "            \
           "MEMGUARD=off)",                                                   \
           "xl destroy {i}", "whatever is in it is lost")                     \
    JUDGED(GROWTH, "growth", ERROR, ADMIT | STATUS,                           \
           NEEDS(DOMAINS), growth,                                            \
           "a domain may take memory that is therefore kept for it",          \
           "{s} may take {1} more without asking, which nobody else can "     \
           "have.  To take that back",                                        \
           "xl mem-max {i} {2m}m", "it cannot grow any more")                 \
    JUDGED(NOT_FOLLOWING, "not-following", ERROR, ADMIT | STATUS,             \
           NEEDS(DOMAINS), not_following,                                     \
           "a balloon does not follow the target it was given",               \
           "{s} was asked to give memory and still holds {1} too much.  If "  \
           "that does not shrink, its balloon does not work (a kernel "       \
           "without the driver, a guest that hangs) and creates count on it " \
           "in vain: look into the guest, or shut it down.",                  \
           NULL, NULL)                                                        \
    JUDGED(BELOW_TARGET, "below-target", WARNING, STATUS,                     \
           NEEDS(BOOKS), below_target,                                        \
           "a domain may not come back from a reboot",                        \
           "{s} holds {1} less than its target: on this host it may not "     \
           "come back from a reboot.",                                        \
           NULL, NULL)                                                        \
    JUDGED(SERVICE_UNGUARDED, "service-unguarded", WARNING, STATUS,           \
           NEEDS(GUARDED), service_unguarded,                                 \
           "a service runs since before its drop-in",                         \
           "{s} runs without the guard that its drop-in gives it",            \
           "systemctl restart {s}", NULL)                                     \
    JUDGED(MONITORS_UNGUARDED, "monitors-unguarded", WARNING, STATUS,         \
           NEEDS(GUARDED), monitors_unguarded,                                \
           "domains that were created without the guard reboot without it",   \
           "{1} of {2} xl monitors (the xl that waits for its domain's end) " \
           "have no guard: those domains reboot unguarded, until each has "   \
           "been shut down and created again.",                               \
           NULL, NULL)                                                        \
    JUDGED(NOBODY_BALANCES, "nobody-balances", WARNING, STATUS,               \
           NEEDS(POLICY) | NEEDS(DAEMON), nobody_balances,                    \
           "memory is to move with demand, and nobody moves it",              \
           "balance is on in memguard.conf, and the daemon that moves "       \
           "memory does not run.  To start it",                               \
           "systemctl enable --now memguard-daemon", NULL)                    \
    JUDGED(FLOODS, "floods", WARNING, STATUS, NEEDS(DOMAINS), floods,         \
           "a guest writes so much to xenstore that it is not listened to",   \
           "{s} writes more reports than anybody can read: for a while it "   \
           "is not listened to, and its demand is what it said last.  Look "  \
           "at what writes below data/ in that guest.",                       \
           NULL, NULL)                                                        \
    JUDGED(UNCOOPERATIVE, "uncooperative", WARNING, STATUS, NEEDS(DOMAINS),   \
           uncooperative,                                                     \
           "a domain is marked as one whose balloon does not follow",         \
           "{s} opted in and takes no part in balancing: "                    \
           "memory/uncooperative says that its balloon does not follow.  "    \
           "When it does",                                                    \
           "xenstore-rm /local/domain/{i}/memory/uncooperative", NULL)        \
    JUDGED(PINNED, "pinned", NOTE, STATUS, NEEDS(DOMAINS), pinned,            \
           "a target that was set by hand is kept",                           \
           "{s} is kept at {1}: its target was set by hand (xl mem-set).  "   \
           "To let it move with demand again",                                \
           "xl memguard set {i} auto", NULL)                                  \
    JUDGED(AUTOBALLOON, "autoballoon", NOTE, STATUS | ENABLE,                 \
           NEEDS(AUTOBALLOON), autoballoon,                                   \
           "xl makes room for creates itself",                                \
           "autoballoon is on in /etc/xen/xl.conf: xl holds its lock "        \
           "through each create, so that one that waits for memory holds up " \
           "all others and reboots.  Write autoballoon = \"off\" there: the " \
           "guard makes room.",                                               \
           NULL, NULL)

/* Who gives way to whom: X(the one that says more, the general one). */
#define XLMEM__SWALLOWS(X)                                                    \
    X(MISSPELT, NO_DOM0_MEM)                                                  \
    X(QUOTED, NO_DOM0_MEM)                                                    \
    X(NEGATED, NO_DOM0_MEM)                                                   \
    X(AFTER_DASHES, NO_DOM0_MEM)                                              \
    X(LINUX_SIDE, NO_DOM0_MEM)                                                \
    X(UNIT_LESS, TOO_SMALL)                                                   \
    X(ZERO, TOO_SMALL)                                                        \
    X(WRAPPED, TOO_SMALL)                                                     \
    X(MINUS_ABOVE_HOST, TOO_SMALL)                                            \
    X(LARGER_THAN_HOST, TOO_SMALL)                                            \
    X(MINUS_ABOVE_HOST, RELATIVE)                                             \
    X(MAX_ABOVE_HOST, GROWTH_ROOM)                                            \
    X(MIN_ABOVE_MAX, GROWTH_ROOM)                                             \
    X(SIZE_BELOW_MIN, GROWTH_ROOM)                                            \
    X(DISAGREE, REPEATED)                                                     \
    X(HALF_BUILT, GROWTH)
/* clang-format on */

typedef enum xlmem__rule_id {
#define XLMEM__RULE_FOUND(name, id, severity, views, about) XLMEM__RULE_##name,
#define XLMEM__RULE_JUDGED(name, id, severity, views, needs, judge, about,    \
                           text, remedies, risk)                              \
    XLMEM__RULE_##name,
    XLMEM__RULES(XLMEM__RULE_FOUND, XLMEM__RULE_JUDGED)
#undef XLMEM__RULE_FOUND
#undef XLMEM__RULE_JUDGED
        XLMEM__NR_RULES
} xlmem__rule_id;

#endif /* XLMEM_MODEL_FINDING_RULES_H */

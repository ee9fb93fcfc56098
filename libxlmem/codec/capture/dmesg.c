/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The log of dom0's kernel, as dmesg or a log file has it.  Anybody with the
 * right to write there may have written into it, so only lines of exactly the
 * kernel's wording count, the first of each kind after the kernel's banner
 * and, where the text holds several boots, those of the last.
 */
#include <stdlib.h>

#include "codec/capture/pieces.h"
#include "codec/capture/ranges.h"
#include "codec/capture/texts.h"

struct boot {
    xlmem_dom0 dom0;
    xlmem_map map;
    bool arm;     /* of an Arm kernel */
    bool of_dom0; /* the map is what Xen shows a PV dom0 */
};

static void forget_boot(struct boot *boot)
{
    xlmem_host owner;

    xlmem_host_init(&owner);
    owner.dom0 = boot->dom0;
    owner.map = boot->map;
    xlmem_host_dispose(&owner);
    *boot = (struct boot){0};
}

/* Drop "<6>", "Nov 20 12:00:00 name kernel: " and "[    0.000000] ". */
static xlmem__str message_of(xlmem__str line)
{
    xlmem__str rest = line, head;

    if (rest.len && rest.p[0] == '<')
        xlmem__cut(&rest, '>');
    head = rest;
    /* Behind the kernel's own stamp it is the message's. */
    while (head.len && *head.p != '[' && !xlmem__str_starts(head, "kernel: "))
        xlmem__cut(&head, ' ');
    if (xlmem__skip(&head, "kernel: "))
        rest = head;
    if (rest.len && rest.p[0] == '[') {
        head = rest;
        xlmem__cut(&head, ']');
        rest = head;
    }
    return xlmem__trim(rest);
}

/* ----------------------------------------------------------- facts --- */

/* Before Linux 3.11 k, since then K: "912092K/1048572K available (...". */
static int take_log_kb(xlmem__str *s, uint64_t *kb_r)
{
    int rc = xlmem__take_number(s, 10, kb_r);

    if (rc)
        return rc;
    return xlmem__skip(s, "K") || xlmem__skip(s, "k") ? 0 : XLMEM_ERROR_PARSE;
}

/* ", 5196K init,": what the kernel frees of itself when it has booted. */
static void parse_init(xlmem_dom0 *dom0, xlmem__str rest)
{
    while (rest.len) {
        xlmem__str piece = xlmem__trim(xlmem__cut(&rest, ','));
        uint64_t kb;

        if (!take_log_kb(&piece, &kb) && xlmem__str_is(piece, " init"))
            XLMEM_SET(dom0, boot_init_kb, kb);
    }
}

/* "[mem 0x05600000-0x0872ffff]"; before Linux 3.0 without the brackets. */
static void parse_ramdisk(xlmem_dom0 *dom0, xlmem__str rest)
{
    uint64_t first, last;

    if (!xlmem__skip(&rest, "[mem 0x") ||
        xlmem__take_number(&rest, 16, &first) || !xlmem__skip(&rest, "-0x") ||
        xlmem__take_number(&rest, 16, &last) || last < first)
        return;
    XLMEM_SET(dom0, boot_ramdisk_kb, (last - first) / 1024 + 1);
}

/*
 * "Memory: " begins other lines too; with a number it is the kernel's.  The
 * second number counted pages up to the end of memory, holes included, before
 * Linux 3.11.
 */
static int parse_memory(xlmem_dom0 *dom0, xlmem__str rest)
{
    uint64_t available_kb, present_kb;
    int rc = take_log_kb(&rest, &available_kb);

    if (rc == XLMEM_ERROR_PARSE || XLMEM_KNOWS(dom0, boot_available_kb))
        return 0;
    if (!rc)
        rc = xlmem__skip(&rest, "/") ? take_log_kb(&rest, &present_kb)
                                     : XLMEM_ERROR_PARSE;
    if (rc)
        return rc;
    XLMEM_SET(dom0, boot_available_kb, available_kb);
    XLMEM_SET(dom0, boot_present_kb, present_kb);
    parse_init(dom0, rest);
    return 0;
}

/* "131072 (order: 8, 1048576 bytes, linear)" */
static int parse_entries(xlmem_dom0 *dom0, size_t offset, xlmem__str rest)
{
    uint64_t entries;
    int rc = xlmem__take_number(&rest, 10, &entries);

    if (!rc)
        xlmem__set_fact(dom0, offset, entries);
    return rc;
}

/* "1 node, 2 CPUs", before Linux 3.13 "2 CPUs". */
static int parse_cpus(xlmem_dom0 *dom0, xlmem__str rest)
{
    uint64_t number;
    int rc = xlmem__take_number(&rest, 10, &number);

    if (!rc && xlmem__str_starts(rest, " node")) {
        xlmem__cut(&rest, ',');
        xlmem__skip(&rest, " ");
        rc = xlmem__take_number(&rest, 10, &number);
    }
    if (!rc && xlmem__str_starts(rest, " CPU") && !XLMEM_KNOWS(dom0, nr_cpus))
        XLMEM_SET(dom0, nr_cpus, number);
    return rc == XLMEM_ERROR_RANGE ? rc : 0;
}

/* "Xen" before Linux 4.13 or so; "Xen PV", "Xen PVH". */
static void parse_platform(xlmem_dom0 *dom0, xlmem__str name)
{
    if (dom0->type != XLMEM_DOM_UNKNOWN)
        return;
    if (xlmem__str_is(name, "Xen PVH"))
        dom0->type = XLMEM_DOM_PVH;
    else if (xlmem__str_is(name, "Xen PV") || xlmem__str_is(name, "Xen"))
        dom0->type = XLMEM_DOM_PV;
}

static int parse_linux_fact(xlmem_dom0 *dom0, xlmem__str text)
{
    if (xlmem__skip(&text, "Memory: "))
        return parse_memory(dom0, text);
    if (xlmem__skip(&text, "Dentry cache hash table entries: "))
        return parse_entries(dom0, offsetof(xlmem_dom0, dentry_hash_entries),
                             text);
    if (xlmem__skip(&text, "Inode-cache hash table entries: "))
        return parse_entries(dom0, offsetof(xlmem_dom0, inode_hash_entries),
                             text);
    if (xlmem__skip(&text, "RAMDISK: "))
        parse_ramdisk(dom0, text);
    /* Which of them there is goes by the kernel's age. */
    if (xlmem__skip(&text, "Booting paravirtualized kernel on ") ||
        xlmem__skip(&text, "Booting kernel on ") ||
        xlmem__skip(&text, "Hypervisor detected: "))
        parse_platform(dom0, text);
    xlmem__skip(&text, "smp: ");
    xlmem__skip(&text, "x86: ");
    if (xlmem__skip(&text, "Brought up ") || xlmem__skip(&text, "Booted up "))
        return parse_cpus(dom0, text);
    return 0;
}

/* ----------------------------------------------------------- lines --- */

static int parse_message(struct boot *boot, xlmem__str text)
{
    xlmem__str rest = text;

    if (xlmem__skip(&rest, "Linux version ")) {
        bool arm = boot->arm;

        forget_boot(boot);
        boot->arm = arm;
        return xlmem__set_release(&boot->dom0, xlmem__word(&rest));
    }
    /* Before its banner; no other architecture says so (arch/arm64/kernel/
     * setup.c, arch/arm/kernel/setup.c). */
    if (xlmem__str_starts(text, "Booting Linux on physical CPU 0x"))
        boot->arm = true;
    if (xlmem__skip(&rest, "Xen: ")) {
        if (!xlmem__str_starts(rest, "[mem ") && !xlmem__str_starts(rest, "0"))
            return 0;
        boot->of_dom0 = true;
        return xlmem__add_range(rest, &boot->map);
    }
    if (xlmem__skip(&rest, "BIOS-e820: "))
        return xlmem__add_range(rest, &boot->map);
    return parse_linux_fact(&boot->dom0, text);
}

/*
 * Linux 4.16 to 5.0 called the host's RAM beyond dom0's own "unusable"; that
 * is not the firmware's word, so nothing is said of it.
 */
static void drop_unusable(xlmem_map *map)
{
    size_t i, nr = 0;

    for (i = 0; i < map->nr; i++)
        if (map->ranges[i].type != XLMEM_RANGE_UNUSABLE)
            map->ranges[nr++] = map->ranges[i];
    map->nr = nr;
}

/*
 * A log that lost its beginning has the end of a map only, and every map
 * starts at 0.  A PVH dom0 calls its own map the BIOS's.
 */
static void finish_boot(struct boot *boot, xlmem_host *host)
{
    bool whole = boot->map.nr && boot->map.ranges[0].start == 0;

    boot->map.source = XLMEM_MAP_DMESG;
    boot->map.partial = boot->of_dom0 || boot->dom0.type != XLMEM_DOM_UNKNOWN;
    if (boot->map.partial)
        drop_unusable(&boot->map);
    if (boot->arm)
        XLMEM_SET(host, arm, 1);
    if (whole)
        xlmem__offer_map(host, &boot->map);
    xlmem__merge_dom0(&host->dom0, &boot->dom0);
}

/* ---------------------------------------------------------- pieces --- */

struct dmesg {
    struct boot boot;
    xlmem__line_feed feed;
};

static void *dmesg_begin(void)
{
    return calloc(1, sizeof(struct dmesg));
}

static int dmesg_line(void *arg, xlmem__str line, size_t nr,
                      xlmem__where *where)
{
    struct boot *boot = arg;
    int rc = parse_message(boot, message_of(line));

    return rc ? xlmem__complain(where, nr, rc,
                                "expected what Linux prints there", line)
              : 0;
}

static int dmesg_feed(void *state, xlmem__str piece, xlmem__where *where)
{
    struct dmesg *dmesg = state;

    return xlmem__feed_lines(&dmesg->feed, piece, dmesg_line, &dmesg->boot,
                             where);
}

static int dmesg_end(void *state, xlmem_host *host, xlmem__where *where)
{
    struct dmesg *dmesg = state;
    int rc = xlmem__feed_end(&dmesg->feed, dmesg_line, &dmesg->boot, where);

    if (!rc)
        finish_boot(&dmesg->boot, host);
    return rc;
}

static void dmesg_dispose(void *state)
{
    struct dmesg *dmesg = state;

    if (!dmesg)
        return;
    forget_boot(&dmesg->boot);
    xlmem__feed_dispose(&dmesg->feed);
    free(dmesg);
}

const xlmem__pieces xlmem__dmesg_pieces = {dmesg_begin, dmesg_feed, dmesg_end,
                                           dmesg_dispose};

int xlmem__parse_dmesg(const char *buf, size_t len, xlmem_host *host,
                       xlmem__where *where)
{
    return xlmem__parse_pieces(&xlmem__dmesg_pieces, (xlmem__str){buf, len},
                               host, where);
}

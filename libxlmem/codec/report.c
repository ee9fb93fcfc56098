/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The nodes in which guests publish their memory.  All numbers are kB, 1024
 * bytes, as in /proc/meminfo.
 *
 *  agent, version            node                   what it is
 *  ------------------------  ---------------------  -------------------------
 *  xe-guest-utilities, sh    data/meminfo_total     MemTotal
 *    to 6.5                  data/meminfo_free      MemFree
 *  the same in Go, 6.6.80    data/meminfo_total     MemTotal
 *    to 7.23                 data/meminfo_free      MemFree
 *    7.30 to 8.3             data/meminfo_free      MemAvailable
 *    8.4, 10.0               data/meminfo_free      MemAvailable, before Linux
 *                                                   3.14 MemFree
 *  xen-guest-agent, Rust,    data/meminfo_total     MemTotal at its start
 *    to 0.5                  data/meminfo_free      MemAvailable
 *  the same since            data/meminfo_total     MemTotal
 *                            data/meminfo_free      MemAvailable
 *  the same on FreeBSD       data/meminfo_total     hw.physmem
 *                            data/meminfo_free      inactive, cached and free
 *  XenServer's and XCP-ng's  data/meminfo_total     physical memory
 *    agents for Windows      data/meminfo_free      what is free, or
 *                                                   available, of it
 *  Qubes' meminfo-writer
 *    to 3.2                  memory/meminfo         six lines,
 *                                                   "MemTotal: N kB"
 *    from 4.0                memory/meminfo         a number: used, swap
 *                                                   with it
 *  xenballoond               memory/meminfo         /proc/meminfo, all of it
 *  memguard-guest            data/memguard/report   words, "total_kb=N"
 *
 * From guestmetric/guestmetric_linux.go of xe-guest-utilities (75bc98a of
 * 2015, 22a6b20 of 2021, f9f3790 of 2023; once in two minutes, and only what
 * has changed: xe-daemon/xe-daemon.go),
 * src/main.rs and src/collector_memory_*.rs of xen-guest-agent (e9272cb of
 * 2024; what is free once a minute, the total never again) and its
 * publishers/publisher-xenstore/src/std.rs (1e1d8bb; both once in 5 s),
 * MemoryInfo.cs and MemoryInfoFeature of the agents for Windows,
 * qmemman/meminfo-writer.c of qubes-linux-utils (fbbd21a of 2016; ten times a
 * second, a change of 30 000 kB).
 *
 * Whose total does not follow the balloon is found out by model/demand.c.
 * Which of MemFree and MemAvailable meminfo_free is does not show.  It is
 * taken for what is available: where it is MemFree the page cache counts as
 * used, and the guest keeps it.  In Qubes' texts since 3.0.11 MemTotal is what
 * the balloon has (d2a8725 of 2015), and so the number is of that, too.
 *
 * Under libxl memory/ is the toolstack's and the guest may only read it: there
 * memory/meminfo is that of a toolstack which lets its guests write it.
 */
#include "model/report.h"

#include <string.h>

#include "codec/facts.h"
#include "model/checked.h"

/* A number of 64 bits has 20 digits; an agent may well pad it. */
#define NUMBER_MAX 128
/* Our own words: a dozen, of some 35 bytes each. */
#define WORDS_MAX 512

typedef void parser(xlmem__str text, xlmem_report *report);

static parser parse_lines, parse_words;

static const struct node {
    const char *path;
    xlmem__report_source source;
    size_t offset; /* a number, of this fact; 0: a text, of all facts */
    size_t max;    /* bytes */
    parser *parse; /* of the text */
} nodes[] = {
    {"data/memguard/report", XLMEM__REPORT_MEMGUARD, 0, WORDS_MAX,
     parse_words},
    {"memory/meminfo", XLMEM__REPORT_QUBES, 0, XLMEM__REPORT_TEXT_MAX,
     parse_lines},
    {"data/meminfo_total", XLMEM__REPORT_XE, offsetof(xlmem_report, total_kb),
     NUMBER_MAX, NULL},
    {"data/meminfo_free", XLMEM__REPORT_XE, offsetof(xlmem_report, free_kb),
     NUMBER_MAX, NULL},
};

#define NR_NODES (sizeof(nodes) / sizeof(nodes[0]))

const char *xlmem__report_path(size_t nr)
{
    return nr < NR_NODES ? nodes[nr].path : NULL;
}

static const struct node *find_report_node(const char *path)
{
    size_t i;

    for (i = 0; i < NR_NODES; i++)
        if (xlmem__str_is((xlmem__str){path, strlen(path)}, nodes[i].path))
            return &nodes[i];
    return NULL;
}

/* Shells and C programs leave a newline or a NUL behind a value. */
static xlmem__str trim(xlmem__str s)
{
    while (s.len && (!s.p[s.len - 1] || s.p[s.len - 1] == '\n'))
        s.len--;
    return xlmem__trim(s);
}

/* ----------------------------------------------- /proc/meminfo's lines --- */

typedef struct meminfo {
    uint64_t known;
    uint64_t total_kb, free_kb, available_kb;
    uint64_t buffers_kb, cached_kb, swap_total_kb, swap_free_kb;
} meminfo;

static const xlmem__key lines_keys[] = {
    {"MemTotal", offsetof(meminfo, total_kb)},
    {"MemFree", offsetof(meminfo, free_kb)},
    {"MemAvailable", offsetof(meminfo, available_kb)},
    {"Buffers", offsetof(meminfo, buffers_kb)},
    {"Cached", offsetof(meminfo, cached_kb)},
    {"SwapTotal", offsetof(meminfo, swap_total_kb)},
    {"SwapFree", offsetof(meminfo, swap_free_kb)},
};

/* "MemTotal:  912092 kB".  false: it is ours, and is not that. */
static bool parse_line(xlmem__str line, meminfo *found)
{
    xlmem__str rest = line, name = xlmem__cut(&rest, ':');
    const xlmem__key *key =
        xlmem__find_key(lines_keys, sizeof(lines_keys) / sizeof(lines_keys[0]),
                        xlmem__trim(name));
    uint64_t kb;

    if (!key)
        return true;
    return !xlmem__meminfo_kb(rest, &kb) &&
           xlmem__set_fact(found, key->offset, kb);
}

/* What a guest without MemAvailable could have: what qmemman takes for it. */
static void take_meminfo(const meminfo *found, xlmem_report *report)
{
    if (XLMEM_KNOWS(found, total_kb))
        XLMEM_SET(report, total_kb, found->total_kb);
    if (XLMEM_KNOWS(found, free_kb))
        XLMEM_SET(report, free_kb, found->free_kb);
    if (XLMEM_KNOWS(found, available_kb))
        XLMEM_SET(report, available_kb, found->available_kb);
    else if (XLMEM_KNOWS(found, free_kb))
        XLMEM_SET(
            report, available_kb,
            xlmem__add_sat(found->free_kb, xlmem__add_sat(found->buffers_kb,
                                                          found->cached_kb)));
    if (XLMEM_KNOWS(found, swap_total_kb) &&
        XLMEM_KNOWS(found, swap_free_kb) &&
        found->swap_free_kb <= found->swap_total_kb)
        XLMEM_SET(report, swap_used_kb,
                  found->swap_total_kb - found->swap_free_kb);
}

/* A number, or lines of which one that is wrong makes all of them worthless:
 * they are of one moment or of none. */
static void parse_lines(xlmem__str text, xlmem_report *report)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    meminfo found = {0};
    xlmem__str line;
    uint64_t kb;

    if (!xlmem__number_all(text, 10, &kb)) {
        XLMEM_SET(report, used_kb, kb);
        return;
    }
    while (xlmem__next_line(&lines, &line))
        if (!parse_line(line, &found))
            return;
    take_meminfo(&found, report);
}

/* ---------------------------------------------- memguard-guest's words --- */

static const xlmem__key words_keys[] = {
    {"total_kb", offsetof(xlmem_report, total_kb)},
    {"free_kb", offsetof(xlmem_report, free_kb)},
    {"available_kb", offsetof(xlmem_report, available_kb)},
    {"swap_used_kb", offsetof(xlmem_report, swap_used_kb)},
    {"balloon_kb", offsetof(xlmem_report, balloon_kb)},
    {"balloon_target_kb", offsetof(xlmem_report, balloon_target_kb)},
    {"psi_some10_bp", offsetof(xlmem_report, psi_some10_bp)},
    {"psi_full10_bp", offsetof(xlmem_report, psi_full10_bp)},
};

/* "total_kb=912092 free_kb=...": as with lines.  A later version of it may
 * have words that this one does not know. */
static void parse_words(xlmem__str text, xlmem_report *report)
{
    xlmem_report found = {0};
    xlmem__str word;
    uint64_t value;

    for (word = xlmem__word(&text); word.len; word = xlmem__word(&text)) {
        xlmem__str rest = word, name = xlmem__cut(&rest, '=');
        const xlmem__key *key = xlmem__find_key(
            words_keys, sizeof(words_keys) / sizeof(words_keys[0]), name);

        if (!key)
            continue;
        if (xlmem__number_all(rest, 10, &value) ||
            !xlmem__set_fact(&found, key->offset, value))
            return;
    }
    xlmem__merge_facts(report, &found);
}

/* --------------------------------------------------------------- nodes --- */

static void parse_report_node(const struct node *node, xlmem__str text,
                              xlmem_report *report)
{
    uint64_t value;

    if (text.len > node->max)
        return;
    text = trim(text);
    if (!node->offset)
        node->parse(text, report);
    else if (!xlmem__number_all(text, 10, &value))
        xlmem__set_fact(report, node->offset, value);
}

/* What the node said is not known any more. */
static void forget(const struct node *node, xlmem_report *report)
{
    if (!node->offset) {
        xlmem__report_init(report);
        return;
    }
    memset((char *)report + node->offset, 0, sizeof(uint64_t));
    report->known &= ~XLMEM_FACT_BIT_AT(node->offset);
}

/* Whether the domain itself says anything. */
static bool report_says(const xlmem_report *report)
{
    return (report->known & ~XLMEM_FACT_BIT(report, has_kb)) != 0;
}

bool xlmem__report_node(xlmem_report *report, const char *untrusted_path,
                        const char *untrusted_value, size_t len)
{
    const struct node *node = find_report_node(untrusted_path);
    xlmem_report said = {0};
    uint64_t before;

    if (!node || node->source < report->source)
        return false;
    if (untrusted_value)
        parse_report_node(node, (xlmem__str){untrusted_value, len}, &said);
    if (node->source > report->source && !said.known)
        return false;
    before = report->known;
    if (node->source > report->source)
        xlmem__report_init(report);
    else
        forget(node, report);
    xlmem__merge_facts(report, &said);
    report->source = report_says(report) ? node->source : XLMEM__REPORT_NONE;
    return said.known || report->known != before;
}

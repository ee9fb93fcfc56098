/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a kernel prints of its memory and where it was, when an allocation
 * failed: mm/show_mem.c (before 6.3 mm/page_alloc.c), Linux 2.6.18 to 6.12,
 * and the trace above it.  On several processors two of them can be mixed:
 * words are looked at, each by itself, and what is said twice counts once.
 */
#include <string.h>

#include "codec/vitals/log_parts.h"
#include "codec/vitals/parse.h"
#include "model/checked.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------ pieces of text --- */

const char *xlmem__spot(xlmem__str text, const char *word)
{
    const size_t len = strlen(word);
    size_t i;

    for (i = 0; i + len <= text.len;) {
        const char *at = memchr(text.p + i, word[0], text.len - i - len + 1);

        if (!at)
            return NULL;
        if (!memcmp(at, word, len))
            return at;
        i = (size_t)(at - text.p) + 1;
    }
    return NULL;
}

bool xlmem__past(xlmem__str text, const char *word, xlmem__str *rest_r)
{
    const char *at = xlmem__spot(text, word);

    if (!at)
        return false;
    at += strlen(word);
    *rest_r = (xlmem__str){at, text.len - (size_t)(at - text.p)};
    return true;
}

bool xlmem__number_past(xlmem__str text, const char *word, uint64_t *nr_r)
{
    xlmem__str rest;

    if (!xlmem__past(text, word, &rest))
        return false;
    rest = xlmem__trim(rest);
    return !xlmem__take_number(&rest, 10, nr_r);
}

void xlmem__quote_into(char *to, size_t room, xlmem__str untrusted)
{
    untrusted = xlmem__trim(untrusted);
    if (untrusted.len > room - 1)
        untrusted.len = room - 1;
    xlmem__copy_safe(to, untrusted);
}

/* ------------------------------------------------------------- zones --- */

/* "Node 0 Normal " or "Normal ": whose line it is, up to @end. */
static bool whose(xlmem__str head, uint64_t *node_r, xlmem__str *name_r)
{
    xlmem__str rest = head, name;

    *node_r = 0;
    if (xlmem__skip(&rest, "Node ")) {
        if (xlmem__take_number(&rest, 10, node_r))
            return false;
    }
    name = xlmem__word(&rest);
    if (name.len && name.p[name.len - 1] == ':')
        name.len--;
    *name_r = name;
    return name.len && !xlmem__trim(rest).len;
}

static bool is_zone_name(xlmem__str name)
{
    static const char *const names[] = {"DMA",     "DMA32",   "Normal",
                                        "HighMem", "Movable", "Device"};
    size_t i;

    for (i = 0; i < NR(names); i++)
        if (xlmem__str_is(name, names[i]))
            return true;
    return false;
}

static xlmem_vitals_zone *dump_zone(xlmem_log_dump *dump, uint64_t node,
                                    xlmem__str name)
{
    xlmem_vitals_zone *zone;
    size_t i;

    for (i = 0; i < dump->nr_zones; i++)
        if (dump->zones[i].node == node &&
            xlmem__str_is(name, dump->zones[i].name))
            return &dump->zones[i];
    if (dump->nr_zones == XLMEM_DUMP_ZONES_MAX) {
        dump->nr_lost++;
        return NULL;
    }
    zone = &dump->zones[dump->nr_zones++];
    *zone = (xlmem_vitals_zone){.known = 0};
    xlmem__copy_safe(zone->name, name);
    XLMEM_SET(zone, node, node);
    return zone;
}

/* ------------------------------------------------------------ figures --- */

#define ZONE(field) offsetof(xlmem_vitals_zone, field)
static const xlmem__key zone_words[] = {
    {"free", ZONE(free_pages)},
    {"min", ZONE(min_pages)},
    {"low", ZONE(low_pages)},
    {"high", ZONE(high_pages)},
    {"present", ZONE(present_pages)},
    {"managed", ZONE(managed_pages)},
    {"slab_unreclaimable", ZONE(slab_unreclaimable_pages)},
};
#undef ZONE

/* Those of a node and the whole host, pages. */
#define HOST(field) offsetof(xlmem_log_dump, field)
static const xlmem__key host_words[] = {
    {"free", HOST(free_pages)},
    {"slab_reclaimable", HOST(slab_reclaimable_pages)},
    {"slab_unreclaimable", HOST(slab_unreclaimable_pages)},
    {"active_file", HOST(active_file_pages)},
    {"inactive_file", HOST(inactive_file_pages)},
    {"shmem", HOST(shmem_pages)},
    {"dirty", HOST(dirty_pages)},
    {"writeback", HOST(writeback_pages)},
};
/* A number before its words, or behind them. */
static const xlmem__key tail_words[] = {
    {" total pagecache pages", HOST(pagecache_pages)},
    {" pages RAM", HOST(ram_pages)},
    {" pages reserved", HOST(reserved_pages)},
};
static const xlmem__key swap_words[] = {
    {"Free swap", HOST(swap_free_kb)},
    {"Total swap", HOST(swap_total_kb)},
};
#undef HOST

static bool take_zone_words(xlmem_vitals_zone *zone, xlmem__str rest)
{
    bool taken = false;
    uint64_t kb;

    while (rest.len) {
        xlmem__str word = xlmem__word(&rest), name = xlmem__cut(&word, ':');
        const xlmem__key *key =
            xlmem__find_key(zone_words, NR(zone_words), name);

        if (!key || xlmem__take_number(&word, 10, &kb) ||
            !xlmem__str_is(word, "kB"))
            continue;
        xlmem__set_fact(zone, key->offset, kb / 4);
        taken = true;
    }
    return taken;
}

/* "Node 0 Normal free:6593828kB min:44356kB ..." */
static bool take_zone_figures(xlmem__log_open *open,
                              const xlmem__log_line *line)
{
    const char *at = xlmem__spot(line->text, " free:");
    xlmem__str name, head = line->text;
    xlmem_vitals_zone *zone;
    uint64_t node;

    if (!at)
        return false;
    head.len = (size_t)(at - head.p);
    if (!whose(head, &node, &name) || !is_zone_name(name))
        return false;
    zone = dump_zone(&open->dump, node, name);
    open->zone = zone;
    if (!zone || zone->zone_line)
        return true;
    zone->zone_line = (uint32_t)xlmem__min(line->nr, UINT32_MAX);
    return take_zone_words(
        zone, (xlmem__str){at, line->text.len - (size_t)(at - line->text.p)});
}

/* "1648026*4kB (UME) 0*8kB ... = 6592104kB": a list that is cut is none. */
static bool take_block_list(xlmem_vitals_zone *zone, xlmem__str rest)
{
    uint64_t blocks[XLMEM_NR_ORDERS] = {0}, nr = 0, count, kb;
    xlmem__str word;

    while ((word = xlmem__word(&rest)).len) {
        if (word.p[0] == '(')
            continue;
        if (xlmem__str_is(word, "="))
            break;
        if (nr == XLMEM_NR_ORDERS || xlmem__take_number(&word, 10, &count) ||
            !xlmem__skip(&word, "*") || xlmem__take_number(&word, 10, &kb) ||
            kb != UINT64_C(4) << nr)
            return false;
        blocks[nr++] = count;
    }
    if (!word.len || !nr)
        return false;
    memcpy(zone->free_blocks, blocks, sizeof(blocks));
    XLMEM_SET(zone, nr_orders, nr);
    return true;
}

/* "Node 0 Normal: 1648026*4kB ..." */
static bool take_zone_list(xlmem__log_open *open, const xlmem__log_line *line)
{
    xlmem__str rest = line->text, name, head = xlmem__cut(&rest, ':');
    xlmem_vitals_zone *zone;
    uint64_t node;

    if (!xlmem__spot(rest, "*4kB") || !whose(head, &node, &name) ||
        !is_zone_name(name))
        return false;
    zone = dump_zone(&open->dump, node, name);
    if (!zone || zone->buddy_line || !take_block_list(zone, rest))
        return zone != NULL;
    zone->buddy_line = (uint32_t)xlmem__min(line->nr, UINT32_MAX);
    return true;
}

/* "lowmem_reserve[]: 0 2965 193855 193855", of the zone before it. */
static bool take_reserve(xlmem__log_open *open, xlmem__str text)
{
    xlmem__str rest;

    if (!xlmem__past(text, "lowmem_reserve[]:", &rest))
        return false;
    if (open->zone && !XLMEM_KNOWS(open->zone, nr_protection))
        xlmem__parse_protection(rest, open->zone);
    open->zone = NULL;
    return true;
}

static void take_host_figure(xlmem__log_open *open, const char *file,
                             size_t line, size_t offset, uint64_t value)
{
    xlmem__group group = XLMEM__GROUP(&open->dump, file);

    xlmem__group_take(&group, offset, value, line);
}

/* " free:12513746 slab_reclaimable:5001 ...": what has kB behind it is of one
 * node. */
static bool take_host_words(xlmem__log_open *open, const char *file,
                            const xlmem__log_line *line)
{
    xlmem__str rest = line->text;
    bool taken = false;
    uint64_t pages;

    while (rest.len) {
        xlmem__str word = xlmem__word(&rest), name = xlmem__cut(&word, ':');
        const xlmem__key *key =
            xlmem__find_key(host_words, NR(host_words), name);

        if (!key || xlmem__number_all(word, 10, &pages))
            continue;
        take_host_figure(open, file, line->nr, key->offset, pages);
        taken = true;
    }
    return taken;
}

static bool take_counts(xlmem__log_open *open, const char *file,
                        const xlmem__log_line *line)
{
    uint64_t value;
    size_t i;

    for (i = 0; i < NR(tail_words); i++) {
        xlmem__str rest = line->text;

        if (xlmem__spot(rest, tail_words[i].name) &&
            !xlmem__take_number(&rest, 10, &value) &&
            xlmem__str_starts(rest, tail_words[i].name)) {
            take_host_figure(open, file, line->nr, tail_words[i].offset,
                             value);
            return true;
        }
    }
    for (i = 0; i < NR(swap_words); i++) {
        xlmem__str rest = line->text;

        if (!xlmem__skip(&rest, swap_words[i].name))
            continue;
        rest = xlmem__trim(rest);
        if (!xlmem__skip(&rest, "=") && !xlmem__skip(&rest, ":"))
            continue;
        rest = xlmem__trim(rest);
        if (xlmem__take_number(&rest, 10, &value) ||
            !xlmem__str_is(rest, "kB"))
            continue;
        take_host_figure(open, file, line->nr, swap_words[i].offset, value);
        return true;
    }
    return false;
}

bool xlmem__log_figures(xlmem__log_open *open, const char *file,
                        const xlmem__log_line *line)
{
    return take_reserve(open, line->text) || take_zone_figures(open, line) ||
           take_zone_list(open, line) || take_counts(open, file, line) ||
           take_host_words(open, file, line);
}

/* ------------------------------------------------------------- traces --- */

/*
 * Functions that allocate for others, or only print: by how they begin.  The
 * first frame that is none of them asked for the memory.  mm/, lib/ and
 * net/core/skbuff.c of Linux 2.6.18 to 6.12.
 */
static const char *const printers[] = {
    "dump_stack",       "show_stack",    "show_mem",
    "__show_mem",       "warn_alloc",    "dump_header",
    "oom_kill_process", "out_of_memory", "mem_cgroup_out_of",
};
static const char *const helpers[] = {
    "__alloc_pages",
    "alloc_page",
    "__alloc_frozen",
    "__folio_alloc",
    "folio_alloc",
    "vma_alloc_folio",
    "__get_free_page",
    "get_zeroed",
    "kmem_",
    "____cache_alloc",
    "__cache_alloc",
    "cache_alloc",
    "cache_grow",
    "fallback_alloc",
    "__kmalloc",
    "kmalloc",
    "__do_kmalloc",
    "krealloc",
    "new_slab",
    "allocate_slab",
    "__slab_alloc",
    "___slab_alloc",
    "slab_alloc",
    "kvmalloc",
    "__kvmalloc",
    "vmalloc",
    "__vmalloc",
    "__kmem",
    "__alloc_skb",
    "alloc_skb",
    "skb_copy",
    "pskb_",
    "skb_clone",
    "__skb_",
    "skb_page_frag",
    "__netdev_alloc",
    "netdev_alloc",
    "napi_alloc",
    "__napi_alloc",
    "page_frag",
    "__page_frag",
    "build_skb",
    "sock_alloc_send",
    "dma_alloc",
    "__dma_",
    "dma_direct_alloc",
    "dma_generic_alloc",
    "x86_swiotlb_alloc",
    "xen_swiotlb_alloc",
    "xen_alloc_coherent",
    "kcalloc",
    "kzalloc",
    "mempool_",
    "iommu_alloc",
};

/* Somebody who receives or sends. */
static const char *const network[] = {
    "net_rx_action",
    "net_tx_action",
    "napi_",
    "__napi_",
    "dev_queue_xmit",
    "__dev_queue_xmit",
    "dev_hard_start",
    "netif_",
    "__netif_",
    "tcp_",
    "udp_",
    "ip_rcv",
    "ip_output",
    "ip6_",
    "br_",
    "xenvif_",
    "__alloc_skb",
    "__netdev_alloc",
    "skb_copy",
    "process_backlog",
    "tun_",
    "vhost_net",
    "sk_page_frag",
    "sock_sendmsg",
};

static bool begins_with_one(xlmem__str name, const char *const *list,
                            size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (xlmem__str_starts(name, list[i]))
            return true;
    return false;
}

static bool is_symbol_char(char c)
{
    return xlmem__is_digit(c) || c == '_' || c == '.' ||
           (xlmem__lower(c) >= 'a' && xlmem__lower(c) <= 'z');
}

/* The name before "+0x": of " [<ffff>] ? skb_copy+0x40/0xb0". */
static bool frame_name(xlmem__str text, xlmem__str *name_r)
{
    const char *at = xlmem__spot(text, "+0x"), *from = at;

    while (at && from > text.p && is_symbol_char(from[-1]))
        from--;
    if (!at || from == at)
        return false;
    *name_r = (xlmem__str){from, (size_t)(at - from)};
    return true;
}

void xlmem__log_frame(xlmem__log_open *open, xlmem__str text)
{
    xlmem_log_event *event = &open->event;
    xlmem__str name;

    if (!frame_name(text, &name))
        return;
    if (begins_with_one(name, network, NR(network)))
        event->network = true;
    if (open->traced || begins_with_one(name, printers, NR(printers)))
        return;
    if (begins_with_one(name, helpers, NR(helpers))) {
        xlmem__quote_into(event->helper, sizeof(event->helper), name);
        return;
    }
    xlmem__quote_into(event->caller, sizeof(event->caller), name);
    open->traced = true;
}

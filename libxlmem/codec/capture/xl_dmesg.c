/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's console ring.  It may have wrapped, so that it starts in the middle of
 * anything: a memory map counts only with its heading, and nothing has to be
 * there.
 *
 *     (XEN) Xen version 4.17.5 (Debian 4.17.5+23-...) (...) ...
 *     (XEN) Command line: placeholder dom0_mem=2G,max:2G
 *     (XEN) Xen-e820 RAM map:
 *     (XEN)  [0000000000000000, 000000000009fbff] (usable)
 *     (XEN) System RAM: 4095MB (4193784kB)
 *
 * With console_timestamps= "[2026-01-31 12:00:00] " or "[    0.000000] "
 * stands behind "(XEN) ".  A log from a serial line may have blanks, a CR or
 * the rest of a boot menu behind any line, and the logger's own date before
 * it.
 */
#include "codec/capture/ranges.h"
#include "codec/capture/texts.h"

#include <string.h>

struct ring {
    xlmem_host host; /* facts and texts; map: the last with a heading */
    xlmem_map efi;   /* from the EFI memory map */
    enum { NOWHERE, IN_MAP, IN_EFI, IN_EFI_BS } state;
};

/* Drop the date and time that a serial logger puts before a line: nothing in
 * it but figures and what stands between them, so that no guest's words get
 * around their "(d1)". */
static void skip_date(xlmem__str *line)
{
    size_t n = 0;

    while (n < line->len && strchr("0123456789-/:., []TZ+", line->p[n]) &&
           line->p[n])
        n++;
    line->p += n;
    line->len -= n;
}

/* The text of a line of Xen's; false for others' lines in the ring. */
static bool xen_text(xlmem__str line, xlmem__str *text_r)
{
    xlmem__str stamp;

    skip_date(&line);
    if (!xlmem__skip(&line, "(XEN) "))
        return false;
    *text_r = line;
    if (!xlmem__skip(&line, "["))
        return true;
    stamp = xlmem__cut(&line, ']');
    if (xlmem__cut(&stamp, ',').len && !stamp.len && xlmem__skip(&line, " "))
        *text_r = line;
    return true;
}

static bool ends_with(xlmem__str s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len >= len && !memcmp(s.p + s.len - len, suffix, len);
}

/* -------------------------------------------------------- EFI map --- */

/* UEFI specification, section "GetMemoryMap". */
#define EFI_MEMORY_WB UINT64_C(0x8)
#define EFI_MEMORY_RUNTIME (UINT64_C(1) << 63)

/*
 * What Xen makes of an EFI type (xen/arch/x86/efi/efi-boot.h,
 * efi_arch_process_memory_map, 4.8 to 4.20).
 */
static uint32_t efi_range_type(uint64_t type, uint64_t attr, bool boot_kept)
{
    switch (type) {
    case 3: /* EfiBootServicesCode */
    case 4: /* EfiBootServicesData */
        if (boot_kept)
            return XLMEM_RANGE_RESERVED;
        __attribute__((fallthrough));
    case 1: /* EfiLoaderCode */
    case 2: /* EfiLoaderData */
    case 7: /* EfiConventionalMemory */
        if (attr & EFI_MEMORY_RUNTIME)
            return XLMEM_RANGE_RESERVED;
        return attr & EFI_MEMORY_WB ? XLMEM_RANGE_RAM : XLMEM_RANGE_UNUSABLE;
    case 8: /* EfiUnusableMemory */
        return XLMEM_RANGE_UNUSABLE;
    case 9: /* EfiACPIReclaimMemory */
        return XLMEM_RANGE_ACPI;
    case 10: /* EfiACPIMemoryNVS */
        return XLMEM_RANGE_NVS;
    default:
        return XLMEM_RANGE_RESERVED;
    }
}

/* A number behind @before; *s becomes what is behind the number. */
static int take_number_behind(xlmem__str *s, const char *before, unsigned base,
                              uint64_t *value_r)
{
    if (!xlmem__skip(s, before))
        return XLMEM_ERROR_PARSE;
    return xlmem__take_number(s, base, value_r);
}

/* " 0000000000000-000000009ffff type=7 attr=000000000000000f" */
static int parse_efi_range(xlmem__str s, bool boot_kept, xlmem_map *map)
{
    uint64_t first, last, type, attr;
    int rc = take_number_behind(&s, " ", 16, &first);

    if (!rc)
        rc = take_number_behind(&s, "-", 16, &last);
    if (!rc)
        rc = take_number_behind(&s, " type=", 10, &type);
    if (!rc)
        rc = take_number_behind(&s, " attr=", 16, &attr);
    if (rc)
        return rc;
    return xlmem__add_inclusive(map, first, last,
                                efi_range_type(type, attr, boot_kept));
}

/* ----------------------------------------------------------- lines --- */

/* "4.17.5 (Debian ...": also major and minor. */
static int parse_xen_version(xlmem_host *host, xlmem__str rest)
{
    xlmem__str word = xlmem__word(&rest), tail = word;
    xlmem__release release;

    if (!xlmem__take_release(&tail, &release))
        return XLMEM_ERROR_PARSE;
    XLMEM_SET(host, xen_major, release.major);
    XLMEM_SET(host, xen_minor, release.minor);
    return xlmem__keep_text(&host->xen_version, word);
}

/* "4095MB (4193784kB)" */
static int parse_system_ram(xlmem_host *host, xlmem__str rest)
{
    uint64_t mib, kb;
    int rc = take_number_behind(&rest, "", 10, &mib);

    if (!rc)
        rc = take_number_behind(&rest, "MB (", 10, &kb);
    if (!rc && !xlmem__str_starts(rest, "kB)"))
        rc = XLMEM_ERROR_PARSE;
    if (rc)
        return rc;
    XLMEM_SET(host, total_kb, kb);
    return 0;
}

static int parse_xen_fact(xlmem_host *host, xlmem__str text)
{
    if (xlmem__skip(&text, "Xen version "))
        return parse_xen_version(host, text);
    if (xlmem__skip(&text, "Command line: "))
        return xlmem__keep_text(&host->xen_cmdline, text);
    /* "GRUB 2.06", "EFI" (arch/x86/efi/efi-boot.h), "unknown". */
    if (xlmem__skip(&text, "Bootloader: ")) {
        text = xlmem__trim(text);
        if (xlmem__str_is(text, "EFI") || xlmem__str_starts(text, "GRUB"))
            XLMEM_SET(host, efi_boot, xlmem__str_is(text, "EFI"));
        return 0;
    }
    if (xlmem__skip(&text, "System RAM: "))
        return parse_system_ram(host, text);
    if (xlmem__str_starts(text, "HVM: Hardware Assisted Paging (HAP) det"))
        XLMEM_SET(host, hap, !ends_with(text, "disabled"));
    else if (xlmem__str_starts(text, "64-bit Execution:") ||
             xlmem__str_starts(text, "32-bit Execution:"))
        XLMEM_SET(host, arm, 1); /* arch/arm/setup.c, 4.4 to 4.20 */
    else if (xlmem__str_is(text, "I/O virtualisation enabled"))
        XLMEM_SET(host, iommu, 1);
    else if (xlmem__str_is(text, "I/O virtualisation disabled"))
        XLMEM_SET(host, iommu, 0);
    return 0;
}

/* "Xen-e820 RAM map:", "EFI RAM map:", by the source of the map. */
static bool is_map_heading(xlmem__str text)
{
    xlmem__skip(&text, "Initial ");
    return xlmem__word(&text).len && xlmem__str_starts(text, " RAM map:");
}

/* A heading starts its map anew: Xen prints a draft before, with
 * e820-verbose. */
static bool open_map(struct ring *ring, xlmem__str text)
{
    if (is_map_heading(text)) {
        xlmem_map_dispose(&ring->host.map);
        ring->state = IN_MAP;
    } else if (xlmem__skip(&text, "EFI memory map:")) {
        xlmem_map_dispose(&ring->efi);
        ring->state = xlmem__str_starts(text, " ") ? IN_EFI_BS : IN_EFI;
    } else {
        return false;
    }
    return true;
}

/* The lines of both maps are indented. */
static bool is_ring_range(xlmem__str text)
{
    return xlmem__str_starts(text, " [") || xlmem__str_starts(text, " 0");
}

static int parse_ring_text(struct ring *ring, xlmem__str text)
{
    if (open_map(ring, text))
        return 0;
    if (ring->state == IN_MAP && is_ring_range(text))
        return xlmem__add_range(text, &ring->host.map);
    if (ring->state >= IN_EFI && is_ring_range(text))
        return parse_efi_range(text, ring->state == IN_EFI_BS, &ring->efi);
    ring->state = NOWHERE;
    return parse_xen_fact(&ring->host, text);
}

/* What other documents say of these is better; the kB are finer here. */
static void finish_ring(struct ring *ring, xlmem_host *host)
{
    xlmem_host *found = &ring->host;
    uint64_t settled = host->known;

    if (XLMEM_KNOWS(host, total_kb) && XLMEM_KNOWS(found, total_kb) &&
        host->total_kb / XLMEM__MIB_KB == found->total_kb / XLMEM__MIB_KB)
        settled &= ~XLMEM_FACT_BIT(host, total_kb);
    found->known &= ~settled;
    xlmem__merge_facts(host, found);
    if (!host->xen_version)
        xlmem__move_text(&host->xen_version, &found->xen_version);
    if (!host->xen_cmdline)
        xlmem__move_text(&host->xen_cmdline, &found->xen_cmdline);
    found->map.source = XLMEM_MAP_RING;
    ring->efi.source = XLMEM_MAP_RING;
    xlmem__offer_map(host, found->map.nr ? &found->map : &ring->efi);
}

int xlmem__parse_xl_dmesg(const char *buf, size_t len, xlmem_host *host,
                          xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    struct ring ring = {.state = NOWHERE};
    xlmem__str line, text;
    int rc;

    xlmem_host_init(&ring.host);
    xlmem_map_init(&ring.efi);
    while (xlmem__next_line(&lines, &line)) {
        if (!xen_text(line, &text))
            continue;
        rc = parse_ring_text(&ring, text);
        if (rc) {
            rc = xlmem__complain(where, lines.nr, rc,
                                 "expected what Xen prints there", line);
            goto out;
        }
    }
    finish_ring(&ring, host);
    rc = 0;
out:
    xlmem_map_dispose(&ring.efi);
    xlmem_host_dispose(&ring.host);
    return rc;
}

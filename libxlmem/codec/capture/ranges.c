/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/ranges.h"

#include <string.h>

/*
 * The types' names in all documents.  Xen: xen/arch/x86/e820.c, 4.8 to 4.20.
 * Linux: arch/x86/kernel/e820.c, e820_print_type (the kernel's log) and
 * e820_type_to_string (/sys/firmware/memmap), 2.6.32 to 6.12.
 */
static const struct {
    const char *name;
    uint32_t type;
} type_names[] = {
    {"usable", XLMEM_RANGE_RAM},
    {"System RAM", XLMEM_RANGE_RAM},
    {"RAM", XLMEM_RANGE_RAM},
    {"reserved", XLMEM_RANGE_RESERVED},
    {"Reserved", XLMEM_RANGE_RESERVED},
    {"device reserved", XLMEM_RANGE_RESERVED},
    {"Unknown E820 type", XLMEM_RANGE_RESERVED},
    {"ACPI data", XLMEM_RANGE_ACPI},
    {"ACPI Tables", XLMEM_RANGE_ACPI},
    {"ACPI NVS", XLMEM_RANGE_NVS},
    {"ACPI Non-volatile Storage", XLMEM_RANGE_NVS},
    {"unusable", XLMEM_RANGE_UNUSABLE},
    {"Unusable memory", XLMEM_RANGE_UNUSABLE},
    {"disabled", XLMEM_RANGE_DISABLED},
    {"persistent memory", XLMEM_RANGE_PMEM},
    {"Persistent Memory", XLMEM_RANGE_PMEM},
    /* The number pmem had before ACPI 6.0 gave it one. */
    {"Persistent Memory (legacy)", 12},
    /* Linux's own number for specific-purpose memory. */
    {"soft reserved", 0xefffffff},
    {"Soft Reserved", 0xefffffff},
};

static bool type_number(xlmem__str s, uint32_t *type_r)
{
    uint64_t number;

    if (xlmem__number_all(s, 10, &number) || number > UINT32_MAX)
        return false;
    *type_r = (uint32_t)number;
    return true;
}

/*
 * What stands in "(" and ")" at the start of @s, where both are there.  Behind
 * them a serial line may show what stood on the screen before.
 */
static xlmem__str unwrap(xlmem__str s)
{
    if (s.len >= 2 && s.p[0] == '(' && memchr(s.p, ')', s.len)) {
        s.p++;
        s.len--;
        return xlmem__cut(&s, ')');
    }
    return s;
}

bool xlmem__range_type(xlmem__str name, uint32_t *type_r)
{
    size_t i;

    name = unwrap(xlmem__trim(name));
    for (i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        if (xlmem__str_is(name, type_names[i].name)) {
            *type_r = type_names[i].type;
            return true;
        }
    }
    if (xlmem__skip(&name, "persistent ("))
        name.len -= name.len && name.p[name.len - 1] == ')';
    xlmem__skip(&name, "type ");
    return type_number(name, type_r);
}

int xlmem__add_inclusive(xlmem_map *map, uint64_t first, uint64_t last,
                         uint32_t type)
{
    /* An entry of size 0 is printed with its last byte before its first. */
    if (last == first - 1)
        return 0;
    if (last < first || last == UINT64_MAX)
        return XLMEM_ERROR_RANGE;
    return xlmem_map_add(map, first, last + 1, type);
}

/* A hexadecimal number with or without 0x; *s becomes what is behind. */
static int take_hex(xlmem__str *s, uint64_t *value_r)
{
    xlmem__skip(s, "0x");
    return xlmem__take_number(s, 16, value_r);
}

/* Two numbers with @between in the middle and @behind after. */
static int take_pair(xlmem__str *s, const char *between, const char *behind,
                     uint64_t pair[2])
{
    int rc = take_hex(s, &pair[0]);

    if (rc)
        return rc;
    if (!xlmem__skip(s, between))
        return XLMEM_ERROR_PARSE;
    rc = take_hex(s, &pair[1]);
    if (rc)
        return rc;
    return xlmem__skip(s, behind) ? 0 : XLMEM_ERROR_PARSE;
}

/* "0000000000000000 - 000000000009fc00 (usable)" */
static bool is_old(xlmem__str s)
{
    uint64_t value;

    return !take_hex(&s, &value) && xlmem__str_starts(s, " - ");
}

static int add_exclusive(xlmem_map *map, const uint64_t pair[2], uint32_t type)
{
    if (pair[0] == pair[1])
        return 0;
    return xlmem_map_add(map, pair[0], pair[1], type);
}

int xlmem__add_range(xlmem__str s, xlmem_map *map)
{
    bool exclusive = false;
    uint64_t pair[2];
    uint32_t type;
    int rc;

    s = xlmem__trim(s);
    if (xlmem__skip(&s, "[mem ")) {
        rc = take_pair(&s, "-", "]", pair);
    } else if (xlmem__skip(&s, "[")) {
        rc = take_pair(&s, ", ", "]", pair);
    } else if (is_old(s)) {
        rc = take_pair(&s, " - ", " ", pair);
        exclusive = true;
    } else {
        rc = take_pair(&s, " ", " ", pair);
    }
    if (rc)
        return rc;
    if (!xlmem__range_type(s, &type))
        return XLMEM_ERROR_PARSE;
    return exclusive ? add_exclusive(map, pair, type)
                     : xlmem__add_inclusive(map, pair[0], pair[1], type);
}

void xlmem__offer_map(xlmem_host *host, xlmem_map *map)
{
    bool better = map->nr && (host->map.source == XLMEM_MAP_NONE ||
                              map->source <= host->map.source);

    if (better) {
        xlmem_map_dispose(&host->map);
        host->map = *map;
        xlmem_map_init(map);
    } else {
        xlmem_map_dispose(map);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* xen/e820 of a capture, and the entries of /sys/firmware/memmap. */
#include "codec/capture/ranges.h"
#include "codec/capture/texts.h"

/* Whether a line is meant to be a range: it starts with "[" or a digit. */
static bool is_e820_range(xlmem__str line)
{
    uint64_t value;
    size_t used;

    return line.len &&
           (line.p[0] == '[' || !xlmem__number(line, 16, &value, &used) ||
            xlmem__str_starts(line, "0x"));
}

int xlmem__parse_e820(const char *buf, size_t len, xlmem_host *host,
                      xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line;
    xlmem_map map;
    int rc;

    xlmem_map_init(&map);
    map.source = XLMEM_MAP_XEN;
    while (xlmem__next_line(&lines, &line)) {
        xlmem__str text = xlmem__trim(line);

        if (!is_e820_range(text))
            continue;
        rc = xlmem__add_range(text, &map);
        if (rc) {
            rc = xlmem__complain(where, lines.nr, rc,
                                 "expected \"FIRST LAST TYPE\"", line);
            goto out;
        }
    }
    rc = 0;
    if (map.nr)
        xlmem__offer_map(host, &map);
    else
        rc = xlmem__complain(where, 0, XLMEM_ERROR_PARSE,
                             "expected memory ranges, \"FIRST LAST TYPE\"",
                             (xlmem__str){"", 0});
out:
    xlmem_map_dispose(&map);
    return rc;
}

/* One of an entry's files: a line of text. */
static xlmem__str first_line(xlmem__str s)
{
    return xlmem__trim(xlmem__cut(&s, '\n'));
}

static int parse_address(xlmem__str s, uint64_t *value_r)
{
    s = first_line(s);
    xlmem__skip(&s, "0x");
    return xlmem__number_all(s, 16, value_r);
}

int xlmem__parse_firmware_entry(xlmem__str start, xlmem__str end,
                                xlmem__str type, xlmem_map *map,
                                xlmem__where *where)
{
    uint64_t first, last;
    uint32_t number;
    int rc;

    rc = parse_address(start, &first);
    if (rc)
        return xlmem__complain(where, 1, rc, "not an address", start);
    rc = parse_address(end, &last);
    if (rc)
        return xlmem__complain(where, 1, rc, "not an address", end);
    if (!xlmem__range_type(first_line(type), &number))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE,
                               "not a type of memory", type);
    rc = xlmem__add_inclusive(map, first, last, number);
    if (rc)
        return xlmem__complain(where, 1, rc, "not a memory range", end);
    return 0;
}

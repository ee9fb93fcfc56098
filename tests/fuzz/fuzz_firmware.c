/* SPDX-License-Identifier: LGPL-2.1-only */
/* An entry of the firmware's map: three files, here one behind another with a
 * NUL between. */
#include "fuzz.h"

#include "codec/capture/texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem__str rest = {(const char *)data, size};
    xlmem__str start = xlmem__cut(&rest, '\0');
    xlmem__str end = xlmem__cut(&rest, '\0');
    xlmem__where where = {.line = 0};
    xlmem_map map;
    int rc;

    xlmem_map_init(&map);
    rc = xlmem__parse_firmware_entry(start, end, rest, &map, &where);
    FUZZ_CHECK(!rc || (!map.nr && where.text[0]));
    FUZZ_CHECK(!map.nr || map.ranges[0].start < map.ranges[0].end);
    xlmem_map_dispose(&map);
    return 0;
}

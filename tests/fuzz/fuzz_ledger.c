/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reservations: whatever is read is bounded, and survives being written. */
#include "fuzz.h"

#include "../unit/same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry entry, again;
    xlmem__where where;

    if (xlmem__parse_entry((const char *)data, size, &entry, &where))
        return 0;
    FUZZ_CHECK(entry.plan.nr_steps <= XLMEM_STEPS_MAX);
    FUZZ_CHECK(entry.nr_before <= XLMEM__BEFORE_MAX);
    FUZZ_CHECK(entry.res.need_kb <= XLMEM__ENTRY_KB_MAX);
    FUZZ_CHECK(!xlmem__render_entry(&entry, text));
    FUZZ_CHECK(!xlmem__parse_entry(text, strlen(text), &again, NULL));
    entry.version = XLMEM__ENTRY_VERSION;
    FUZZ_CHECK(is_same_entry(&entry, &again));
    return 0;
}

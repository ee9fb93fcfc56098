/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domain's own file beside the host's configuration: whatever is in it, what
 * comes of it is within bounds, or nothing and a line of text that says
 * why. */
#include "fuzz.h"

#include "codec/opt_in.h"

#define MAX_KB (UINT64_C(1) << 54)

static void check_taken(const xlmem_opt_in *list)
{
    FUZZ_CHECK(
        !XLMEM_KNOWS(list, dynamic_min_kb) ||
        (list->dynamic_min_kb >= 1024 && list->dynamic_min_kb < MAX_KB));
    FUZZ_CHECK(
        !XLMEM_KNOWS(list, dynamic_max_kb) ||
        (list->dynamic_max_kb >= 1024 && list->dynamic_max_kb < MAX_KB));
    FUZZ_CHECK(!XLMEM_KNOWS(list, weight) ||
               (list->weight && list->weight <= 65535));
}

static void check_refused(const xlmem_opt_in *list, const xlmem__where *where)
{
    const char *p;

    FUZZ_CHECK(list->known == 0);
    FUZZ_CHECK(where->text[0]);
    for (p = where->text; *p; p++)
        FUZZ_CHECK((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_text(data, size);
    xlmem__where where = {.line = 0};
    xlmem_opt_in list = {.known = 0};

    if (xlmem__opt_in_conf(copy, size, &list, &where))
        check_refused(&list, &where);
    else
        check_taken(&list);
    free(copy);
    return 0;
}

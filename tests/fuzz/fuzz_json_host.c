/* SPDX-License-Identifier: LGPL-2.1-only */
/* A snapshot's JSON: what is accepted is written as text that is accepted and
 * written the same again. */
#include "fuzz.h"

#include "codec/capture/render.h"
#include "private/all.h"

static void check_rendered(const xlmem_host *host)
{
    static xlmem__renderer *const all[] = {
        xlmem__render_xl_info, xlmem__render_xl_list,
        xlmem__render_xl_list_long, xlmem__render_e820,
        xlmem__render_xenstore_ls};
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char *text = NULL;

        FUZZ_CHECK(!all[i](host, &text));
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem_host host, again;
    char err[128], *once, *twice;
    int rc;

    xlmem_host_init(&host);
    xlmem_host_init(&again);
    err[0] = '\0';
    rc = xlmem_host_from_json((const char *)data, size, &host, err,
                              sizeof(err));
    FUZZ_CHECK(!rc == !err[0]);
    if (!rc) {
        FUZZ_CHECK(!xlmem_host_to_json(&host, &once));
        FUZZ_CHECK(!xlmem_host_from_json(once, strlen(once), &again, err,
                                         sizeof(err)));
        FUZZ_CHECK(!xlmem_host_to_json(&again, &twice));
        FUZZ_CHECK(!strcmp(once, twice));
        check_rendered(&host);
        free(once);
        free(twice);
    }
    xlmem_host_dispose(&host);
    xlmem_host_dispose(&again);
    return 0;
}

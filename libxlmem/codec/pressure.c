/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/facts.h"
#include "codec/text.h"
#include "model/checked.h"
#include "model/report.h"

/*
 * "some avg10=0.12 avg60=0.05 avg300=0.01 total=4711", the same of "full".
 * The averages are percent with two places: the digits are our 1/10 000.
 */
int xlmem__parse_psi(const char *buf, size_t len, xlmem_host *host,
                     xlmem__where *where)
{
    static const xlmem__key keys[] = {
        {"some", offsetof(xlmem_dom0, psi_some10_bp)},
        {"full", offsetof(xlmem_dom0, psi_full10_bp)},
    };
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, avg;
        const xlmem__key *key = xlmem__find_key(keys, 2, xlmem__word(&rest));
        uint64_t bp;
        int rc;

        if (!key)
            continue;
        avg = xlmem__word(&rest);
        rc = xlmem__skip(&avg, "avg10=") ? xlmem__decimal(avg, 2, &bp)
                                         : XLMEM_ERROR_PARSE;
        if (!rc && !xlmem__set_fact(&found, key->offset, bp))
            rc = XLMEM_ERROR_PARSE;
        if (rc)
            return xlmem__complain(where, lines.nr, rc, "expected a pressure",
                                   line);
    }
    xlmem__merge_facts(&host->dom0, &found);
    return 0;
}

/* The same text: "total=" of both, in us. */
bool xlmem__parse_stall(const char *buf, size_t len, xlmem__stall *stall)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    unsigned found = 0;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line;
        const xlmem__str kind = xlmem__word(&rest);
        const bool some = xlmem__str_is(kind, "some");
        uint64_t *us = some ? &stall->some_us : &stall->full_us;

        if (!some && !xlmem__str_is(kind, "full"))
            continue;
        while (rest.len) {
            xlmem__str word = xlmem__word(&rest);

            if (xlmem__skip(&word, "total=") &&
                !xlmem__number_all(word, 10, us))
                found |= some ? 1 : 2;
        }
    }
    return found == 3;
}

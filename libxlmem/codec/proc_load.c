/* SPDX-License-Identifier: LGPL-2.1-only */
/* What /proc says of load and pressure: loadavg, pressure/memory, vmstat. */
#include "codec/facts.h"

#include "model/checked.h"

/* "28.10 25.35 26.06 11/483 27209" */
int xlmem__parse_loadavg(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0}, rest;
    uint64_t load_bp;
    int rc;

    xlmem__next_line(&lines, &line);
    rest = line;
    rc = xlmem__decimal(xlmem__word(&rest), 4, &load_bp);
    if (rc)
        return xlmem__complain(where, 1, rc, "not a load average", line);
    XLMEM_SET(&host->dom0, load1_bp, load_bp);
    return 0;
}

/*
 * "some avg10=0.12 avg60=0.05 avg300=0.01 total=4711", the same of "full".
 * The averages are percent with two places: the digits are our 1/10 000.
 */
int xlmem__parse_psi(const char *buf, size_t len, xlmem_host *host,
                     xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, kind = xlmem__word(&rest), avg;
        bool some = xlmem__equals(kind, "some");
        uint64_t bp;
        int rc;

        if (!some && !xlmem__equals(kind, "full"))
            continue;
        avg = xlmem__word(&rest);
        rc = xlmem__skip(&avg, "avg10=") ? xlmem__decimal(avg, 2, &bp)
                                         : XLMEM_ERROR_PARSE;
        if (rc)
            return xlmem__complain(where, lines.nr, rc, "not a pressure",
                                   line);
        if (some)
            XLMEM_SET(&found, psi_some10_bp, bp);
        else
            XLMEM_SET(&found, psi_full10_bp, bp);
    }
    xlmem__merge_facts(&host->dom0, &found);
    return 0;
}

/* "name number"; allocstall is one counter a zone since Linux 4.8. */
int xlmem__parse_vmstat(const char *buf, size_t len, xlmem_host *host,
                        xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);
        bool stall = xlmem__starts_with(name, "allocstall");
        bool fail = xlmem__equals(name, "compact_fail");
        uint64_t count;
        int rc;

        if (!stall && !fail && !xlmem__equals(name, "compact_success"))
            continue;
        rc = xlmem__number_all(xlmem__trim(rest), 10, &count);
        if (!rc && stall && !xlmem__add(count, found.allocstall, &count))
            rc = XLMEM_ERROR_RANGE;
        if (rc)
            return xlmem__complain(where, lines.nr, rc, "not a count", line);
        if (stall)
            XLMEM_SET(&found, allocstall, count);
        else if (fail)
            XLMEM_SET(&found, compact_fail, count);
        else
            XLMEM_SET(&found, compact_success, count);
    }
    xlmem__merge_facts(&host->dom0, &found);
    return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* What /proc says of dom0's kernel: version and command line. */
#include "codec/facts.h"

int xlmem__parse_version(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0}, rest;
    int rc;

    xlmem__next_line(&lines, &line);
    rest = line;
    if (!xlmem__skip(&rest, "Linux version "))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE,
                               "expected \"Linux version ...\"", line);
    rc = xlmem__set_release(&host->dom0, xlmem__word(&rest));
    if (rc)
        return xlmem__complain(where, 1, rc, "cannot be kept", line);
    /* "(builder@host) (aarch64-linux-gnu-gcc-12 ...": the compiler's name. */
    while (rest.len) {
        xlmem__str word = xlmem__word(&rest);

        xlmem__skip(&word, "(");
        if (xlmem__starts_with(word, "aarch64-") ||
            xlmem__starts_with(word, "arm-"))
            XLMEM_SET(host, arm, 1);
    }
    return 0;
}

int xlmem__parse_kernel_cmdline(const char *buf, size_t len, xlmem_host *host,
                                xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0};
    int rc;

    xlmem__next_line(&lines, &line);
    rc = xlmem__keep_text(&host->dom0.kernel_cmdline, line);
    if (rc)
        return xlmem__complain(where, 1, rc, "cannot be kept", line);
    return 0;
}

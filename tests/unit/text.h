/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the tests of the text parsers share. */
#ifndef XLMEM_TEST_TEXT_H
#define XLMEM_TEST_TEXT_H

#include "same_host.h"
#include "test.h"

#include "codec/capture/texts.h"

/* Parse @text on top of @host; the line of a failure is *line_r. */
static inline int parse_at(xlmem__parser *parser, const char *text,
                           xlmem_host *host, size_t *line_r)
{
    xlmem__where where = {.line = 0};
    int rc = parser(text, strlen(text), host, &where);

    if (rc)
        assert_true(where.text[0]);
    *line_r = where.line;
    return rc;
}

static inline int parse(xlmem__parser *parser, const char *text,
                        xlmem_host *host)
{
    size_t line;

    return parse_at(parser, text, host, &line);
}

/* A text that is wrong, and where. */
struct wrong {
    xlmem__parser *parser;
    const char *text;
    int rc;
    size_t line;
};

/* A wrong text says where it is wrong and leaves the host as it was. */
static inline void check_wrong(const struct wrong *rows, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem_host host, fresh;
        size_t line;
        int rc;

        xlmem_host_init(&host);
        xlmem_host_init(&fresh);
        rc = parse_at(rows[i].parser, rows[i].text, &host, &line);
        if (rc != rows[i].rc || line != rows[i].line)
            print_message("row %zu: %s", i, rows[i].text);
        assert_int_equal(rc, rows[i].rc);
        assert_int_equal(line, rows[i].line);
        same_hosts(&host, &fresh);
        assert_null(host.sources);
    }
}

#endif /* XLMEM_TEST_TEXT_H */

/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/diff.h"

#include <stdio.h>
#include <string.h>

/* Of a line so much is shown. */
#define LINE_MAX 1024

typedef struct diff_span {
    size_t line; /* the first that differs; 1 = first */
    xlmem__str old, new;
} diff_span;

static xlmem__str text_or_empty(xlmem__str text)
{
    return text.p ? text : (xlmem__str){"", 0};
}

static size_t same_head(xlmem__str a, xlmem__str b, size_t *line)
{
    size_t i, head = 0;

    for (i = 0; i < a.len && i < b.len && a.p[i] == b.p[i]; i++)
        if (a.p[i] == '\n') {
            head = i + 1;
            ++*line;
        }
    return head;
}

static bool begins_line(xlmem__str text, size_t at)
{
    return !at || text.p[at - 1] == '\n';
}

/* Whole lines at the end that are the same, of at most @most bytes. */
static size_t same_tail(xlmem__str a, xlmem__str b, size_t most)
{
    size_t i, tail = 0;

    for (i = 0; i < most; i++) {
        if (a.p[a.len - 1 - i] != b.p[b.len - 1 - i])
            return tail;
        if (i + 1 < most && a.p[a.len - 2 - i] == '\n' &&
            b.p[b.len - 2 - i] == '\n')
            tail = i + 1;
    }
    return begins_line(a, a.len - most) && begins_line(b, b.len - most) ? most
                                                                        : tail;
}

static diff_span span_of(xlmem__str old, xlmem__str new)
{
    diff_span d = {.line = 1};
    size_t head = same_head(old, new, &d.line), tail, most;

    most = (old.len < new.len ? old.len : new.len) - head;
    tail = same_tail(old, new, most);
    d.old = (xlmem__str){old.p + head, old.len - head - tail};
    d.new = (xlmem__str){new.p + head, new.len - head - tail};
    return d;
}

static void give_lines(char sign, xlmem__str text, boot_diff_fn *fn, void *arg)
{
    char line[LINE_MAX];

    while (text.len) {
        xlmem__str each = xlmem__cut(&text, '\n');

        snprintf(line, sizeof(line), "%c%.*s", sign, (int)each.len, each.p);
        fn(arg, line);
    }
}

void boot_diff(xlmem__str old, xlmem__str new, boot_diff_fn *fn, void *arg)
{
    const diff_span d = span_of(text_or_empty(old), text_or_empty(new));
    char line[LINE_MAX];

    if (old.p && new.p) {
        snprintf(line, sizeof(line), "@@ line %zu", d.line);
        fn(arg, line);
    }
    give_lines('-', d.old, fn, arg);
    give_lines('+', d.new, fn, arg);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The configuration file of xen.efi (xen/common/efi/boot.c, pre_parse and
 * get_value, 4.2 to 4.20):
 *
 *     [global]
 *     default=xen
 *
 *     [xen]
 *     options=console=vga dom0_mem=1024M,max:1024M
 *     kernel=vmlinuz root=/dev/sda1
 *
 * Any control character ends a line, a tab too; blanks before it are dropped,
 * "#" starts a comment anywhere and ";" at the start.  An item is NAME= to the
 * letter; the section that [global] names counts, or where it names none the
 * first such item of the file.  Where that has no kernel, another file that
 * [global] names as chain= is read instead.
 */
#include "codec/capture/texts.h"
#include "codec/facts.h"

#include <string.h>

xlmem__str xlmem__efi_line(xlmem__str *rest)
{
    xlmem__str line = {rest->p, 0};

    while (line.len < rest->len && (unsigned char)rest->p[line.len] >= ' ' &&
           rest->p[line.len] != 0x7f)
        line.len++;
    rest->p += line.len;
    rest->len -= line.len;
    if (rest->len) {
        rest->p++;
        rest->len--;
    }
    return line;
}

/* Without blanks in front, and comments. */
static bool next_line(xlmem__str *rest, xlmem__str *line_r)
{
    xlmem__str line;

    if (!rest->len)
        return false;
    line = xlmem__efi_line(rest);
    while (line.len && *line.p == ' ') {
        line.p++;
        line.len--;
    }
    if (line.len && *line.p == ';')
        line.len = 0;
    *line_r = xlmem__cut(&line, '#');
    return true;
}

/* get_value: @section empty: of the first section that has it. */
static bool get_value(xlmem__str text, xlmem__str section, const char *item,
                      xlmem__str *value_r)
{
    bool match = !section.len;
    xlmem__str line;

    while (next_line(&text, &line)) {
        if (line.len && *line.p == '[') {
            if (!section.len)
                continue;
            if (match)
                return false;
            match = line.len > section.len + 1 &&
                    !memcmp(line.p + 1, section.p, section.len) &&
                    line.p[section.len + 1] == ']';
        } else if (match && xlmem__skip(&line, item) &&
                   xlmem__skip(&line, "=")) {
            *value_r = xlmem__trim(line);
            return true;
        }
    }
    return false;
}

/* The section that is booted; empty: the first that has what is asked for.
 * Returns false where none has a kernel. */
static bool find_section(xlmem__str text, xlmem__str *section_r)
{
    static const xlmem__str global = {"global", 6};
    xlmem__str kernel;

    *section_r = (xlmem__str){"", 0};
    get_value(text, global, "default", section_r);
    return get_value(text, *section_r, "kernel", &kernel);
}

bool xlmem__find_efi_options(xlmem__str text, xlmem__str *value_r)
{
    xlmem__str section;

    return find_section(text, &section) &&
           get_value(text, section, "options", value_r);
}

int xlmem__parse_efi_cfg(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    static const xlmem__str global = {"global", 6};
    xlmem__str text = {buf, len}, section, value = {"", 0};
    int rc;

    if (!find_section(text, &section)) {
        xlmem__complain(where, 0, XLMEM_ERROR_PARSE,
                        "expected a section with kernel=", section);
        return get_value(text, global, "chain", &value) ? 0
                                                        : XLMEM_ERROR_PARSE;
    }
    xlmem__find_efi_options(text, &value);
    rc = xlmem__keep_text(&host->xen_config_line, value);
    return rc ? xlmem__complain(where, 0, rc, "cannot be kept", value) : 0;
}

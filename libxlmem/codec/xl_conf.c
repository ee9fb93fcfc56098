/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/xl_conf.h"

#include <stdlib.h>
#include <string.h>

#include "codec/edit.h"
#include "codec/xl_cfg.h"

#define KEY "autoballoon"

/* Whether xl reads it to its end, and what it then has for the setting. */
static int read_setting(xlmem__str text, xlmem__cfg_value *value_r,
                        size_t *line_r)
{
    xlmem__cfg cfg = xlmem__cfg_of(text.p, text.len);
    xlmem__cfg_value value;
    xlmem__where where = {0};
    xlmem__str key;
    int rc;

    *value_r = (xlmem__cfg_value){.line = 0};
    while (!(rc = xlmem__cfg_next(&cfg, &key, &value, &where)))
        if (xlmem__str_is(key, KEY))
            *value_r = value;
    *line_r = where.line;
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

/* The last one, as it stands. */
static xlmem__cfg_raw find_raw(xlmem__str text)
{
    xlmem__cfg cfg = xlmem__cfg_of(text.p, text.len);
    xlmem__cfg_raw raw, found = {.line = 0};

    while (xlmem__cfg_next_raw(&cfg, &raw))
        if (raw.value.p && (xlmem__str_is(raw.key, KEY) ||
                            (xlmem__str_starts(raw.key, KEY) &&
                             xlmem__str_is(xlmem__trim((xlmem__str){
                                               raw.key.p + strlen(KEY),
                                               raw.key.len - strlen(KEY)}),
                                           "+"))))
            found = raw;
    return found;
}

static bool is_ended(const char *buf, size_t len)
{
    xlmem__cfg_value value;
    size_t line;

    return !read_setting((xlmem__str){buf, len}, &value, &line) &&
           value.kind == XLMEM__CFG_STRING && !value.appended &&
           xlmem__str_is(value.text, "off");
}

static int put_setting(xlmem__str text, xlmem__edit *edit)
{
    static const char whole[] = KEY "=\"off\"";
    const xlmem__str line = {whole, sizeof(whole) - 1};
    const xlmem__cfg_raw raw = find_raw(text);

    return raw.value.p ? xlmem__edit_replace(edit, raw.text, line)
                       : xlmem__edit_append(edit, line);
}

int xlmem__xl_conf_end_autoballoon(xlmem__str text, char **buf_r,
                                   size_t *len_r, size_t *line_r)
{
    xlmem__edit edit = xlmem__edit_of(text);
    xlmem__cfg_value value;
    int rc = read_setting(edit.text, &value, line_r);

    if (!rc)
        rc = put_setting(edit.text, &edit);
    if (!rc)
        rc = xlmem__edit_render(&edit, buf_r, len_r);
    if (rc || is_ended(*buf_r, *len_r))
        return rc;
    free(*buf_r);
    *line_r = 0;
    return XLMEM_ERROR_PARSE;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* The mode in a configuration, with all else left as the administrator wrote
 * it; and a configuration of nothing but defaults. */
#include <stdlib.h>
#include <string.h>

#include "codec/conf.h"

/* A text in the making; once something does not fit it stays NULL. */
typedef struct draft {
    char *p;
    size_t len;
} draft;

static void add(draft *d, const char *p, size_t len)
{
    char *grown = d->p ? realloc(d->p, d->len + len + 1) : NULL;

    if (!grown) {
        free(d->p);
        d->p = NULL;
        return;
    }
    memcpy(grown + d->len, p, len);
    d->p = grown;
    d->len += len;
    d->p[d->len] = '\0';
}

static void say(draft *d, const char *text)
{
    add(d, text, strlen(text));
}

/* "mode" in front of the line's first equals sign. */
static bool is_mode(xlmem__str line)
{
    return xlmem__equals(xlmem__trim(xlmem__cut(&line, '=')), "mode");
}

/* What stands between the quotes of the mode; p NULL: there is none. */
static xlmem__str find_mode(const char *conf, size_t len)
{
    xlmem__lines lines = xlmem__lines_of(conf, len);
    xlmem__str line, found = {NULL, 0};

    while (xlmem__next_line(&lines, &line)) {
        const char *p, *end = line.p + line.len;

        if (!is_mode(line))
            continue;
        p = memchr(line.p, '=', line.len);
        while (p < end && *p != '"' && *p != '\'')
            p++;
        if (p == end)
            continue;
        found.p = p + 1;
        end = memchr(found.p, *p, (size_t)(end - found.p));
        found.len = end ? (size_t)(end - found.p) : 0;
    }
    return found;
}

static void say_key(draft *d, const xlmem__conf_key *key, const char *mode)
{
    bool is_it = !strcmp(key->name, "mode");

    say(d, is_it ? "" : "#");
    say(d, key->name);
    say(d, is_it ? " = \"" : " = ");
    say(d, is_it ? mode : key->unset);
    say(d, is_it ? "\"\n\n# What is commented out is the default.\n" : "\n");
}

static void say_defaults(draft *d, const char *mode)
{
    const xlmem__conf_key *keys;
    size_t i, nr;

    say(d, "# The memory guard's configuration: memguard.conf(5).\n"
           "# Read again whenever a domain starts; without this file nothing "
           "is guarded.\n\n"
           "# \"warn\" logs what would have been refused; \"enforce\" refuses "
           "it.\n");
    keys = xlmem__conf_keys(&nr);
    for (i = 0; i < nr; i++)
        say_key(d, &keys[i], mode);
}

static void replace(draft *d, const char *conf, size_t len, const char *mode)
{
    const xlmem__str old = find_mode(conf, len);
    size_t before;

    if (old.p) {
        before = (size_t)(old.p - conf);
        add(d, conf, before);
        say(d, mode);
        add(d, old.p + old.len, len - before - old.len);
        return;
    }
    add(d, conf, len);
    say(d, len && conf[len - 1] != '\n' ? "\nmode = \"" : "mode = \"");
    say(d, mode);
    say(d, "\"\n");
}

int xlmem_policy_text(const char *conf, size_t len, xlmem_mode mode,
                      char **text_r)
{
    draft d = {calloc(1, 1), 0};
    xlmem_policy policy;
    int rc = conf ? xlmem__parse_conf(conf, len, &policy, NULL) : 0;

    if (!rc && conf)
        replace(&d, conf, len, xlmem_mode_name(mode));
    else if (!rc)
        say_defaults(&d, xlmem_mode_name(mode));
    if (!rc && !d.p)
        rc = XLMEM_ERROR_NOMEM;
    if (rc)
        free(d.p);
    else
        *text_r = d.p;
    return rc;
}

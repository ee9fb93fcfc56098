/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's command line in GRUB's defaults.  These files are shell; what is read
 * here is the part of shell that assigns:
 *
 *     GRUB_CMDLINE_XEN="dom0_mem=2G,max:2G loglvl=all"
 *     GRUB_CMDLINE_XEN_DEFAULT='bootscrub=0 '"$GRUB_CMDLINE_XEN_DEFAULT"
 *
 * and where one of our two names stands in anything else that could give it a
 * value - a condition, a command, a file that is read in - the line is not
 * known.  GRUB boots "$GRUB_CMDLINE_XEN $GRUB_CMDLINE_XEN_DEFAULT"
 * (util/grub.d/20_linux_xen.in, GRUB 2.00 to 2.12).
 */
#include "codec/capture/boot_words.h"
#include "codec/capture/shell_flow.h"
#include "codec/capture/texts.h"
#include "codec/facts.h"
#include "model/units.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "GRUB_CMDLINE_XEN"

static const char *const our_names[] = {PREFIX, PREFIX "_DEFAULT"};

/* Xen keeps 2 KiB of a command line at most; a value that its own expansion
 * doubles again and again ends here. */
#define VALUE_MAX 4096

/* A text that grows, and of each of its bytes where the document has it. */
struct text {
    char *p;
    const char **from; /* NULL for a blank that joins */
    size_t len, room;
    xlmem__str written; /* in the document: what it was made of, with quotes */
};

struct grub {
    xlmem__str rest; /* of the document */
    size_t line;
    xlmem__shell_flow flow;
    struct text always, default_; /* the two variables */
    xlmem__grub_values *seen;     /* NULL: nobody asks for assignments */
};

static int room_for_text(struct text *text, size_t len)
{
    size_t room = (text->len + len + 1) * 2;
    const char **from;
    char *grown;

    if (len > VALUE_MAX - text->len)
        return XLMEM_ERROR_RANGE;
    if (text->room - text->len > len)
        return 0;
    grown = realloc(text->p, room);
    if (!grown)
        return XLMEM_ERROR_NOMEM;
    text->p = grown;
    from = realloc(text->from, room * sizeof(*from));
    if (!from)
        return XLMEM_ERROR_NOMEM;
    text->from = from;
    text->room = room;
    return 0;
}

/* @p: in the document. */
static int append_word(struct text *text, const char *p, size_t len)
{
    int rc = room_for_text(text, len);
    size_t i;

    if (rc)
        return rc;
    for (i = 0; i < len; i++)
        text->from[text->len + i] = p + i;
    memcpy(text->p + text->len, p, len);
    text->len += len;
    text->p[text->len] = '\0';
    return 0;
}

/* What another one has, which stands where that had it. */
static int append_text(struct text *text, const struct text *other)
{
    int rc = other->len ? room_for_text(text, other->len) : 0;

    if (rc || !other->len)
        return rc;
    memcpy(text->from + text->len, other->from,
           other->len * sizeof(*other->from));
    memcpy(text->p + text->len, other->p, other->len);
    text->len += other->len;
    text->p[text->len] = '\0';
    return 0;
}

static int append_blank(struct text *text)
{
    int rc = append_word(text, " ", 1);

    if (!rc)
        text->from[text->len - 1] = NULL;
    return rc;
}

static void free_text(struct text *text)
{
    free(text->p);
    free(text->from);
}

static struct text *variable(struct grub *grub, xlmem__str name)
{
    if (xlmem__str_is(name, our_names[0]))
        return &grub->always;
    if (xlmem__str_is(name, our_names[1]))
        return &grub->default_;
    return NULL;
}

/* ----------------------------------------------------------- values --- */

/* "$NAME" or "${NAME}" of our own two; of others we know nothing. */
static int expand(struct grub *grub, xlmem__str *s, struct text *value)
{
    bool brace = xlmem__skip(s, "{");
    const struct text *from = variable(grub, xlmem__take_shell_name(s));

    if (brace && !xlmem__skip(s, "}"))
        return XLMEM_ERROR_PARSE;
    if (!from)
        return XLMEM_ERROR_PARSE;
    return append_text(value, from);
}

/* Behind a backslash: @quoted inside double quotes. */
static int take_escaped(struct grub *grub, xlmem__str *s, bool quoted,
                        struct text *value)
{
    const char *at = s->p;

    if (!s->len)
        return XLMEM_ERROR_PARSE;
    s->p++;
    s->len--;
    if (*at == '\n') {
        grub->line++;
        return 0;
    }
    if (quoted && !xlmem__is_one_of(*at, "$`\"\\"))
        return append_word(value, at - 1, 2);
    return append_word(value, at, 1);
}

static int take_single(xlmem__str *s, struct text *value)
{
    xlmem__str inside = xlmem__cut(s, '\'');

    /* Never closed, or not on this line. */
    if (inside.p + inside.len == s->p || memchr(inside.p, '\n', inside.len))
        return XLMEM_ERROR_PARSE;
    return append_word(value, inside.p, inside.len);
}

/* One character, escape, quote or expansion of a value; *quoted follows. */
static int take_piece(struct grub *grub, xlmem__str *s, bool *quoted,
                      struct text *value)
{
    const char *at = s->p++;

    s->len--;
    switch (*at) {
    case '"':
        *quoted = !*quoted;
        return 0;
    case '\\':
        return take_escaped(grub, s, *quoted, value);
    case '$':
        return expand(grub, s, value);
    case '`':
    case '\n':
        return XLMEM_ERROR_PARSE;
    case '\'':
        if (!*quoted)
            return take_single(s, value);
        break;
    default:
        break;
    }
    return append_word(value, at, 1);
}

/* A value from behind its "=" to its end; PARSE when it takes a shell. */
static int take_assigned(struct grub *grub, xlmem__str *s, struct text *value)
{
    bool quoted = false;
    int rc;

    while (s->len) {
        if (!quoted && xlmem__is_one_of(*s->p, " \t\r\n;"))
            break;
        if (!quoted && xlmem__is_one_of(*s->p, "&|<>()~"))
            return XLMEM_ERROR_PARSE;
        rc = take_piece(grub, s, &quoted, value);
        if (rc)
            return rc;
    }
    return quoted ? XLMEM_ERROR_PARSE : 0;
}

/* -------------------------------------------------------- statements --- */

/* What may stand behind a value: nothing, a comment, another statement. */
static bool is_end(struct grub *grub)
{
    xlmem__str left = grub->rest;

    left = xlmem__trim(xlmem__cut(&left, '\n'));
    if (left.len && left.p[0] == ';')
        return true;
    xlmem__cut(&grub->rest, '\n');
    grub->line++;
    return !left.len || xlmem__is_one_of(left.p[0], "#\r");
}

/* For who asks which assignments there are; of more than are kept the last. */
static void note_assignment(struct grub *grub, size_t line, xlmem__str written)
{
    xlmem__grub_values *seen = grub->seen;

    if (!seen)
        return;
    if (seen->nr == XLMEM__GRUB_ASSIGNMENTS_MAX)
        memmove(seen->assigned, seen->assigned + 1,
                --seen->nr * sizeof(seen->assigned[0]));
    seen->assigned[seen->nr].line = line;
    seen->assigned[seen->nr++].written = written;
}

/* Behind NAME=, of ours or (@to NULL) of somebody else.  0, PARSE (a shell is
 * needed), NOMEM. */
static int assign(struct grub *grub, struct text *to)
{
    struct text value = {.written = {grub->rest.p, 0}};
    const size_t line = grub->line + 1;
    int rc = append_word(&value, value.written.p, 0);

    if (!rc)
        rc = take_assigned(grub, &grub->rest, &value);
    value.written.len = (size_t)(grub->rest.p - value.written.p);
    if (rc || !to) {
        free_text(&value);
        return rc;
    }
    note_assignment(grub, line, value.written);
    free_text(to);
    *to = value;
    return 0;
}

static bool skip_line_end(struct grub *grub)
{
    if (!xlmem__skip(&grub->rest, "\\\n"))
        return false;
    grub->line++;
    return true;
}

/* Blanks, and lines that go on. */
static void pass_gap(struct grub *grub)
{
    while (xlmem__skip(&grub->rest, " ") || xlmem__skip(&grub->rest, "\t") ||
           skip_line_end(grub))
        ;
}

static bool skip_export(xlmem__str *code)
{
    return xlmem__skip(code, "export ") || xlmem__skip(code, "export\t");
}

/*
 * A statement that is assignments alone, or export with them and with names.
 * *ours_r: one of our names is given a value.  PARSE where it is another one.
 * The words of a command are expanded before it runs, so that what export sets
 * is not known to those behind.
 */
static int take_assignments(struct grub *grub, bool *ours_r)
{
    const bool exports = skip_export(&grub->rest);
    int rc = 0;

    for (pass_gap(grub); !rc; pass_gap(grub)) {
        const xlmem__str name = xlmem__take_shell_name(&grub->rest);
        struct text *to = variable(grub, name);
        const char *from;

        if (!name.len)
            return is_end(grub) ? 0 : XLMEM_ERROR_PARSE;
        from = grub->rest.p;
        if (!xlmem__skip(&grub->rest, "=")) {
            rc = exports ? 0 : XLMEM_ERROR_PARSE;
            continue;
        }
        rc = assign(grub, to);
        if (exports && *ours_r &&
            memchr(from, '$', (size_t)(grub->rest.p - from)))
            return XLMEM_ERROR_PARSE;
        *ours_r = *ours_r || to;
    }
    return rc;
}

/* A character of a line that is passed over; false: the line ends with it. */
static bool pass_char(struct grub *grub, char *quote, bool *blank)
{
    char c = *grub->rest.p++;

    grub->rest.len--;
    grub->line += c == '\n';
    if (c == '\n' && !*quote)
        return false;
    if (c == '#' && !*quote && *blank) {
        xlmem__cut(&grub->rest, '\n');
        grub->line++;
        return false;
    }
    *blank = xlmem__is_one_of(c, " \t;");
    if (c == '\\' && *quote != '\'' && grub->rest.len) {
        grub->line += *grub->rest.p == '\n';
        grub->rest.p++;
        grub->rest.len--;
    } else if (*quote ? c == *quote : xlmem__is_one_of(c, "'\"")) {
        *quote = *quote ? '\0' : c;
    }
    return true;
}

/* A line with those that a quote or a backslash joins to it.  PARSE for a
 * quote that nothing closes. */
static int take_logical_line(struct grub *grub, xlmem__str *code_r)
{
    bool blank = true;
    char quote = '\0';

    *code_r = grub->rest;
    while (grub->rest.len && pass_char(grub, &quote, &blank))
        ;
    code_r->len = (size_t)(grub->rest.p - code_r->p);
    if (code_r->len && code_r->p[code_r->len - 1] == '\n')
        code_r->len--;
    return quote ? XLMEM_ERROR_PARSE : 0;
}

/* "export" with names alone, which keep their values. */
static bool exports_names(xlmem__str code)
{
    if (!skip_export(&code))
        return false;
    while (code.len && (xlmem__take_shell_name(&code).len ||
                        xlmem__skip(&code, " ") || xlmem__skip(&code, "\t")))
        ;
    return !code.len;
}

/*
 * A statement that is not an assignment of ours.  PARSE when it could make
 * one: a name of ours in a command or as one, or a file that is read in.
 */
static int pass_over_statement(struct grub *grub)
{
    xlmem__str code;
    int rc = take_logical_line(grub, &code);

    if (rc)
        return rc;
    code = xlmem__trim(code);
    if (code.len && code.p[code.len - 1] == '\r')
        code.len--;
    if (!code.len || code.p[0] == '#')
        return 0;
    if (!xlmem__follow_shell(&grub->flow, code))
        return XLMEM_ERROR_PARSE;
    if (exports_names(code))
        return 0;
    return xlmem__shell_may_set(code, our_names, 2) ? XLMEM_ERROR_PARSE : 0;
}

static int statement(struct grub *grub)
{
    xlmem__str before;
    size_t line;
    bool ours = false;
    int rc;

    while (grub->rest.len && xlmem__is_one_of(*grub->rest.p, " \t;")) {
        grub->rest.p++;
        grub->rest.len--;
    }
    before = grub->rest;
    line = grub->line;
    rc = take_assignments(grub, &ours);
    if (ours)
        return !rc && xlmem__may_not_run(&grub->flow) ? XLMEM_ERROR_PARSE : rc;
    if (rc == XLMEM_ERROR_NOMEM)
        return rc;
    grub->rest = before;
    grub->line = line;
    return pass_over_statement(grub);
}

/* ----------------------------------------------------- our own drop-in --- */

/* A value that stands nowhere in the document as it is. */
static int set_made_text(struct text *text, const char *made)
{
    const size_t len = strlen(made);
    size_t i;
    int rc;

    text->len = 0;
    rc = append_word(text, made, len);
    for (i = 0; i < text->len; i++)
        text->from[i] = NULL;
    return rc;
}

static xlmem__str value_text(const struct text *text)
{
    return (xlmem__str){text->p ? text->p : "", text->len};
}

static int put_word(struct grub *grub, const char *word)
{
    struct text *const values[] = {&grub->always, &grub->default_};
    xlmem__boot_part parts[2] = {{.text = value_text(&grub->always)},
                                 {.text = value_text(&grub->default_)}};
    size_t i;
    int rc = 0;

    if (!xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, word))
        return XLMEM_ERROR_PARSE;
    for (i = 0; i < 2 && !rc; i++) {
        char *made;

        if (!parts[i].nr)
            continue;
        made = xlmem__render_boot_part(&parts[i]);
        rc = made ? set_made_text(values[i], made) : XLMEM_ERROR_NOMEM;
        free(made);
    }
    return rc;
}

/* From its mark to its end; without one it is shell as any other. */
static int take_drop_in(struct grub *grub)
{
    char word[XLMEM__BOOT_WORD_MAX] = "";

    while (grub->rest.len) {
        xlmem__str line = xlmem__cut(&grub->rest, '\n');

        grub->line++;
        if (xlmem__str_starts(line, XLMEM__DROP_IN_END))
            return *word ? put_word(grub, word) : 0;
        if (!xlmem__skip(&line, XLMEM__DROP_IN_WORD))
            continue;
        line = xlmem__cut(&line, '\'');
        if (line.len >= sizeof(word))
            return XLMEM_ERROR_PARSE;
        memcpy(word, line.p, line.len);
        word[line.len] = '\0';
        if (*word && !xlmem__boot_word_is_valid(word))
            return XLMEM_ERROR_PARSE;
    }
    return XLMEM_ERROR_PARSE;
}

/* Both variables as the boot entry joins them. */
static int join_variables(struct grub *grub, char **line_r)
{
    struct text *line = &grub->always;
    int rc = append_blank(line);

    if (!rc)
        rc = append_text(line, &grub->default_);
    if (!rc)
        rc = xlmem__keep_text(line_r, (xlmem__str){line->p, line->len});
    return rc;
}

/* All of the document; *line_r, *nr_r: where it ended. */
static int statements(struct grub *grub, xlmem__str *line_r, size_t *nr_r)
{
    int rc = 0;

    while (grub->rest.len && !rc) {
        *line_r = grub->rest;
        *nr_r = grub->line + 1;
        rc = xlmem__str_starts(grub->rest, XLMEM__DROP_IN_MARK)
                 ? take_drop_in(grub)
                 : statement(grub);
    }
    return rc;
}

/* PARSE: no value is known, and @where says why; others as they are. */
static int complain_of_grub(xlmem__where *where, size_t nr, int rc,
                            xlmem__str line)
{
    if (rc != XLMEM_ERROR_PARSE && rc != XLMEM_ERROR_RANGE)
        return rc;
    return xlmem__complain(where, nr, XLMEM_ERROR_PARSE,
                           rc == XLMEM_ERROR_RANGE
                               ? "the value has more than 4096 bytes, twice "
                                 "of what Xen keeps"
                               : "only a shell can tell",
                           xlmem__cut(&line, '\n'));
}

int xlmem__parse_grub(const char *buf, size_t len, xlmem_host *host,
                      xlmem__where *where)
{
    struct grub grub = {.rest = {buf, len}};
    xlmem__str line;
    size_t nr;
    int rc = statements(&grub, &line, &nr);

    if (!rc) {
        line = (xlmem__str){"", 0};
        nr = 0;
        rc = join_variables(&grub, &host->xen_config_line);
    }
    if (rc)
        rc = complain_of_grub(where, nr, rc, line);
    free_text(&grub.always);
    free_text(&grub.default_);
    return rc == XLMEM_ERROR_PARSE ? 0 : rc;
}

static xlmem__grub_value grub_value_of(const struct text *text)
{
    return (xlmem__grub_value){text->p, text->len, text->from, text->written};
}

int xlmem__grub_values_of(xlmem__str text, xlmem__grub_values *values_r,
                          xlmem__where *where)
{
    struct grub grub = {.rest = text, .seen = values_r};
    xlmem__str line = {"", 0};
    size_t nr = 0;
    int rc;

    memset(values_r, 0, sizeof(*values_r));
    rc = statements(&grub, &line, &nr);
    if (!rc) {
        values_r->always = grub_value_of(&grub.always);
        values_r->default_ = grub_value_of(&grub.default_);
        return 0;
    }
    rc = complain_of_grub(where, nr, rc, line);
    free_text(&grub.always);
    free_text(&grub.default_);
    return rc;
}

void xlmem__grub_values_dispose(xlmem__grub_values *values)
{
    free(values->always.p);
    free(values->always.from);
    free(values->default_.p);
    free(values->default_.from);
    memset(values, 0, sizeof(*values));
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* Words of the POSIX shell and of bash, by the places where commands stand. */
#include "codec/capture/shell_flow.h"

#include "codec/facts.h"
#include "model/units.h"

static bool is_keyword(xlmem__str word, const char *const *words, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (xlmem__str_is(word, words[i]))
            return true;
    return false;
}

static char take_shell_char(xlmem__str *code)
{
    char c = *code->p++;

    code->len--;
    return c;
}

/* Behind a quote: to the one that closes it. */
static void pass_quoted(xlmem__str *code, char quote)
{
    while (code->len) {
        char c = take_shell_char(code);

        if (c == quote)
            return;
        if (c == '\\' && quote != '\'' && code->len)
            take_shell_char(code);
    }
}

/* Behind "$(": what runs there has variables of its own. */
static void pass_substitution(xlmem__str *code)
{
    unsigned parens = 1;

    while (code->len && parens) {
        char c = take_shell_char(code);

        if (c == '(')
            parens++;
        else if (c == ')')
            parens--;
        else if (c == '\\' && code->len)
            take_shell_char(code);
        else if (xlmem__is_one_of(c, "'\"`"))
            pass_quoted(code, c);
    }
}

static xlmem__str take_shell_word(xlmem__str *code)
{
    xlmem__str word = {code->p, 0};

    while (code->len && !xlmem__is_one_of(*code->p, " \t\n;&|<>()")) {
        char c = take_shell_char(code);

        if (c == '\\' && code->len)
            take_shell_char(code);
        else if (xlmem__is_one_of(c, "'\"`"))
            pass_quoted(code, c);
        else if (c == '$' && xlmem__skip(code, "("))
            pass_substitution(code);
    }
    word.len = (size_t)(code->p - word.p);
    return word;
}

/* NAME=, NAME+=: a command may follow. */
static bool is_assignment(xlmem__str word)
{
    xlmem__str name = xlmem__cut(&word, '=');
    size_t i;

    for (i = 0; i < name.len; i++)
        if (!xlmem__is_one_of(xlmem__lower(name.p[i]),
                              "abcdefghijklmnopqrstuvwxyz0123456789_+"))
            return false;
    return name.len && word.p > name.p + name.len;
}

/* Whether its arguments are names of variables. */
static bool names_variables(xlmem__str word)
{
    static const char *const words[] = {
        "export", "readonly", "declare", "typeset", "local", "read", "unset"};

    return is_keyword(word, words, 7);
}

/* NAME or NAME=VALUE whose name is put together when it is run. */
static bool makes_a_name(xlmem__str word)
{
    const xlmem__str name = xlmem__cut(&word, '=');
    size_t i;

    for (i = 0; i < name.len; i++)
        if (xlmem__is_one_of(name.p[i], "$`\"'\\"))
            return true;
    return false;
}

/* A word where a command stands; *command: whether the next one does, too. */
static bool take_command_word(xlmem__shell_flow *flow, xlmem__str word,
                              bool *command)
{
    static const char *const decide[] = {".",      "source", "eval", "exec",
                                         "return", "exit",   "alias"};
    static const char *const open[] = {"if", "while", "until", "case", "for"};
    static const char *const close[] = {"fi", "esac", "done", "}"};
    static const char *const between[] = {
        "then", "do", "else", "elif", "!", "time", "command", "builtin"};

    if (is_keyword(word, decide, 7))
        return false;
    *command = is_keyword(word, open, 3) || is_keyword(word, between, 8) ||
               is_assignment(word);
    flow->depth += is_keyword(word, open, 5);
    flow->depth -= flow->depth && is_keyword(word, close, 4);
    return true;
}

/* One of ;&|<>() or the end of a line; false: a here-document begins. */
static bool take_operator(xlmem__shell_flow *flow, xlmem__str *code,
                          bool *command)
{
    char c = take_shell_char(code);

    if (c == '<' && xlmem__skip(code, "<"))
        return xlmem__skip(code, "<"); /* bash: "<<<" takes a word */
    if (xlmem__is_one_of(c, "<>")) {
        xlmem__skip(code, "&");
        return true;
    }
    flow->parens += c == '(' && *command;
    flow->parens -= c == ')' && flow->parens;
    flow->joined = c == '|' || (c == '&' && xlmem__skip(code, "&"));
    *command = *command || c != '(';
    return true;
}

bool xlmem__follow_shell(xlmem__shell_flow *flow, xlmem__str code)
{
    bool command = true, names = false;

    flow->joined = false;
    while (code.len) {
        xlmem__str word;

        if (xlmem__is_one_of(*code.p, " \t") ||
            xlmem__str_starts(code, "\\\n")) {
            if (take_shell_char(&code) == '\\')
                take_shell_char(&code);
            continue;
        }
        if (*code.p == '#')
            return true;
        if (xlmem__is_one_of(*code.p, "\n;&|<>()")) {
            if (!take_operator(flow, &code, &command))
                return false;
            names = names && !command;
            continue;
        }
        flow->joined = false;
        word = take_shell_word(&code);
        if (xlmem__str_is(word, "{")) {
            flow->depth++;
            command = true;
        } else if (!command) {
            if (names && makes_a_name(word))
                return false;
        } else if (!take_command_word(flow, word, &command)) {
            return false;
        } else {
            names = names_variables(word);
        }
    }
    return true;
}

bool xlmem__may_not_run(const xlmem__shell_flow *flow)
{
    return flow->depth || flow->parens || flow->joined;
}

static bool is_variable_char(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

xlmem__str xlmem__take_shell_name(xlmem__str *s)
{
    xlmem__str name = {s->p, 0};

    while (name.len < s->len && is_variable_char(s->p[name.len]))
        name.len++;
    s->p += name.len;
    s->len -= name.len;
    return name;
}

/* Where a reader of a command is: what is a command and what an argument. */
struct command_place {
    bool command;  /* a word that begins here would be run */
    bool assigned; /* in a NAME=VALUE before it */
    char quote;
};

/* Behind which a command stands. */
static bool leads_command(xlmem__str name)
{
    static const char *const words[] = {"if", "then",  "elif",  "else",
                                        "do", "while", "until", "time"};

    return is_keyword(name, words, 8);
}

/* Over @c, which stands behind @name (of no length: behind another such). */
static void pass_place(struct command_place *place, xlmem__str name, char c)
{
    const bool blank = !place->quote && xlmem__is_one_of(c, " \t");
    const bool was = place->command;

    if (place->quote ? c == place->quote : xlmem__is_one_of(c, "'\""))
        place->quote = place->quote ? '\0' : c;
    place->command =
        xlmem__is_one_of(c, ";&|(`") ||
        (blank && (place->assigned || (was && leads_command(name)))) ||
        (was && !name.len && xlmem__is_one_of(c, " \t\"${!"));
    place->assigned = (was && name.len && c == '=') ||
                      (place->assigned && !blank && !place->command);
}

bool xlmem__shell_may_set(xlmem__str line, const char *const *names, size_t nr)
{
    struct command_place place = {.command = true};
    char before = ' ';

    while (line.len) {
        xlmem__str name = xlmem__take_shell_name(&line);
        bool read =
            before == '$' || (before == '{' && xlmem__str_starts(line, "}"));

        if (is_keyword(name, names, nr) && (!read || place.command))
            return true;
        if (!line.len)
            break;
        before = *line.p++;
        line.len--;
        if (before != '\\' || !xlmem__str_starts(line, "\n"))
            pass_place(&place, name, before);
        if (before == '\\' && place.quote != '\'' && line.len) {
            line.p++;
            line.len--;
        }
    }
    return false;
}

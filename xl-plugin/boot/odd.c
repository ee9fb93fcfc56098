/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One walk over the bytes of a shell file, which knows quotes, comments,
 * substitutions, here-documents and where a command stands, and no more of the
 * shell than that.  What may not run is not judged.
 */
#include "boot/odd.h"

#include <string.h>

#include "boot/odd_grub.h"
#include "codec/facts.h"
#include "model/units.h"

#define PREFIX "GRUB_CMDLINE_XEN"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* On an inline host it is said by an xlmem__where. */
#define ODD(name, why)                                                        \
    static const char name[] = why;                                           \
    _Static_assert(sizeof(why) <= sizeof(((xlmem__where *)NULL)->text),       \
                   "it would be cut")

ODD(odd_mark,
    "the file begins with a byte order mark, which a shell takes for a part "
    "of the first word: save it without");
ODD(odd_readonly,
    "the variable is made read-only, and nothing behind it can change it: "
    "take readonly (declare -r) away");
ODD(odd_array,
    "an array is for bash alone, and GRUB gets its first word at most: make "
    "it one text in double quotes");
ODD(odd_dollar,
    "$'...' and $\"...\" are for bash alone, another sh keeps the $: use "
    "quotes without it");
ODD(odd_line_break,
    "the value has a line break (or its quote is not closed), and would end "
    "the command in grub.cfg there: write it in one line");
ODD(odd_character,
    "the value has a character that is not ASCII (a typographic quote, a "
    "no-break space): write it with plain \" and blanks");

ODD(odd_end,
    "the value has a ; or a word that begins with #, at which GRUB's script "
    "ends the command, so that what stands behind is lost: take it away");
ODD(odd_open,
    "the value leaves a quote open or ends with a backslash, and GRUB's "
    "script takes in what stands behind: close it, or put a backslash before "
    "it");
ODD(odd_name,
    "the value ends with a $ that names no variable, or with a ${ that "
    "nothing closes, and GRUB's script is not read at all: put a backslash "
    "before it");
ODD(odd_syntax,
    "the value has one of < > & | { }, or a $ that names no variable, with "
    "which GRUB's script is not read at all: put a backslash before it");
ODD(odd_bytes,
    "the file has bytes that are no text (UTF-16?): save it as plain ASCII");
ODD(odd_command,
    "what stands behind a blank is run as a command, and GRUB's generator "
    "ends there: write it without a blank beside =, and the value in quotes");

/* Of here-documents that begin on one line, and of substitutions in each
 * other; with more the walk ends. */
#define HERE_MAX 4
#define DEPTH_MAX 8

typedef struct odd_walk {
    const char *p, *end;
    boot_odds *odds;
    boot_odds kept;   /* what it was before the command that p is in */
    unsigned depth;   /* of substitutions around p */
    unsigned blocks;  /* of if, case, loops, braces around p */
    unsigned parens;  /* of subshells */
    bool joined;      /* behind && || | on the line */
    bool command;     /* a word that begins here would be run */
    bool declares;    /* in the arguments of declare, export and such */
    bool readonly;    /* or of readonly */
    const char *ours; /* where this command began with a value for ours */
    /* Seen in the value, substitutions apart. */
    bool dollar, broken, foreign;
    bool quoted;               /* p is in double quotes */
    odd_grub grub;             /* the value, as GRUB's script reads it */
    xlmem__str here[HERE_MAX]; /* what ends those that are to come */
    size_t nr_here;
} odd_walk;

static bool ends_odd_word(char c)
{
    return xlmem__is_one_of(c, " \t\r\n;&|()<>");
}

static bool is_odd_name(const odd_walk *walk, const char *p)
{
    return p < walk->end && !ends_odd_word(*p) && *p != '=' && *p != '[' &&
           *p != '+' && !xlmem__is_one_of(*p, "'\"\\$`{}");
}

static xlmem__str odd_rest(const odd_walk *walk)
{
    return (xlmem__str){walk->p, (size_t)(walk->end - walk->p)};
}

/* Only a shell can tell where words begin from here on. */
static void give_up_odd(odd_walk *walk)
{
    walk->p = walk->end;
}

static void pass_odd_byte(odd_walk *walk)
{
    if (!walk->depth) {
        walk->foreign = walk->foreign || (*walk->p & 0x80);
        odd_grub_take(&walk->grub, *walk->p);
    }
    walk->p++;
}

/* $NAME, $1 or $?, which the shell takes the place of. */
static bool pass_odd_name(odd_walk *walk)
{
    if (*walk->p != '$' || walk->end - walk->p < 2 ||
        !(odd_is_letter(walk->p[1]) ||
          xlmem__is_one_of(walk->p[1], "@*#?$!-")))
        return false;
    walk->p += 2;
    while (walk->p < walk->end && odd_is_letter(walk->p[-1]) &&
           odd_is_letter(*walk->p))
        walk->p++;
    if (!walk->depth)
        odd_grub_take_unknown(&walk->grub);
    return true;
}

/* A character with what a backslash takes to it.  The backslash is a part of
 * the value only in double quotes, before what has no meaning there. */
static void pass_odd_char(odd_walk *walk)
{
    if (pass_odd_name(walk))
        return;
    if (*walk->p == '\\' && walk->end - walk->p > 1) {
        if (walk->quoted && !xlmem__is_one_of(walk->p[1], "$`\"\\\n"))
            pass_odd_byte(walk);
        else
            walk->p++;
        if (*walk->p == '\n') {
            walk->p++;
            return;
        }
    }
    pass_odd_byte(walk);
}

static void pass_odd_comment(odd_walk *walk)
{
    while (walk->p < walk->end && *walk->p != '\n')
        walk->p++;
}

static void pass_odd_piece(odd_walk *walk);

/* Over a quote and all up to the one that closes it. */
static void pass_odd_quote(odd_walk *walk)
{
    const char quote = *walk->p++;
    const bool outside = walk->quoted;

    walk->quoted = quote == '"';
    while (walk->p < walk->end && *walk->p != quote) {
        if (!walk->depth)
            walk->broken = walk->broken || *walk->p == '\n';
        if (quote == '\'' || *walk->p == '\'')
            pass_odd_byte(walk);
        else
            pass_odd_piece(walk);
    }
    walk->p += walk->p < walk->end;
    walk->quoted = outside;
}

/* `...`: ends at the next one without a backslash, in quotes or not. */
static void pass_odd_backticks(odd_walk *walk)
{
    walk->p++;
    while (walk->p < walk->end && *walk->p != '`')
        pass_odd_char(walk);
    walk->p += walk->p < walk->end;
}

/* ${...}: which quotes count in it hangs on what is around it. */
static void pass_odd_braces(odd_walk *walk)
{
    walk->p += 2;
    while (walk->p < walk->end && *walk->p != '}') {
        if (xlmem__is_one_of(*walk->p, "'\""))
            give_up_odd(walk);
        else
            pass_odd_piece(walk);
    }
    walk->p += walk->p < walk->end;
}

/* $(...), and $((...)), which has no commands.  A case in it has ")" that
 * close nothing. */
static void pass_odd_parens(odd_walk *walk)
{
    const bool sum = xlmem__str_starts(odd_rest(walk), "$((");
    unsigned open = 0;

    walk->p++;
    while (walk->p < walk->end) {
        const bool begins = ends_odd_word(walk->p[-1]);

        if (!sum && (xlmem__str_starts(odd_rest(walk), "<<") ||
                     (begins && xlmem__str_starts(odd_rest(walk), "case"))))
            give_up_odd(walk);
        else if (!sum && begins && *walk->p == '#')
            pass_odd_comment(walk);
        else if (*walk->p == '(' || *walk->p == ')') {
            open = *walk->p++ == '(' ? open + 1 : open - 1;
            if (!open)
                break;
        } else
            pass_odd_piece(walk);
    }
}

static void pass_odd_substitution(odd_walk *walk)
{
    if (walk->depth == DEPTH_MAX) {
        give_up_odd(walk);
        return;
    }
    walk->depth++;
    if (*walk->p == '`')
        pass_odd_backticks(walk);
    else if (walk->p[1] == '{')
        pass_odd_braces(walk);
    else
        pass_odd_parens(walk);
    walk->depth--;
    if (!walk->depth)
        odd_grub_take_unknown(&walk->grub);
}

/* A character, or a quote or substitution as a whole. */
static void pass_odd_piece(odd_walk *walk)
{
    if (*walk->p == '`' || xlmem__str_starts(odd_rest(walk), "$(") ||
        xlmem__str_starts(odd_rest(walk), "${"))
        pass_odd_substitution(walk);
    else if (xlmem__is_one_of(*walk->p, "'\""))
        pass_odd_quote(walk);
    else
        pass_odd_char(walk);
}

static void pass_odd_rest(odd_walk *walk)
{
    while (walk->p < walk->end && !ends_odd_word(*walk->p)) {
        if (*walk->p == '$' && walk->end - walk->p > 1 &&
            xlmem__is_one_of(walk->p[1], "'\"")) {
            walk->dollar = true;
            walk->p++;
        }
        pass_odd_piece(walk);
    }
}

/* ------------------------------------------------------- assignments --- */

static bool may_not_run_odd(const odd_walk *walk)
{
    return walk->blocks || walk->parens || walk->joined;
}

/* At the end of a value. */
static const char *judge_odd_grub(const odd_grub *grub)
{
    if (grub->ended)
        return odd_end;
    if (grub->unread)
        return odd_syntax;
    if (grub->in == ODD_VARIABLE_NONE)
        return grub->quote || grub->escape ? odd_open : NULL;
    return odd_name;
}

/* What is wrong until a later line takes the value in, and ends it. */
static bool is_odd_open(const char *why)
{
    return why == odd_open || why == odd_name;
}

/* From behind the "=" to the end of the word. */
static const char *judge_odd_value(odd_walk *walk)
{
    const char *why;

    walk->dollar = walk->broken = walk->foreign = walk->quoted = false;
    walk->grub = (odd_grub){.blank = true};
    pass_odd_rest(walk);
    if (walk->dollar)
        return odd_dollar;
    if (walk->broken)
        return odd_line_break;
    why = judge_odd_grub(&walk->grub);
    return walk->foreign && (!why || is_odd_open(why)) ? odd_character : why;
}

static void note_odd(odd_walk *walk, boot_odd_of of, const char *at,
                     const char *why)
{
    if (!why || walk->odds->why[of] || may_not_run_odd(walk))
        return;
    walk->odds->why[of] = why;
    walk->odds->at[of] = at;
}

/* What it was is gone, unless it is a @part of what it is. */
static void keep_odd_part(boot_odds *odds, boot_odd_of of, bool part)
{
    const bool open = is_odd_open(odds->why[of]);

    odds->pieced[of] = part && (open || odds->pieced[of]);
    if (!part || open)
        odds->why[of] = NULL;
}

/* Behind a name of ours that is given a value, or declared. */
static void judge_odd_use(odd_walk *walk, boot_odd_of of, const char *at)
{
    xlmem__str rest = odd_rest(walk), value;
    const bool array = xlmem__str_starts(rest, "[");
    const bool more = xlmem__skip(&rest, "+");
    const char *why;

    if (walk->readonly)
        note_odd(walk, BOOT_ODD_FOR_GOOD, at, odd_readonly);
    if (!array && !xlmem__skip(&rest, "="))
        return;
    if (array || xlmem__str_starts(rest, "(")) {
        note_odd(walk, of, at, odd_array);
        return;
    }
    walk->p = rest.p;
    why = judge_odd_value(walk);
    value = (xlmem__str){rest.p, (size_t)(walk->p - rest.p)};
    keep_odd_part(walk->odds, of,
                  more || memmem(value.p, value.len, PREFIX, strlen(PREFIX)));
    if (!is_odd_open(why) || !walk->odds->pieced[of])
        note_odd(walk, of, at, why);
}

static bool is_odd_ours(xlmem__str name)
{
    return xlmem__str_is(name, PREFIX) ||
           xlmem__str_is(name, PREFIX "_DEFAULT");
}

static bool is_odd_word(xlmem__str name, const char *const *words)
{
    while (*words && !xlmem__str_is(name, *words))
        words++;
    return *words;
}

/* Those that what is assigned before them outlasts, in the sh that reads these
 * files (POSIX.1-2017, XCU 2.14: dash, and bash by that name). */
static bool is_odd_special(xlmem__str name)
{
    static const char *const special[] = {
        ":",     ".",      "break",    "continue", "eval", "exec",
        "exit",  "export", "readonly", "return",   "set",  "shift",
        "times", "trap",   "unset",    NULL};

    return is_odd_word(name, special);
}

/* A word that is run: NAME ="VALUE", NAME= "VALUE", NAME=WORD WORD.  What
 * was assigned before it was for this command alone. */
static void judge_odd_command(odd_walk *walk, xlmem__str name)
{
    if (is_odd_special(name))
        return;
    *walk->odds = walk->kept;
    if (walk->p < walk->end && xlmem__is_one_of(*walk->p, "<>"))
        return;
    if (walk->ours || is_odd_ours(name))
        note_odd(walk, BOOT_ODD_FOR_GOOD, walk->ours ? walk->ours : name.p,
                 odd_command);
}

/* A word where a command stands; whether one stands behind it, too. */
static bool take_odd_command(odd_walk *walk, xlmem__str name)
{
    static const char *const opening[] = {"if",     "while", "until", "for",
                                          "select", "case",  "{",     NULL};
    static const char *const closing[] = {"fi", "done", "esac", "}", NULL};
    static const char *const leading[] = {
        "if", "while", "until", "then",    "elif",    "else", "do",
        "{",  "!",     "time",  "command", "builtin", NULL};
    static const char *const declaring[] = {"declare", "typeset",  "local",
                                            "export",  "readonly", NULL};

    walk->blocks += is_odd_word(name, opening);
    walk->blocks -= walk->blocks && is_odd_word(name, closing);
    walk->declares = is_odd_word(name, declaring);
    walk->readonly = xlmem__str_is(name, "readonly");
    return is_odd_word(name, leading);
}

/* Where a word begins. */
static void judge_odd_word(odd_walk *walk)
{
    xlmem__str name = {walk->p, 0};
    const bool begins = walk->command;
    bool assigns;

    if (*name.p == '{' || *name.p == '}')
        name.len++;
    while (is_odd_name(walk, name.p + name.len))
        name.len++;
    walk->p += name.len;
    assigns =
        name.len && walk->p < walk->end && xlmem__is_one_of(*walk->p, "=+[");
    if (begins && !assigns)
        judge_odd_command(walk, name);
    else if (begins && is_odd_ours(name))
        walk->ours = name.p;
    if (begins && (walk->p == walk->end || ends_odd_word(*walk->p)))
        walk->command = take_odd_command(walk, name);
    else
        walk->command = begins && assigns;
    if (walk->declares && xlmem__str_starts(name, "-"))
        walk->readonly =
            walk->readonly || memchr(name.p, 'r', name.len) != NULL;
    if (!begins && !walk->declares)
        return;
    if (xlmem__str_is(name, PREFIX))
        judge_odd_use(walk, BOOT_ODD_ALWAYS, name.p);
    else if (xlmem__str_is(name, PREFIX "_DEFAULT"))
        judge_odd_use(walk, BOOT_ODD_DEFAULT, name.p);
}

/* ----------------------------------------------------- between words --- */

/* At "<<": what ends a here-document is a word with its quotes taken away;
 * one with quotes in its middle is left to a shell. */
static void take_odd_here(odd_walk *walk)
{
    xlmem__str word;
    char quote;

    walk->p += 2;
    if (walk->p < walk->end && *walk->p == '<') {
        walk->p++;
        return;
    }
    while (walk->p < walk->end && xlmem__is_one_of(*walk->p, "- \t"))
        walk->p++;
    quote = walk->p < walk->end && xlmem__is_one_of(*walk->p, "'\"\\")
                ? *walk->p++
                : '\0';
    word = (xlmem__str){walk->p, 0};
    while (is_odd_name(walk, walk->p))
        walk->p++;
    word.len = (size_t)(walk->p - word.p);
    if (quote && quote != '\\')
        walk->p += walk->p < walk->end && *walk->p == quote;
    if (walk->nr_here == HERE_MAX || !word.len || walk->p == walk->end ||
        !ends_odd_word(*walk->p))
        give_up_odd(walk);
    else
        walk->here[walk->nr_here++] = word;
}

/* Behind the line that they began on. */
static void pass_odd_here(odd_walk *walk)
{
    xlmem__str rest = odd_rest(walk);
    size_t i;

    for (i = 0; i < walk->nr_here; i++) {
        xlmem__str line;

        do {
            line = xlmem__cut(&rest, '\n');
            while (xlmem__skip(&line, "\t"))
                ;
        } while (rest.len && (line.len != walk->here[i].len ||
                              memcmp(line.p, walk->here[i].p, line.len)));
    }
    walk->nr_here = 0;
    walk->p = rest.p;
}

/* Over what is between two words. */
static void pass_odd_gap(odd_walk *walk)
{
    const char c = *walk->p;

    if (xlmem__str_starts(odd_rest(walk), "<<")) {
        take_odd_here(walk);
        return;
    }
    walk->p++;
    if (xlmem__is_one_of(c, " \t"))
        return;
    walk->ours = NULL;
    if (xlmem__is_one_of(c, "<>"))
        return;
    walk->declares = walk->readonly = false;
    walk->command = true;
    walk->kept = *walk->odds;
    walk->joined =
        c == '&' || c == '|' || (walk->joined && !xlmem__is_one_of(c, "\n;"));
    walk->parens += c == '(';
    walk->parens -= walk->parens && c == ')';
    if (c == '\n')
        pass_odd_here(walk);
}

const char *boot_odd_value(xlmem__str value)
{
    odd_grub grub = {.blank = true};
    size_t i;

    for (i = 0; i < value.len; i++)
        odd_grub_take(&grub, value.p[i]);
    return judge_odd_grub(&grub);
}

void boot_see_odds(xlmem__str file, boot_odds *odds)
{
    odd_walk walk = {
        .p = file.p, .end = file.p + file.len, .odds = odds, .command = true};

    if (xlmem__str_starts(file, BYTE_ORDER_MARK))
        note_odd(&walk, BOOT_ODD_FOR_GOOD, file.p, odd_mark);
    if (file.len && memchr(file.p, '\0', file.len))
        note_odd(&walk, BOOT_ODD_FOR_GOOD, file.p, odd_bytes);
    walk.kept = *odds;
    while (walk.p < walk.end) {
        if (xlmem__str_starts(odd_rest(&walk), "\\\n")) {
            walk.p += 2;
        } else if (ends_odd_word(*walk.p)) {
            pass_odd_gap(&walk);
        } else if (*walk.p == '#') {
            pass_odd_comment(&walk);
        } else {
            judge_odd_word(&walk);
            pass_odd_rest(&walk);
        }
    }
}

const char *boot_first_odd(const boot_odds *odds, const char **at_r)
{
    const char *why = NULL;
    size_t i;

    *at_r = NULL;
    for (i = 0; i < BOOT_ODD_NR; i++)
        if (odds->why[i] && (!why || odds->at[i] < *at_r)) {
            why = odds->why[i];
            *at_r = odds->at[i];
        }
    return why;
}

const char *boot_find_odd(xlmem__str text, const char **at_r)
{
    boot_odds odds = {.why = {NULL}};

    boot_see_odds(text, &odds);
    return boot_first_odd(&odds, at_r);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's command line: read once, where it comes in, and from there on passed
 * as a const value.  No text is copied: a line borrows what it was made of,
 * which has to outlive it.  What its options come to is in it; the words are
 * cut out of the text where somebody walks over them, by the one function that
 * knows how: 512 of them would be 12 KiB on the stack of whoever has a line.
 */
#ifndef XLMEM_XEN_LINE_H
#define XLMEM_XEN_LINE_H

#include "model/dom0mem.h"
#include "model/xen_opts.h"

/*
 * A word.  Xen holds one in a buffer of 128 bytes: name and value are of what
 * fits, @cut says that not everything did.
 */
typedef struct xlmem__word {
    xlmem__str text; /* all of it, as written; borrowed */
    uint32_t at;     /* where it stands in its part of the text */
    uint8_t held;    /* bytes of it that Xen holds */
    uint8_t key_at;  /* 3 behind "no-" */
    uint8_t key_len; /* up to the first '=' */
    bool xens : 1;   /* Xen reads it; else it is dom0's kernel's */
    bool has_value : 1;
    bool negated : 1; /* there was a "no-" */
    bool cut : 1;
    bool dom0_mem : 1; /* it gives, or negates, this option */
    bool nameless : 1; /* "2G", "-1G", "min:1G": no option of Xen begins like
                          that, so that it can only be meant for its value */
    bool bare : 1;     /* nameless, and read as the option all the same */
} xlmem__word;

xlmem__str xlmem__word_key(const xlmem__word *word);

/* Empty where there is none. */
xlmem__str xlmem__word_value(const xlmem__word *word);

/*
 * Xen keeps 1024 bytes of its line (xen_commandline_t, public/version.h), so
 * that no line it reports has more words than this.  It would read more, but
 * has no more than 232 options (4.20): a longer line is an error and no line.
 */
#define XLMEM__WORDS_MAX 512

/* A part of the text. */
typedef struct xlmem__piece {
    xlmem__str text; /* borrowed */
    bool xens;
    bool shorthand; /* its first word may be a value alone */
    bool others;    /* without what gives dom0_mem= */
} xlmem__piece;

/* What was booted with, what is given, and what is behind its " -- ". */
#define XLMEM__PIECES_MAX 3

typedef struct xlmem__xen_line {
    size_t nr_xen; /* words that Xen reads */
    size_t nr;     /* and with them those behind " -- ", for dom0's kernel */
    xlmem__dom0mem dom0mem; /* what all dom0_mem= come to */
    xlmem__xen_opts opts;   /* the other options that cost memory */
    size_t nr_pieces;
    xlmem__piece pieces[XLMEM__PIECES_MAX];
} xlmem__xen_line;

/*
 * The words of a line, in their order, Xen's first:
 *
 *     words = xlmem__words_of(line);
 *     while (xlmem__next_word(&words, &word))
 *
 * A copy of it goes on from where it was made.
 */
typedef struct xlmem__words {
    const xlmem__xen_line *line;
    size_t nr;    /* taken so far */
    size_t piece; /* taken from now, and what is left of it: */
    xlmem__str rest;
} xlmem__words;

static inline xlmem__words xlmem__words_of(const xlmem__xen_line *line)
{
    return (xlmem__words){.line = line, .rest = line->pieces[0].text};
}

bool xlmem__next_word(xlmem__words *words, xlmem__word *word_r);

/*
 * Each of these: 0, or XLMEM_ERROR_PARSE for more than XLMEM__WORDS_MAX words,
 * and then the line is an empty one.
 * @host: may be NULL.
 */

/* A line as it stands in a boot file, or as Xen shows it; NULL: an empty
 * one. */
int xlmem__xen_line_of(const xlmem_host *host, const char *text,
                       xlmem__xen_line *line_r);

/*
 * A line that somebody gives: the value of dom0_mem= may stand without its
 * name in front of all others, as "2G,max:2G".  Not so where the text is one
 * of the host's own lines: there Xen does not know that word.
 */
int xlmem__xen_line_given(const xlmem_host *host, const char *text,
                          xlmem__xen_line *line_r);

/*
 * The line to boot with: @given, and where that says nothing but dom0_mem=,
 * all else as in @booted (empty where that is not known).
 */
int xlmem__xen_line_to_boot(const xlmem__xen_line *booted,
                            const xlmem__xen_line *given,
                            xlmem__xen_line *line_r);

/* The same for an option dom0_mem= that is written here; "": none. */
int xlmem__xen_line_with(const xlmem__xen_line *booted, const char *dom0_mem,
                         xlmem__xen_line *line_r);

/* ------------------------------------------- what toolstacks see of it --- */

/* Who takes a line as fixing dom0's size (and so leaves autoballoon off). */
typedef struct xlmem__seen {
    bool libvirt; /* its libxl driver, and xl before 4.16 */
    bool xl; /* this host's; where its release is not known, a present one */
} xlmem__seen;

/* @host: for its Xen's release; may be NULL. */
xlmem__seen xlmem__dom0mem_seen(const xlmem_host *host,
                                const xlmem__xen_line *line);

#endif /* XLMEM_XEN_LINE_H */

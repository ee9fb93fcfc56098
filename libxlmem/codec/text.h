/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Parsers of text.  Each is a pure function over a buffer: it fills the facts
 * it finds into a struct of private/host.h and leaves the others alone.
 * Unknown lines are passed over (files of other kernels and Xens have more);
 * a line that is ours and malformed is an error with its line number.
 */
#ifndef XLMEM_TEXT_H
#define XLMEM_TEXT_H

#include "model/units.h"

/* Which line said what: of the host's quantities and dom0's, by their bit of
 * `known`; 0: not noted. */
typedef struct xlmem__said {
    uint32_t of_host[64], of_dom0[64];
} xlmem__said;

/* Where and what is wrong; text is safe for a terminal. */
typedef struct xlmem__where {
    size_t line; /* 1 = first; 0 = the whole document */
    char text[160];
    xlmem__said *said; /* filled by who reads; NULL: nobody asks */
    int rc;            /* what text is said of; 0: nothing is said */
} xlmem__where;

/* Note that line @nr says the quantity at @offset of its struct. */
void xlmem__note_host(xlmem__where *where, size_t offset, size_t nr);
void xlmem__note_dom0(xlmem__where *where, size_t offset, size_t nr);

/* A document that is being read line by line. */
typedef struct xlmem__lines {
    const char *p, *end;
    size_t nr; /* of the line last given */
} xlmem__lines;

xlmem__lines xlmem__lines_of(const char *buf, size_t len);

/* The next line without its newline and the blanks or CR before it, which a
 * serial line or an editor leaves there.  false at the end. */
bool xlmem__next_line(xlmem__lines *lines, xlmem__str *line_r);

/* The @nr-th line of a text as xlmem__next_line gives it. */
xlmem__str xlmem__line_of(xlmem__str line, size_t nr);

/* Helpers on pieces of text. */
xlmem__str xlmem__trim(xlmem__str s);
/* The piece before the first @sep; *s becomes what is behind it. */
xlmem__str xlmem__cut(xlmem__str *s, char sep);
/* Eight, four, four, four and twelve hexadecimal digits, in either case. */
bool xlmem__is_uuid(xlmem__str text);
/* One that is, in the case in which libxl prints it and Xen's are written:
 * uuids are compared byte by byte. */
void xlmem__copy_uuid(char to_r[37], const char *uuid);

/*
 * What others wrote, made fit for any terminal and log: printable ASCII stays,
 * every other byte is '?'.  Whether a terminal takes 0x80 and above for
 * letters or for control characters is not ours to know.
 * xlmem__copy_safe: @to has room for its length and a NUL.
 * xlmem__strdup_safe: malloc'd; NULL without memory.
 */
void xlmem__make_safe(char *untrusted);
void xlmem__copy_safe(char *to, xlmem__str untrusted);
char *xlmem__strdup_safe(xlmem__str untrusted);

/* A name, by which a domain is known again: its bytes up to a NUL, as libxl
 * has them; who shows it escapes it (private/printable.h).  malloc'd; NULL
 * without memory. */
char *xlmem__strdup_name(xlmem__str untrusted);

/*
 * Record what is wrong with a line ("%s: 'text'", cut and made safe; without
 * @text only the first half) and return @rc.
 */
int xlmem__complain(xlmem__where *where, size_t line, int rc, const char *what,
                    xlmem__str text);

/* Room for each of them. */
#define XLMEM__WHERE_MAX (sizeof(((xlmem__where *)0)->text) + 32)

/* "line 3: ..."; of the whole document the text alone.  Returns @buf. */
const char *xlmem__where_line(const xlmem__where *where, char *buf,
                              size_t len);

/*
 * Every parser: 0, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM;
 * @host is as before on failure.  What documents overlap in goes by the order
 * they are parsed in, the later one wins, with these exceptions whatever the
 * order: a map gives way to none from a worse source; of Xen's ring only what
 * is not known yet is taken, and the total in kB where it agrees with the one
 * in MiB.  After a complete list of domains (xl/list) the others add no
 * domain to it.  Maps are as printed: not normalised, and in dom0's own log
 * @partial: their RAM is dom0's, not the host's.
 */
typedef int xlmem__parser(const char *buf, size_t len, xlmem_host *host,
                          xlmem__where *where);

/* Those that the guard reads; the others are in codec/capture/texts.h. */
xlmem__parser xlmem__parse_meminfo; /* proc/meminfo */
xlmem__parser xlmem__parse_psi;     /* proc/pressure/memory */
struct xlmem__stall;
bool xlmem__parse_stall(const char *buf, size_t len, struct xlmem__stall *);
xlmem__parser xlmem__parse_version; /* proc/version */

#endif /* XLMEM_TEXT_H */

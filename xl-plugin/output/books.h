/* SPDX-License-Identifier: LGPL-2.1-only */
/* What an administrator asks of the books: what is usable, what would fit,
 * who could leave. */
#ifndef XL_MEMGUARD_BOOKS_H
#define XL_MEMGUARD_BOOKS_H

#include "output/out.h"
#include "private/all.h"

/* A host and what was decided on it. */
typedef struct books {
    xlmem_host host;
    xlmem_policy policy;
    xlmem_account account;
    bool known;              /* free memory and the domains are */
    xlmem_departure *leaves; /* owned; of each domain; NULL: not known */
    xlmem_evacuation evacuation;
} books;

void books_init(books *b);
void books_dispose(books *b);

/* Decide on b->host by b->policy.  Returns 0, XLMEM_ERROR_NOMEM. */
int books_make(books *b);

void books_put_account(out *o, const books *b);
void books_put_largest(out *o, const books *b);

/* With one vCPU, of books that are known.  False: it cannot be told. */
bool books_find_largest(const books *b, xlmem_dom_type type,
                        xlmem_largest_domu *found_r);
void books_put_evacuation(out *o, const books *b);
void books_put_reservations(out *o, const xlmem_host *host);
void books_put_domains(out *o, const books *b);

/* @kb; where it is no limit a table has "none" and a report no value. */
void books_put_limit(out *o, const char *key, const char *label, uint64_t kb,
                     bool known);

/* "pv", "pvh", "hvm"; NULL: not known. */
const char *books_type_name(xlmem_dom_type type);

#endif /* XL_MEMGUARD_BOOKS_H */

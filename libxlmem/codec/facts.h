/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the text parsers share: facts by name, and moving them into a host. */
#ifndef XLMEM_FACTS_H
#define XLMEM_FACTS_H

#include "codec/text.h"
#include "model/release.h"

/* A quantity's name in a document, and where it goes in a struct of facts. */
typedef struct xlmem__key {
    const char *name;
    size_t offset;
} xlmem__key;

/* The key of this name, or NULL. */
const xlmem__key *xlmem__find_key(const xlmem__key *keys, size_t nr,
                                  xlmem__str name);

/*
 * Set a fact of a struct that begins with its word `known`.  false when it is
 * known already as something else: the document contradicts itself.
 */
bool xlmem__set_fact(void *facts, size_t offset, uint64_t value);

/* Copy what is known in @from, a struct of the same type, to @to. */
void xlmem__merge_facts(void *to, const void *from);

/* Make *to the owned text *from, unless that is NULL. */
void xlmem__move_text(char **to, char **from);

/* Set *text_r, once, to a safe copy of a trimmed line.  0 or NOMEM. */
int xlmem__keep_text(char **text_r, xlmem__str s);
/* The same of a name, whose bytes stay as they are. */
int xlmem__keep_name(char **name_r, xlmem__str s);

/* The next word between blanks; empty at the end of @s. */
xlmem__str xlmem__word(xlmem__str *s);

/* Drop @prefix from the start of *s; false when it does not start so. */
bool xlmem__skip(xlmem__str *s, const char *prefix);

/* A number at the start of *s, as xlmem__number; *s becomes what is behind. */
int xlmem__take_number(xlmem__str *s, unsigned base, uint64_t *value_r);

/* "4.17" at the start of *s, likewise; false when there is none. */
bool xlmem__take_release(xlmem__str *s, xlmem__release *release_r);

/* What a line of meminfo has behind its colon, "  912092 kB".  0, PARSE,
 * RANGE. */
int xlmem__meminfo_kb(xlmem__str s, uint64_t *kb_r);

/* A counter below zero, which is printed as 2^64 less that: Committed_AS of
 * old kernels, SwapFree in a container (lxcfs).  How much it is nobody
 * knows. */
bool xlmem__is_below_zero(uint64_t kb);

/*
 * All of @s is a decimal fraction without sign: "28.10" with 4 @places is
 * 281000.  More places than that are refused.  0, PARSE, RANGE.
 */
int xlmem__decimal(xlmem__str s, unsigned places, uint64_t *value_r);

/* The release of dom0's kernel: its text, and major and minor where they
 * can be read off it.  0 or NOMEM. */
int xlmem__set_release(xlmem_dom0 *dom0, xlmem__str release);

/* The part of dom0 that was read from one document becomes the host's. */
void xlmem__merge_dom0(xlmem_dom0 *to, xlmem_dom0 *from);

/*
 * A zone of dom0 by node and name, added when it is not there.  NULL: no
 * memory, or more zones than any machine has (*rc_r says which).
 */
xlmem_zone *xlmem__zone(xlmem_dom0 *dom0, uint64_t node, xlmem__str name,
                        int *rc_r);

/* "Node 0, zone   Normal": both parts; *s becomes what is behind. */
bool xlmem__zone_head(xlmem__str *s, uint64_t *node_r, xlmem__str *name_r);

#endif /* XLMEM_FACTS_H */

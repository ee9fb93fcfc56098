/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxlmem: the memory guard for Xen hosts that are run with xl or libxl.
 *
 * The headers are the manual:
 *
 *     xlmem/result.h    results
 *     xlmem/context.h   which host is looked at, and where messages go
 *     xlmem/facts.h     facts: a host, dom0, domains, reservations
 *     xlmem/policy.h    what the administrator wants kept
 *     xlmem/request.h   what is asked: a domain that is to start
 *     xlmem/answer.h    what is answered
 *     xlmem/decide.h    questions about a host, without effects
 *     xlmem/create.h    the guard around a create, and reservations
 *     xlmem/monitor.h   memory moves with demand
 *
 * What holds for every function:
 *
 *  - A result is an int: 0, or one of the negative XLMEM_ERROR_* below -5000,
 *    which collide neither with errno nor with enum libxl_error.
 *  - Outputs come last, carry the suffix _r, and are untouched on failure
 *    unless the function says otherwise.
 *  - Units are in the names: _KB and _kb are 1024 bytes, _BP is 1/10 000, _ms
 *    and _MS are milliseconds.
 *  - Only numbers, texts and pointers to objects are passed.  No struct is
 *    laid out here, so that objects can grow: a program goes on working with
 *    any later library of the same soname.  What a quantity is called by is a
 *    number that never changes its meaning.
 *  - What is not known is so in one way: the function that would get it
 *    returns false (a text: NULL).  That also goes for what an older library
 *    has never heard of.
 *  - xlmem_NOUN_alloc, _read and _begin make an object, which is the caller's;
 *    _free, _release and _cancel end it.  What is got out of an object is the
 *    object's.  Objects are not changed but by functions that take them
 *    without const.
 *  - The library has no globals, starts no thread, installs no signal
 *    handler and owns no event loop.  A ctx may be used by one thread at a
 *    time, and so may each other object; different ones are independent.
 *  - Functions that take a ctx log one message, to the caller's logger, at
 *    the layer that knows what failed.  Functions without a ctx neither block
 *    nor log nor touch the system, but for those that say so.
 */
#ifndef XLMEM_H
#define XLMEM_H

#include <xlmem/answer.h>
#include <xlmem/context.h>
#include <xlmem/create.h>
#include <xlmem/decide.h>
#include <xlmem/facts.h>
#include <xlmem/monitor.h>
#include <xlmem/policy.h>
#include <xlmem/request.h>
#include <xlmem/result.h>

#endif /* XLMEM_H */

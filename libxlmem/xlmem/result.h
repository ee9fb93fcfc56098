/* SPDX-License-Identifier: LGPL-2.1-only */
/* Results, and the library's version. */
#ifndef XLMEM_API_RESULT_H
#define XLMEM_API_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is exported; everything else is built hidden. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Raised when something here changes incompatibly; pass it to
 * xlmem_ctx_alloc. */
#define XLMEM_API_VERSION 1

/*
 * X(name, value, text).  Values are never reused; a newer library may return
 * one that is not listed here: a failure.
 */
#define XLMEM_ERROR_MAP(X)                                                    \
    X(INVAL, -5001, "the caller broke the contract of a function")            \
    X(NOMEM, -5002, "out of memory")                                          \
    X(RANGE, -5003, "a number does not fit or would overflow")                \
    X(PARSE, -5004, "malformed text")                                         \
    X(CONFIG, -5005, "contradictory or unknown configuration")                \
    X(XEN, -5006, "a call to Xen or libxl failed")                            \
    X(XENSTORE, -5007, "xenstore is unreachable or refused")                  \
    X(PERM, -5008, "not privileged, or not in the control domain")            \
    X(BUSY, -5009, "held by another process")                                 \
    X(TIMEDOUT, -5010, "the deadline passed")                                 \
    X(NO_HEADROOM, -5011, "possible, but headroom would not be kept")         \
    X(INFEASIBLE, -5012, "not possible on this host")                         \
    X(UNCOOPERATIVE, -5013, "domains stopped following their target")         \
    X(STALE, -5014, "the host changed meanwhile")                             \
    X(NOTFOUND, -5015, "no such file, domain or reservation")                 \
    X(UNSUPPORTED, -5016, "the backend cannot do this")                       \
    X(ABORTED, -5017, "interrupted")                                          \
    X(IO, -5018, "reading or writing failed")                                 \
    X(UNKNOWN, -5019, "a fact that is needed is not known")                   \
    X(PENDING, -5020, "not decided yet")                                      \
    X(DIRECTORY, -5021, "it is a directory, not a file")                      \
    X(SPECIAL, -5022, "it is a FIFO, a socket or a device, not a file")       \
    X(LOOP, -5023, "its symbolic links lead in a circle")

typedef enum xlmem_error {
#define XLMEM_ERROR_ENUM(name, value, text) XLMEM_ERROR_##name = value,
    XLMEM_ERROR_MAP(XLMEM_ERROR_ENUM)
#undef XLMEM_ERROR_ENUM
} xlmem_error;

/*
 * xlmem_strerror: what a result code means, as a clause in English.
 * @rc: 0 or an XLMEM_ERROR_*.
 * Returns a static string, never NULL ("success" for 0, "unknown error" for a
 * code of no meaning).  Since: 0.1
 */
const char *xlmem_strerror(int rc);

/*
 * xlmem_is_refusal: whether a code is a decision, that memory is missing or
 * has not come in time; every other is 0, XLMEM_ERROR_PENDING or a failure to
 * decide.  Since: 0.1
 */
bool xlmem_is_refusal(int rc);

/* xlmem_version: the library's version, "0.1.0" for example.  Since: 0.1 */
const char *xlmem_version(void);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_RESULT_H */

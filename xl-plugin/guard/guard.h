/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The preloaded guard, libxlmem-guard.so: docs/design/guard.md.
 *
 *     interpose.c   the functions of libxl that it stands in front of
 *     interpose_cfg.c   and those of libxlutil
 *     next.c        the real ones
 *     preload.c     takes itself out of LD_PRELOAD
 *     library.c     libxlmem, loaded when it is needed
 *     session.c     configuration, overrides, a context: for one call
 *     create.c      before and after a create
 *     lists.c       what domains' files say about us
 *     opt_in.c      and what becomes of that at a create
 *     reboot.c      around a destroy: a domain that comes back
 *     domains.c     what this process has created
 *     holds.c       reservations that outlive a call
 *     dom0.c        dom0's floor
 *     report.c      what is said, and to whom
 *
 * libxl's structs are never looked into: all its pointers are void here.
 */
#ifndef XLMEM_GUARD_LIB_H
#define XLMEM_GUARD_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xlmem.h"
#include "xlmem_guard.h"

/* enum libxl_error, libxl_types.idl, 4.14 to 4.20. */
#define LIBXL_ERROR_FAIL (-3)
#define LIBXL_ERROR_NOMEM (-5)
#define LIBXL_ERROR_INVAL (-6)

/* ------------------------------------------------------------- next.c --- */

/* The function of libxl that was meant; NULL where there is none. */
void *guard_next(const char *name);

/* ---------------------------------------------------------- preload.c --- */

/* What this process starts shall not inherit the guard. */
void guard_leave_environment(void);

/* ---------------------------------------------------------- library.c --- */

/* X(function): what is used of libxlmem. */
#define GUARD_LIBRARY(X)                                                      \
    X(xlmem_account_of)                                                       \
    X(xlmem_ctx_alloc)                                                        \
    X(xlmem_ctx_free)                                                         \
    X(xlmem_ctx_open_live)                                                    \
    X(xlmem_ctx_set_log)                                                      \
    X(xlmem_domu_from_json)                                                   \
    X(xlmem_domu_opt_in)                                                      \
    X(xlmem_format_size_kb)                                                   \
    X(xlmem_guard)                                                            \
    X(xlmem_guard_opt_in)                                                     \
    X(xlmem_guard_raise_dom0)                                                 \
    X(xlmem_hold_ahead)                                                       \
    X(xlmem_hold_done)                                                        \
    X(xlmem_host_dispose)                                                     \
    X(xlmem_host_init)                                                        \
    X(xlmem_need_of)                                                          \
    X(xlmem_policy_read)                                                      \
    X(xlmem_release)                                                          \
    X(xlmem_snapshot)                                                         \
    X(xlmem_strerror)                                                         \
    X(xlmem_version)

typedef struct guard_library {
#define GUARD_MEMBER(f) __typeof__(&f) f;
    GUARD_LIBRARY(GUARD_MEMBER)
#undef GUARD_MEMBER
} guard_library;

/* libxlmem's functions; NULL, and why in @err. */
const guard_library *guard_library_get(char *err, size_t err_len);

/* ----------------------------------------------------------- report.c --- */

/* The caller's logger, by its libxl context. */
void guard_logger_note(const void *ctx, void *logger);

typedef enum guard_level {
    GUARD_DEBUG,
    GUARD_INFO,
    GUARD_WARN,
    GUARD_ERROR,
} guard_level;

/* Where one call's messages go. */
typedef struct guard_report {
    void *logger;      /* xentoollog_logger; NULL: standard error */
    bool failing;      /* errors of libxlmem are kept, to be said once */
    char failure[320]; /* the last one; "" none */
    bool deciding;     /* the caller is told of the verdict afterwards */
    char verdict[448];
} guard_report;

void guard_report_init(guard_report *report, const void *ctx);

/* One line, to the caller and to syslog. */
__attribute__((format(printf, 3, 4))) void
guard_say(guard_report *report, guard_level level, const char *fmt, ...);

/* The same to the caller alone: for what syslog has in its one line. */
__attribute__((format(printf, 3, 4))) void
guard_tell(guard_report *report, guard_level level, const char *fmt, ...);

/* An xlmem_log_fn; @user is a guard_report. */
void guard_log(void *user, int level, const char *text);

/* ---------------------------------------------------------- session.c --- */

/* One call's look at the host.  Inside of it libxl's functions are real. */
typedef struct guard_session {
    const guard_library *lib;
    xlmem_ctx *xlmem;
    xlmem_policy policy;
    guard_report report;
} guard_session;

/* Whether this thread is in the guard already: then all is real. */
bool guard_inside(void);

typedef enum guard_state {
    GUARD_PASS,   /* not configured, or switched off: nothing is said */
    GUARD_READY,  /* guard_close it */
    GUARD_BROKEN, /* the guard's own failure: report.failure says which */
} guard_state;

/* @ctx: the caller's libxl context. */
guard_state guard_open(guard_session *session, const void *ctx);
void guard_close(guard_session *session);

/* Between the two the thread is the caller's again: libxl's own call may run
 * callbacks in it, and what these start is guarded. */
void guard_step_out(void);
void guard_step_in(void);

/* ------------------------------------------------------------ lists.c --- */

#define GUARD_NAME_MAX 128
#define GUARD_SOURCE_MAX 128
#define GUARD_LIST_ENTRIES 16

/* The list `memguard` of a domain's file. */
typedef struct guard_list {
    struct guard_list *next;
    char name[GUARD_NAME_MAX];     /* the domain's, cut, safe to print */
    char source[GUARD_SOURCE_MAX]; /* the file's name, cut; "" nobody knows */
    const char *wrong;             /* NULL, or why it is none */
    size_t nr;
    const char *entries[GUARD_LIST_ENTRIES]; /* in text */
    char text[1024];
} guard_list;

/* libxlutil's configurations: this thread has made one, and read it. */
void guard_config_made(const void *cfg, const char *source);
void guard_config_read(const void *cfg);

/* The list of the domain of that name, which is the caller's then; or NULL.
 * It can be given back. */
guard_list *guard_list_take(const char *name);
void guard_list_keep(guard_list *list);

/* ----------------------------------------------------------- create.c --- */

typedef struct guard_create {
    guard_session session;
    guard_state state;
    xlmem_hold *hold;
    guard_list *list; /* given to libxl with the configuration */
    xlmem_domu domu;
    uint64_t need_kb, dom0_need_kb;
} guard_create;

/*
 * In mode warn, before a toolstack makes room for a create: what would be said
 * to it where the guard decides.  Afterwards there would be room, taken from a
 * dom0 below its floor, or no create to speak of.  The create that follows has
 * its verdict then and is reserved for without another.
 */
void guard_create_foresee(guard_create *create, void *ctx, void *config);

/* Before a create.  0: go ahead; else libxl's error code. */
int guard_create_begin(guard_create *create, void *ctx, void *config);

/* After it.  @r: what it returned; @async: it may still be going on. */
void guard_create_end(guard_create *create, int r, bool async,
                      const uint32_t *domid);

/* ----------------------------------------------------------- opt_in.c --- */

/* Before libxl creates it, and after. */
void guard_opt_in(guard_create *create, void *config);
void guard_opt_in_end(guard_create *create, bool created);

/* ----------------------------------------------------------- reboot.c --- */

/* Around a destroy. */
void guard_destroy_begin(void *ctx, uint32_t domid);
void guard_destroy_end(void *ctx);

/* ---------------------------------------------------------- domains.c --- */

/* What libxl gives to a domain that was given none. */
#define GUARD_NO_UUID "00000000-0000-0000-0000-000000000000"

/* A domain that this process has created. */
typedef struct guard_domain {
    uint32_t domid;
    char uuid[37], name[128];
    uint64_t need_kb, dom0_need_kb;
} guard_domain;

void guard_domain_started(const guard_domain *domain);
/* It is being destroyed.  false: nobody knows it here. */
bool guard_domain_leaves(uint32_t domid, guard_domain *domain_r);
/* It is being destroyed, and was created when nothing was configured. */
void guard_domain_left(const guard_domain *domain);
/* Whether it was destroyed by this process a moment ago; forgets it. */
bool guard_domain_returns(const char *uuid);

/* ------------------------------------------------------------ holds.c --- */

/* A hold that outlives its call: of a create that goes on, or made ahead for
 * a domain that is about to come back.  The session's context goes with it. */
void guard_hold_keep(guard_session *session, xlmem_hold *hold,
                     const char *uuid, bool ahead);
/* The hold that was made ahead for a domain, with its context; or NULL. */
xlmem_hold *guard_hold_take(guard_session *session, const char *uuid);
/* Ends what is done by now. */
void guard_holds_settle(const xlmem_policy *policy);

/* -------------------------------------------------------------- dom0.c --- */

/* Whether dom0 may be made as small as @kb.  0 or libxl's error code. */
int guard_dom0_target(const void *ctx, const char *what, int64_t kb,
                      bool relative);

#endif /* XLMEM_GUARD_LIB_H */

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The preloaded guard, libxlmem-guard.so: docs/design/guard.md.
 *
 *     interpose.c   the functions of libxl and libxlutil that it stands before
 *     next.c        the real ones
 *     preload.c     takes itself out of LD_PRELOAD
 *     library.c     libxlmem, loaded when it is needed
 *     session.c     configuration, overrides, a context: for one call
 *     create.c      before and after a create
 *     examine.c     what a domain will need
 *     bind.c        which domain a create has made
 *     lists.c       what domains' files say about us
 *     opt_in.c      and what becomes of that at a create
 *     reboot.c      around a destroy: a domain that comes back
 *     info.c        what libxl knows of a domain
 *     holds.c       reservations that outlive a call
 *     grow.c        a domU that may take more
 *     leave.c       a domain that is saved or migrated
 *     given.c       what others gave
 *     dom0.c        dom0's floor
 *     refusal.c     what is said of a refusal
 *     report.c      what is said, and to whom
 *     mark.c        that the guard is in this process
 *     shield.c      what writes beyond ulimit -f are answered with
 *
 * libxl's structs are never looked into: all its pointers are void here.
 */
#ifndef XLMEM_GUARD_LIB_H
#define XLMEM_GUARD_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "private/all.h"
#include "private/advice.h"
#include "private/admissions.h"
#include "private/guard.h"

/* enum libxl_error, libxl_types.idl, 4.14 to 4.20. */
#define LIBXL_ERROR_FAIL (-3)
#define LIBXL_ERROR_NOMEM (-5)
#define LIBXL_ERROR_INVAL (-6)

/* ------------------------------------------------------------- next.c --- */

/* The function of libxl that was meant; NULL where there is none. */
void *guard_next(const char *name);

/* libxentoollog's, wherever it is; NULL where it is not loaded. */
void *guard_find_logger(void);

/* ---------------------------------------------------------- preload.c --- */

/* What this process starts shall not inherit the guard. */
void guard_leave_environment(void);

/* ---------------------------------------------------------- library.c --- */

/* X(function): what is used of libxlmem. */
#define GUARD_LIBRARY(X)                                                      \
    X(xlmem_account_of)                                                       \
    X(xlmem_admission_count)                                                  \
    X(xlmem_advice_line)                                                      \
    X(xlmem_advise)                                                           \
    X(xlmem_ctx_alloc)                                                        \
    X(xlmem_ctx_free)                                                         \
    X(xlmem_ctx_open_live)                                                    \
    X(xlmem_ctx_set_log)                                                      \
    X(xlmem_domu_from_json)                                                   \
    X(xlmem_domu_opt_in)                                                      \
    X(xlmem_domu_opt_in_file)                                                 \
    X(xlmem_domu_read_files)                                                  \
    X(xlmem_format_mib)                                                       \
    X(xlmem_guard)                                                            \
    X(xlmem_guard_opt_in)                                                     \
    X(xlmem_guard_repay)                                                      \
    X(xlmem_hold_ahead)                                                       \
    X(xlmem_hold_bind)                                                        \
    X(xlmem_hold_done)                                                        \
    X(xlmem_hold_leaving)                                                     \
    X(xlmem_host_dispose)                                                     \
    X(xlmem_host_init)                                                        \
    X(xlmem_host_leave_reserved)                                              \
    X(xlmem_is_refusal)                                                       \
    X(xlmem_layout_is)                                                        \
    X(xlmem_need_of)                                                          \
    X(xlmem_plan_line)                                                        \
    X(xlmem_policy_find)                                                      \
    X(xlmem_problem_line)                                                     \
    X(xlmem_hold_release)                                                     \
    X(xlmem_snapshot_short)                                                   \
    X(xlmem_strerror)                                                         \
    X(xlmem_verdict_line)                                                     \
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
    void *ctx;                     /* the caller's libxl context */
    struct guard_answers *answers; /* there while it is ready */
} guard_session;

/* What is decided and advised: 13 kB, on the heap, since a thread of libvirtd
 * may have little stack left. */
typedef struct guard_answers {
    xlmem_verdict verdict;
    xlmem_advice advice;
} guard_answers;

/* Whether this thread is in the guard already: then all is real. */
bool guard_inside(void);

/* Whether this program is xl. */
bool guard_in_xl(void);

/*
 * A variable that overrides something for one command; NULL: not set, or this
 * is no command any more.  xl's monitor is a fork of `xl create` with the same
 * environment and lives for as long as the domain.
 */
const char *guard_environment(const char *name);

/* This process has come by; @waits: for a domain's end. */
void guard_note_process(bool waits);

/* Whether the environment switches it off for this process; whether the host
 * is one that is guarded at all; and whether it is off, not configured, or
 * switched off for the host.  Nothing is loaded. */
bool guard_is_off(void);
bool guard_is_configured(void);
bool guard_passes(void);

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
    char name[GUARD_NAME_MAX];     /* the domain's, cut */
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

/* ---------------------------------------------------------- examine.c --- */

/* What libxl gives to a domain that was given none. */
#define GUARD_NO_UUID "00000000-0000-0000-0000-000000000000"

/* A domain, and what it will need. */
typedef struct guard_domain {
    xlmem_domu domu; /* uuid: GUARD_NO_UUID for none; name: never "" */
    uint64_t need_kb, dom0_need_kb, dom0_build_kb;
    bool restores; /* out of an image: no kernel is unpacked for it */
} guard_domain;

/* A libxl_domain_config as JSON with libxl's defaults filled in, malloc'd;
 * NULL, and why in @failure. */
char *guard_config_json(void *ctx, void *config, char *failure, size_t len);

/* 0 or libxlmem's error code; report.failure may say more. */
int guard_examine_json(guard_session *session, const char *json,
                       guard_domain *domain_r);
int guard_examine(guard_session *session, void *ctx, void *config,
                  guard_domain *domain_r);

/* @domain: borrowed. */
xlmem_guard_request guard_request_of(const guard_domain *domain);

/* ---------------------------------------------------------- refusal.c --- */

/* What is said where the guard itself fails. */
typedef struct guard_failing {
    const char *who;     /* "web" */
    const char *refused; /* "created" */
    const char *passes;  /* "passes" */
    bool exempt;         /* on_error is not for it */
} guard_failing;

/* Why the library failed with @rc: what it said last, or what that means. */
const char *guard_why(const guard_session *session, int rc);

/* 0: it goes on unguarded, loudly; or, where on_error says so in mode enforce,
 * libxl's error code. */
int guard_failed(guard_session *session, const guard_failing *what, int rc);

/* @what: "web is not created". */
void guard_refuse(guard_session *session, const char *what,
                  const xlmem_verdict *verdict);

/* What would make it start.  @waits: MEMGUARD_WAIT is obeyed here. */
void guard_advise(guard_session *session, const guard_domain *domain,
                  bool waits);

/* ------------------------------------------------------------ given.c --- */

/* To the caller: whose memory the plan took for @name.  Without one
 * nothing. */
void guard_tell_plan(guard_session *session, const char *name,
                     const xlmem_verdict *verdict);

/* holds.c: */
typedef enum guard_hold_kind {
    GUARD_HOLD_GOES_ON,
    GUARD_HOLD_AHEAD,
    GUARD_HOLD_ASKED,
} guard_hold_kind;

/* What was held. */
typedef struct guard_held {
    guard_hold_kind kind;
    bool enforced; /* decided in that mode */
    uint64_t need_kb, dom0_need_kb;
} guard_held;

/* ----------------------------------------------------------- create.c --- */

typedef struct guard_create {
    guard_session session;
    guard_state state;
    xlmem_hold *hold;
    guard_held held;  /* what was held before it was decided on */
    bool failed;      /* the guard has, and nothing is decided */
    guard_list *list; /* given to libxl with the configuration */
    guard_domain domain;
    bool asking;      /* a toolstack wants to know its need */
    bool returns;     /* it went down to come back */
    bool wait_denied; /* the administrator's own wait */
    bool wait_cut;    /* the configuration's */
    /* bind.c: the create around it; which domain libxl has made. */
    struct guard_create *outer;
    bool made;
    uint32_t domid;
} guard_create;

/*
 * A toolstack asks what a domain needs, to make room for it before it creates
 * it.  It is decided here, because afterwards there would be room, taken from
 * a dom0 below its floor, or no create to speak of.  The create that follows
 * in this thread has its verdict then, and what was held for it.
 * Returns whether there is nothing left for the toolstack to do: room is held,
 * or its create will be refused.  Never in mode warn, and not where the guard
 * fails.
 */
bool guard_create_ask(void *ctx, void *config);

/* Before a create.  0: go ahead, and guard_create_end; else libxl's error
 * code. */
int guard_create_begin(guard_create *create, void *ctx, void *config,
                       bool restores);

/* After it.  @r: what it returned; @async: it may still be going on. */
void guard_create_end(guard_create *create, int r, bool async);

/* ------------------------------------------------------------- bind.c --- */

/* Whether a hold is told which domain it is for. */
bool guard_binds(void);

/* Around libxl's part of a create.  The thread is the caller's in between. */
void guard_bind_enter(guard_create *create);
void guard_bind_leave(guard_create *create, bool created);

/* ----------------------------------------------------------- opt_in.c --- */

/* Before libxl creates it, and after. */
void guard_opt_in(guard_create *create, void *config);
void guard_opt_in_end(guard_create *create, bool created);

/* ----------------------------------------------------------- reboot.c --- */

/* Around a destroy. */
typedef struct guard_destroy {
    void *ctx;
    char uuid[37]; /* of the domain, when it is held for; "" it is not */
} guard_destroy;

void guard_destroy_begin(guard_destroy *destroy, void *ctx, uint32_t domid);

/* @r: what it returned; @async: it may still be going on. */
void guard_destroy_end(guard_destroy *destroy, int r, bool async);

/* ------------------------------------------------------------- info.c --- */

/* The text of a key's value in libxl's JSON, "" when there is none; @key with
 * its quotes.  And whether it begins with @value. */
const char *guard_json_value(const char *json, const char *key);
bool guard_json_is(const char *json, const char *key, const char *value);

/* A number of it; 0: none. */
uint64_t guard_json_number(const char *json, const char *key);

/* A domain's name, or its number. */
void guard_name_domain(void *ctx, uint32_t domid, char *name_r, size_t len);

/* A libxl_dominfo, and the configuration that libxl would create the domain
 * from now; as JSON, malloc'd; NULL: it has none. */
char *guard_info_json(void *ctx, uint32_t domid);
char *guard_stored_json(void *ctx, uint32_t domid);

/* The uuid in a libxl_dominfo; false: none. */
bool guard_info_uuid(const char *json, char uuid[37]);

/* ------------------------------------------------------------ holds.c --- */

/* Keep a hold beyond its call; the session's context goes with it.  @hold:
 * NULL: nothing could be held for a domain that comes back. */
void guard_hold_keep(guard_session *session, xlmem_hold *hold,
                     const guard_domain *domain, guard_hold_kind kind);
/* What was kept for a domain that comes back, or that this thread has asked
 * for, with its context; in xl also under another uuid, which the hold then
 * has when it is decided on.  false: nothing. */
bool guard_hold_take(guard_session *session, const char *uuid,
                     guard_held *held_r, xlmem_hold **hold_r);
/* Whether there is such a thing. */
bool guard_hold_awaits(const char *uuid);
/* End what this thread has asked for, but of the domain @uuid. */
void guard_holds_forget(const char *uuid);
/* The domain is destroyed: from now on its create is waited for. */
void guard_hold_is_gone(const char *uuid);
/* End what is held for a domain that does not come back any more.  @uuid:
 * NULL: it is not known which one this thread was about to create. */
void guard_holds_end_ahead(const char *uuid);
/* End what is done by now.  @uuid: of the domain that is created now, so that
 * others which have kept memory for too long are not waited for; or NULL. */
void guard_holds_settle(const xlmem_policy *policy, const char *uuid);

/* ------------------------------------------------------------- grow.c --- */

typedef struct guard_growth {
    guard_session session;
    guard_state state;
    xlmem_hold *hold;
} guard_growth;

/* Before a domU's target or maximum is set.  0: go ahead, and guard_grow_end;
 * else libxl's error code. */
int guard_target_begin(guard_growth *growth, void *ctx, uint32_t domid,
                       int64_t kb, bool relative);
int guard_maximum_begin(guard_growth *growth, void *ctx, uint32_t domid,
                        uint64_t kb);
void guard_grow_end(guard_growth *growth, int r);

/* ------------------------------------------------------------ leave.c --- */

/* Before a domain's configuration is taken, in xl: it may be for an image. */
void guard_leave(void *ctx, uint32_t domid);

/* ------------------------------------------------------------- mark.c --- */

/* Say that the guard is in this process.  @waits: for a domain's end. */
void guard_mark(bool waits);

/* ------------------------------------------------------------ shield.c --- */

/* Between the two no write of this thread ends the program.  Raised twice it
 * is lowered once. */
void guard_shield_raise(void);
void guard_shield_lower(void);

/* -------------------------------------------------------------- dom0.c --- */

/* Whether dom0's target, or its maximum, may be set.  0 or libxl's error code.
 * @relative: @kb is added to the target. */
int guard_dom0_target(const void *ctx, bool maximum, int64_t kb,
                      bool relative);

#endif /* XLMEM_GUARD_LIB_H */

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the test of the guard's mechanics puts around it: a libxl and a
 * libxlmem that say what they were asked, and a program in which the guard
 * may do little.  Nothing here tells anything about Xen: tests/xen/ does.
 */
#ifndef XLMEM_TESTS_FAKES_H
#define XLMEM_TESTS_FAKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "private/all.h"
#include "private/advice.h"
#include "private/admissions.h"
#include "private/guard.h"

/* ----------------------------------------------- libxenlight.so (fake) --- */

#define FAKE_ARGS 8

/* A configuration is a string: its uuid, and what it needs if that is not
 * FAKE_NEED_KB, behind a blank; or JSON in which these are "uuid", "need". */
typedef struct fake_libxl {
    unsigned calls;             /* to what the guard stands in front of */
    const char *function;       /* the last of them */
    const void *ptr[FAKE_ARGS]; /* its pointers, by position */
    int64_t num[FAKE_ARGS];     /* its numbers, by position */
    int result;                 /* of all of them but need_memory */
    int need_result;            /* of that */
    uint32_t domid;             /* of the next domain */
    unsigned nr_made;           /* domains of a create, if not one */
    bool recent;                /* the first was in use a moment ago */
    const char *reason;         /* why what is destroyed went down; NULL: it
                                   runs */
    const char *uuid;           /* of that */
    const char *stored;         /* its configuration now; NULL: none */
    const char *kept;           /* what libxl's file has of that; NULL: none */
    uint64_t max_kb, target_kb; /* of a domain that runs */
    uint64_t has_kb;            /* of that; 0: 4096 */
    void (*within)(void);       /* libxl runs other operations' callbacks */
} fake_libxl;

extern fake_libxl the_libxl;

int libxl_ctx_alloc(void **pctx, int version, unsigned flags, void *lg);
int libxl_domain_create_new(void *ctx, void *config, uint32_t *domid,
                            const void *ao_how, const void *console_how);
int libxl_domain_create_restore(void *ctx, void *config, uint32_t *domid,
                                int restore_fd, int send_back_fd,
                                const void *params, const void *ao_how,
                                const void *console_how);
int libxl_domain_destroy(void *ctx, uint32_t domid, const void *ao_how);
int libxl_set_memory_target(void *ctx, uint32_t domid, int64_t kb,
                            int relative, int enforce);
int libxl_domain_setmaxmem(void *ctx, uint32_t domid, uint64_t kb);
int libxl_domain_need_memory(void *ctx, void *config, uint32_t domid,
                             uint64_t *kb);
int libxl_domain_need_memory_0x041200(void *ctx, const void *b_info,
                                      uint64_t *kb);
int libxl_domain_need_memory_0x040700(void *ctx, const void *b_info,
                                      uint32_t *kb);
char *libxl_domain_config_to_json(void *ctx, void *config);
void libxl_domain_config_dispose(void *config);
void libxl_dominfo_init(void *info);
void libxl_dominfo_dispose(void *info);
int libxl_domain_info(void *ctx, void *info, uint32_t domid);
char *libxl_dominfo_to_json(void *ctx, void *info);
void libxl_domain_config_init(void *config);
int libxl_retrieve_domain_configuration(void *ctx, uint32_t domid,
                                        void *config, const void *ao_how);
int libxl_userdata_retrieve(void *ctx, uint32_t domid, const char *id,
                            uint8_t **data_r, int *len_r);
int libxl_domain_config_from_json(void *ctx, void *config, const char *json);
char *libxl_domid_to_name(void *ctx, uint32_t domid);
int libxl_get_memory_target(void *ctx, uint32_t domid, uint64_t *kb);
int libxl_evenable_domain_death(void *ctx, uint32_t domid, uint64_t user,
                                void **evgen_out);

/* ------------------------------------------------ libxenctrl.so (fake) --- */

int xc_domain_create(void *xch, uint32_t *domid, void *config);
int xc_domain_destroy(void *xch, uint32_t domid);

/* ------------------------------------------------- libxlutil.so (fake) --- */

/* A file's text is this. */
typedef struct fake_file {
    const char *name; /* NULL: none */
    bool has_list;    /* memguard */
    bool single;      /* and it is a value */
    int nr;
    const char *entries[20]; /* NULL: a list */
} fake_file;

typedef struct fake_cfg fake_cfg;
typedef struct fake_cfg_list fake_cfg_list;

fake_cfg *xlu_cfg_init(FILE *report, const char *source);
void xlu_cfg_destroy(fake_cfg *cfg);
int xlu_cfg_readdata(fake_cfg *cfg, const char *data, int length);
int xlu_cfg_get_string(const fake_cfg *cfg, const char *n, const char **value,
                       int dont_warn);
int xlu_cfg_get_list(const fake_cfg *cfg, const char *n, fake_cfg_list **list,
                     int *entries, int dont_warn);
const char *xlu_cfg_get_listitem(const fake_cfg_list *list, int entry);

/* What the fake advises who is refused, where one may wait. */
#define FAKE_ADVICE "they come back"

/* What can be used on the fake's host, whose dom0 has 2 GiB. */
#define FAKE_USABLE_KB (64 << 10)

/* What the fake answers to need_memory. */
#define FAKE_NEED_KB 4711
#define FAKE_FILE_KB 815

/* -------------------------------------------------- libxlmem.so (fake) --- */

typedef struct fake_xlmem {
    xlmem_policy policy;
    int contexts, holds; /* there are so many */
    int guarded;         /* xlmem_guard was called so often */
    int refusal;         /* what it returns */
    bool reboot;         /* what the last one was asked for */
    bool binds, waits;
    uint64_t wait_ms, reboot_wait_ms; /* of its policy */
    uint64_t need_kb;
    char uuid[37];
    bool continued; /* a hold was given to it */
    int bound;      /* xlmem_hold_bind was called so often */
    uint64_t domid; /* the last time with that */
    int open_result;
    int snapshot_result;
    int ahead_result;
    uint64_t ahead_kb;
    xlmem_dom *dom; /* a snapshot has it; NULL: none */
    bool reserved;  /* and what is held, and something of UUID and OTHER */
    size_t others;  /* so much of that is advised about */
    void (*within_done)(void);
    bool done, created; /* xlmem_hold_done's answers */
    bool released_as;   /* the last xlmem_hold_release's @created */
    int ahead;          /* xlmem_hold_ahead was called so often */
    int leaving;        /* xlmem_hold_leaving was */
    uint64_t raise_kb;  /* with that */
    int leaving_result; /* what it returns */
    int raised;         /* xlmem_guard_repay was */
    const char *warns;  /* what xlmem_guard's log says; NULL nothing */
    int counted;        /* admissions, the last of which: */
    xlmem_path path;
    int counted_rc;
    size_t steps;       /* of its plans, one of domain 0, 1 ... each */
    int lists;          /* xlmem_domu_opt_in was called so often */
    char list[256];     /* what for, joined by ";" */
    int list_result;    /* what it returns */
    int files;          /* xlmem_domu_opt_in_file was */
    char file_name[64]; /* with that */
    bool has_file;      /* there is one */
    int file_result;    /* what it returns of it */
    int given;          /* xlmem_guard_opt_in was */
    uint64_t given_kb;  /* with that */
    const void *config, *dispose;
} fake_xlmem;

/* Named fake_xlmem_state in the library, which the guard loads for itself. */

/* --------------------------------------------------------- the program --- */

typedef struct fake_program {
    bool configured;  /* /etc/xen/memguard.conf is there */
    int config_errno; /* it is, and cannot be looked at for this */
    bool off;         /* /run/xlmem/off is */
    unsigned syslogs; /* datagrams */
    unsigned logged;  /* lines to the caller's logger */
    char line[512];   /* the last one */
    char text[4096];  /* all of them */
    int64_t later_ms; /* clocks are ahead by so much */
    int pid;          /* what its process id is; 0: its own */
    char run[64];     /* what /run/xlmem is here */
} fake_program;

extern fake_program the_program;

/* What is written to standard output from here on is kept from it; then how
 * much that was. */
bool program_keep_stdout(void);
size_t program_stdout_bytes(void);

#endif /* XLMEM_TESTS_FAKES_H */

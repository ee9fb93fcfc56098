/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domU that is to be created: what it takes, and which others fit. */
#ifndef XLMEM_PRIVATE_NEED_H
#define XLMEM_PRIVATE_NEED_H

#include "private/admit.h"
#include "private/size.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* A domU that is to be created. */
typedef struct xlmem_need_request {
    uint64_t known;
    uint64_t vcpus;     /* its maximum; unknown: the one that libxl gives it,
                           without pages for it in the pool */
    uint64_t memory_kb; /* what it is built with, video RAM included */
    uint64_t maxmem_kb; /* static maximum; unknown or less: memory_kb */
    uint64_t hap;       /* 0: shadow paging; unknown: what the host has */
    uint64_t shadow_memory_kb; /* paging pool asked for; unknown: libxl's
                                  own choice */
    uint64_t video_kb;         /* HVM: video RAM; part of memory_kb */
    uint64_t iommu_tables;     /* 0 or 1: IOMMU tables of its own
                              (passthrough=sync_pt); unknown: see below */
    uint64_t passthrough;      /* 1: devices are passed through, and the host
                              decides: tables of its own for a PV domU, for one
                              with shadow paging, and where Xen does not share
                              an HVM domU's with the IOMMU */
    uint64_t stubdom_kb;       /* the device model's domain; unknown: none */
    uint64_t vifs, vbds;       /* devices served by dom0; unknown: none */
    uint64_t vif_queues;       /* of each vif; unknown: one */
    /* As dom0 unpacks and holds them while it builds it: xlmem_domu_read_files
       knows.  Without a kernel_kb as measured elsewhere. */
    uint64_t kernel_kb, ramdisk_kb;
    xlmem_dom_type type;
} xlmem_need_request;

/* What creating it takes, on Xen's side and on dom0's; no owned memory. */
typedef struct xlmem_need {
    uint64_t need_kb;       /* out of Xen's free memory: sum of terms[] */
    uint64_t dom0_need_kb;  /* out of dom0's: sum of dom0_terms[] */
    uint64_t dom0_build_kb; /* of which comes back when it is built */
    size_t nr_terms;
    xlmem_term terms[XLMEM_TERMS_MAX];
    size_t nr_dom0_terms;
    xlmem_term dom0_terms[XLMEM_TERMS_MAX];
} xlmem_need;

/*
 * xlmem_need_of: what a create takes out of Xen's free memory and out of
 * dom0's, as this host's toolstack and Xen do it.  Never less than what is
 * taken, and at most 128 KiB more (docs/design/truth.md).
 * @host: its Xen release and paging; where they are not known the dearest.
 * @request: type and memory_kb are needed.
 * @need_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN without type or memory; XLMEM_ERROR_INVAL for
 * no vCPU; XLMEM_ERROR_RANGE when it does not fit 64 bits.
 */
int xlmem_need_of(const xlmem_host *host, const xlmem_need_request *request,
                  xlmem_need *need_r);

/* The largest domU of a kind, in whole MiB; 0: none fits. */
typedef struct xlmem_largest_domu {
    uint64_t now_kb;
    uint64_t after_plan_kb; /* when others give memory first */
} xlmem_largest_domu;

/*
 * xlmem_largest: how large a domU could be that starts now.
 * @like: its kind; memory_kb is not looked at.
 * @largest_r: filled.  1 MiB more than it says is refused.
 * Returns 0; XLMEM_ERROR_UNKNOWN as xlmem_admit or without a type;
 * XLMEM_ERROR_INVAL, XLMEM_ERROR_RANGE as xlmem_need_of.  Some hundred
 * decisions on the largest host.
 */
int xlmem_largest(const xlmem_host *host, const xlmem_policy *policy,
                  const xlmem_need_request *like,
                  xlmem_largest_domu *largest_r);

/* Whether a domU could be migrated away, by Xen's side of it. */
typedef struct xlmem_departure {
    uint64_t known;
    uint64_t need_kb; /* of Xen's free memory meanwhile; unknown: so is its
                         type, or its vCPUs */
    bool runs;        /* false: dom0, or a domU that cannot be asked */
    bool now;         /* there is so much */
    bool in_turn;     /* or will be, when others have gone */
} xlmem_departure;

/* How many could. */
typedef struct xlmem_evacuation {
    uint64_t free_kb;    /* for it: free and not spoken for, headroom
                            included, which is kept for this */
    uint64_t nr_running; /* the others are not counted below */
    uint64_t nr_now, nr_in_turn;
    uint64_t nr_unknown; /* nor are these */
} xlmem_evacuation;

/*
 * xlmem_evacuate: which domUs could be migrated away now, one after another.
 * @list_r: filled; as many entries as @host has domains, in their order.
 * @sum_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN (@list_r untouched).
 */
int xlmem_evacuate(const xlmem_host *host, const xlmem_policy *policy,
                   xlmem_departure *list_r, xlmem_evacuation *sum_r);

/* A domU of several that start one after another, and what becomes of it. */
typedef struct xlmem_start {
    uint64_t known;
    uint64_t domid;     /* asked: the caller's */
    uint64_t growth_kb; /* asked: what it may take later, unasked; unknown:
                           1 MiB, as libxl leaves it */
    uint64_t need_kb, dom0_need_kb;
    uint64_t usable_kb;         /* when its turn comes */
    uint64_t short_kb;          /* missing in Xen, before any plan */
    uint64_t dom0_spare_kb;     /* what dom0 could absorb then */
    uint64_t dynamic_min_kb;    /* asked: what those after it may be given;
                                   unknown: it gives nothing */
    xlmem_need_request request; /* asked */
    xlmem_verdict_kind kind;
} xlmem_start;

/* What becomes of one of a list that is started from its first to its last. */
typedef enum xlmem_startup_state {
    XLMEM_STARTUP_UP,           /* it starts */
    XLMEM_STARTUP_DOWN,         /* it is refused */
    XLMEM_STARTUP_UNKNOWN,      /* what it needs is not known */
    XLMEM_STARTUP_RUNS,         /* passed over: its name has been started */
    XLMEM_STARTUP_RESTORED,     /* or restored from an image */
    XLMEM_STARTUP_NOT_RESTORED, /* or has an image that could not be */
} xlmem_startup_state;

typedef struct xlmem_startup {
    const char *name; /* asked: borrowed; NULL: it has none */
    bool saved;       /* asked: an image, which is restored */
    int rc;           /* asked: why its need is not known, or 0; answered where
                          the state is XLMEM_STARTUP_UNKNOWN */
    xlmem_start start; /* asked, and answered where it comes to a decision */
    xlmem_startup_state state;
    size_t head, next; /* the library's */
} xlmem_startup;

typedef struct xlmem_startup_sum {
    size_t nr_up, nr_down;      /* those not passed over */
    size_t nr_plans;            /* who start after others have given */
    size_t nr_dom0_short;       /* refused for dom0's sake alone: Xen has it */
    size_t first_down;          /* its place, where nr_down is not 0 */
    xlmem_account before, left; /* before the first, after the last */
} xlmem_startup_sum;

/*
 * xlmem_start_all: which domUs of a list start, one after another, each beside
 *   those before it; of a name the first alone, and none behind an image that
 *   cannot be restored, as xendomains does it.  One pass over the list and the
 *   host's domains, and one for each plan.
 * @host: as after the last.
 * Returns 0; XLMEM_ERROR_UNKNOWN (the host's free memory or domains),
 * XLMEM_ERROR_NOMEM.
 */
int xlmem_start_all(xlmem_host *host, const xlmem_policy *policy,
                    xlmem_startup *list, size_t nr, xlmem_startup_sum *sum_r);

/*
 * xlmem_startups_verdict: what a list comes to: all start, some after others
 * have given, or some do not.
 */
xlmem_verdict_kind xlmem_startups_verdict(const xlmem_startup_sum *sum);

/*
 * xlmem_startup_why: why one of a list does not start, a clause.
 * @buf, @len: where to; 128 bytes are enough.
 * Returns @buf: "" where it starts.
 */
const char *xlmem_startup_why(const xlmem_startup *one, char *buf, size_t len);

/*
 * xlmem_starts_of: the domUs of one host as they would be asked for on
 * another, the largest need first.  Their devices are not known.
 * @starts_r: as many entries as @from has domains.
 * Returns how many are filled: all but dom0 and those at their end.
 */
size_t xlmem_starts_of(const xlmem_host *from, const xlmem_host *to,
                       xlmem_start *starts_r);

/*
 * xlmem_host_reboot: make @host what it will be right after its next boot,
 * with the line that is configured for it, before any domU starts.
 * Returns 0; XLMEM_ERROR_UNKNOWN when it is not known what it boots with;
 * else as xlmem_predict, or XLMEM_ERROR_NOMEM.
 */
int xlmem_host_reboot(xlmem_host *host);

/*
 * What a domU's configuration allows the guard: the list `memguard` of its
 * file (memguard.conf(5)), or what libxl's JSON kept of that.
 */
typedef struct xlmem_opt_in {
    uint64_t known;
    uint64_t dynamic_min_kb; /* memory may be taken from it down to this;
                                unknown: none is */
    uint64_t dynamic_max_kb; /* and it may be given up to this; unknown: up to
                                its static maximum */
    uint64_t weight;         /* its share beside others'; unknown: 256 */
} xlmem_opt_in;

/* The longest path that is kept, with its NUL. */
#define XLMEM_PATH_MAX 256

/* A domU as its configuration describes it; no owned memory. */
typedef struct xlmem_domu {
    xlmem_need_request request;
    xlmem_opt_in opt_in;
    char uuid[37];    /* "" not given */
    char name[128];   /* "" not given; cut; any bytes: escape them */
    char ignored[96]; /* settings of its file that xl passes over with a
                         warning, joined by ", ": no number, or no list; ""
                         none */
    /* Files that dom0 reads to build it; "" not given, longer than this, or
       up to a boot loader. */
    char kernel[XLMEM_PATH_MAX], ramdisk[XLMEM_PATH_MAX];
    bool restored; /* out of an image of it: no kernel is read */
} xlmem_domu;

/*
 * xlmem_domu_read_files: find out what building it takes of dom0 (kernel_kb,
 * ramdisk_kb of its request) by the kernel's file: what libxc would unpack.
 * Reads at most 1.1 KiB, of regular files with absolute paths only, and does
 * not block on others.
 * @domu: as before where that is not to be told; the measured default is
 *   charged then.
 * Returns 0; XLMEM_ERROR_UNKNOWN (no file is named, or none that libxc would
 * unpack); XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
 */
int xlmem_domu_read_files(xlmem_domu *domu);

/*
 * xlmem_domu_from_cfg: read a domU's configuration file (xl.cfg), as xl does.
 * @cfg, @len: the text.
 * @domu_r: replaced; the file's uuid, if it has one, in small letters.
 * @err, @err_len: on failure one line that says where and what; may be NULL,
 *   0.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_CONFIG when something is missing
 * without which xl starts no domain.
 */
int xlmem_domu_from_cfg(const char *cfg, size_t len, xlmem_domu *domu_r,
                        char *err, size_t err_len);

/*
 * xlmem_domu_from_cfg_on: the same, as the xl of a host's Xen release does,
 * where releases differ.
 * @host: NULL, or without a release: as the newest.
 * Otherwise as xlmem_domu_from_cfg.
 */
int xlmem_domu_from_cfg_on(const xlmem_host *host, const char *cfg, size_t len,
                           xlmem_domu *domu_r, char *err, size_t err_len);

/*
 * xlmem_domu_from_json: read a domU's configuration from libxl's own JSON, as
 * libxl_domain_config_to_json writes it.  Call libxl_domain_need_memory
 * before that: it fills in the defaults that depend on the host.
 * @json, @len: the text.
 * @domu_r: replaced.
 * @err, @err_len: where and what, on failure, as one line; may be NULL, 0.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM;
 * XLMEM_ERROR_UNKNOWN without a type or a memory size.
 */
int xlmem_domu_from_json(const char *json, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len);

/*
 * xlmem_domu_from_save: read the configuration in an image of `xl save`.
 * @head, @len: its beginning; 1 MiB holds any configuration.
 * Otherwise as xlmem_domu_from_json.
 */
int xlmem_domu_from_save(const char *head, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len);

/*
 * xlmem_domu_opt_in: take the list `memguard` of a domU, which libxl does not
 * know.
 * @domu: its opt_in is replaced; its memory bounds what is in the list.
 * @list, @nr: the entries, "key=value".
 * @err, @err_len: on failure one line that says what; may be NULL, 0.
 * Returns 0; XLMEM_ERROR_CONFIG (a key that is unknown or given twice, values
 * that do not go together), XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE: @domu is as
 * before.
 */
int xlmem_domu_opt_in(xlmem_domu *domu, const char *const *list, size_t nr,
                      char *err, size_t err_len);

/*
 * xlmem_range_read: one word of a range, "min=512M", "max=2G" or "weight=3";
 * the keys of a domain's list (memguard.conf(5)) are understood as well.
 * @range: what was read before; each key only once.
 * @err, @err_len: what is wrong with it.
 * Returns 0; XLMEM_ERROR_CONFIG, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE.
 */
int xlmem_range_read(xlmem_opt_in *range, const char *word, char *err,
                     size_t err_len);

/*
 * xlmem_range_check: whether a domain may have a range: its least size is not
 * above the largest, and that not above its static maximum.
 * @range: what is to be changed; what it does not say stays as it is.
 * @err, @err_len: what contradicts what.
 * Returns 0; XLMEM_ERROR_RANGE; XLMEM_ERROR_INVAL for dom0, whose range is
 * the policy's.  Pure.
 */
int xlmem_range_check(const xlmem_dom *dom, const xlmem_opt_in *range,
                      char *err, size_t err_len);

/*
 * xlmem_domu_opt_in_cfg: the same, out of the text of a configuration file
 * from which nothing else is taken.  xlmem_domu_from_cfg does it by itself.
 * Returns as xlmem_domu_opt_in; XLMEM_ERROR_PARSE also for a file that is
 * none.
 */
int xlmem_domu_opt_in_cfg(xlmem_domu *domu, const char *cfg, size_t len,
                          char *err, size_t err_len);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_NEED_H */

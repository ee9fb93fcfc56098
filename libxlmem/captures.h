/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Between libxlmem.so and its module capture.so: all that reads and writes
 * recorded hosts, the whole of a running one, and who starts domains there.
 * No guarded create needs it, and so it is not in every xl and libvirtd.
 */
#ifndef XLMEM_CAPTURES_H
#define XLMEM_CAPTURES_H

#include "engine/ctx.h"
#include "private/guard.h"
#include "private/judge.h"
#include "private/remedy.h"

/* Below the folder of the library. */
#define XLMEM__CAPTURES_MODULE "xlmem/capture.so"
/* The one symbol that it exports. */
#define XLMEM__CAPTURES_SYMBOL "xlmem_captures"

/* A module that is not of the library's build is refused: contexts and facts
 * are passed by layout.  The number says when this struct was changed. */
#define XLMEM__CAPTURES_VERSION 6
#define XLMEM__CAPTURES_LAYOUT                                                \
    {                                                                         \
        XLMEM__CAPTURES_VERSION, sizeof(struct xlmem_ctx),                    \
            sizeof(xlmem_backend), sizeof(xlmem_host), sizeof(xlmem_dom),     \
            sizeof(xlmem_dom0), sizeof(xlmem_zone), sizeof(xlmem_map),        \
            sizeof(xlmem_reservation), sizeof(xlmem_vitals),                  \
            sizeof(xlmem_guarded), sizeof(xlmem_remedies),                    \
            sizeof(xlmem_attend), sizeof(xlmem_policy)                        \
    }
#define XLMEM__CAPTURES_SIZES 14

/* Each as the function of libxlmem that it stands behind. */
typedef struct xlmem__captures {
    uint32_t layout[XLMEM__CAPTURES_SIZES]; /* first, whatever follows */
    const char *build;                      /* the package's version */
    int (*open_capture)(xlmem_ctx *ctx, const char *path);
    int (*open_json)(xlmem_ctx *ctx, const char *path);
    int (*write)(xlmem_ctx *ctx, const char *path, xlmem_capture_fn *fn,
                 void *user);
    int (*snapshot)(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r);
    int (*to_json)(const xlmem_host *host, char **json_r);
    int (*from_json)(const char *json, size_t len, xlmem_host *host_r,
                     char *err, size_t err_len);
    int (*vitals)(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r);
    int (*open_plain)(xlmem_ctx *ctx);
    void (*diagnose)(const xlmem_scene *scene, xlmem_findings *findings_r);
    const char *(*diagnosis_id)(size_t n);
    int (*guarded)(xlmem_ctx *ctx, const char *search, xlmem_guarded **list_r,
                   size_t *nr_r);
    void (*remedies)(const xlmem_scene *scene, const xlmem_findings *findings,
                     const xlmem_remedy_scope *scope,
                     xlmem_remedies *remedies_r);
    bool (*measure)(const xlmem_scene *scene, const xlmem_remedy *remedy,
                    uint64_t *value_r);
    xlmem_remedy_kind (*attend_look)(xlmem_attend *attend,
                                     const xlmem_findings *findings,
                                     int64_t now_ms);
    void (*attend_done)(xlmem_attend *attend, xlmem_remedy_kind kind,
                        xlmem_attend_result result);
    void (*fragmentation)(const xlmem_vitals *vitals, unsigned order,
                          xlmem_fragmentation *worst_r);
    xlmem_open_machine_fn *open_machine; /* of a live module's params */
} xlmem__captures;

xlmem_open_machine_fn xlmem__open_captures_machine;

#endif /* XLMEM_CAPTURES_H */

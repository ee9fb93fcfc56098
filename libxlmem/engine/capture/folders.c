/* SPDX-License-Identifier: LGPL-2.1-only */
/* Documents that come as many files: the firmware's map and GRUB's
 * defaults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/texts.h"
#include "engine/capture/text_files.h"

/* ----------------------------------------------------- firmware map --- */

/* start, end and type of one entry. */
static int read_entry(xlmem_ctx *ctx, const char *name, char *text[3],
                      size_t len[3])
{
    static const char *const files[] = {"start", "end", "type"};
    char path[128];
    size_t i;
    int rc;

    for (i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), XLMEM__FIRMWARE_DIR "/%.60s/%s", name,
                 files[i]);
        rc = xlmem__read_document(ctx, path, &text[i], &len[i]);
        if (rc)
            return rc;
    }
    return 0;
}

static int take_memmap_entry(xlmem_ctx *ctx, const char *name, xlmem_map *map)
{
    xlmem__where where = {.line = 0};
    char *text[3] = {NULL, NULL, NULL};
    char path[128];
    size_t len[3], i;
    int rc = read_entry(ctx, name, text, len);

    if (rc)
        goto out;
    rc = xlmem__parse_firmware_entry(
        (xlmem__str){text[0], len[0]}, (xlmem__str){text[1], len[1]},
        (xlmem__str){text[2], len[2]}, map, &where);
    if (rc) {
        snprintf(path, sizeof(path), XLMEM__FIRMWARE_DIR "/%.60s", name);
        xlmem__warn_of(ctx, path, &where);
    }
out:
    for (i = 0; i < 3; i++)
        free(text[i]);
    /* An entry of which a file is missing is no entry. */
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

int xlmem__take_firmware_map(xlmem_ctx *ctx, xlmem_host *host)
{
    xlmem_map map;
    char **names;
    size_t nr, i;
    int rc;

    if (host->map.source != XLMEM_MAP_NONE)
        return 0;
    rc = xlmem__list_documents(ctx, XLMEM__FIRMWARE_DIR, &names, &nr);
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    xlmem_map_init(&map);
    for (i = 0; i < nr && !rc; i++)
        rc = take_memmap_entry(ctx, names[i], &map);
    xlmem__free_list(names, nr);
    if (rc || !map.nr) {
        xlmem_map_dispose(&map);
        return rc;
    }
    map.source = XLMEM_MAP_FIRMWARE;
    host->map = map;
    return 0;
}

/* -------------------------------------------------------------- GRUB --- */

/* GRUB's files one behind the other, as grub-mkconfig sources them. */
struct grub {
    char *text;
    size_t len;
};

static int append_grub(struct grub *grub, const char *buf, size_t len)
{
    char *bigger;

    if (len > XLMEM_DOCUMENT_MAX_BYTES - grub->len)
        return XLMEM_ERROR_RANGE;
    bigger = realloc(grub->text, grub->len + len + 2);
    if (!bigger)
        return XLMEM_ERROR_NOMEM;
    grub->text = bigger;
    memcpy(bigger + grub->len, buf, len);
    grub->len += len;
    bigger[grub->len++] = '\n';
    return 0;
}

static int take_part(xlmem_ctx *ctx, const char *path, struct grub *grub)
{
    char *buf;
    size_t len;
    int rc = xlmem__read_document(ctx, path, &buf, &len);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    rc = append_grub(grub, buf, len);
    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "%s: %s", path, xlmem_strerror(rc));
    free(buf);
    return rc;
}

bool xlmem__is_grub_part(const char *name)
{
    const size_t len = strlen(name);

    return len > 4 && !strcmp(name + len - 4, ".cfg") && name[0] != '.';
}

static int take_parts(xlmem_ctx *ctx, struct grub *grub)
{
    char **names, path[320];
    size_t nr, i;
    int rc = xlmem__list_documents(ctx, XLMEM__GRUB_DIR, &names, &nr);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    for (i = 0; i < nr && !rc; i++) {
        if (!xlmem__is_grub_part(names[i]))
            continue;
        snprintf(path, sizeof(path), XLMEM__GRUB_DIR "/%s", names[i]);
        rc = take_part(ctx, path, grub);
    }
    xlmem__free_list(names, nr);
    return rc;
}

/* These files are shell: where only a shell can tell, nothing is known. */
int xlmem__take_grub(xlmem_ctx *ctx, xlmem_host *host)
{
    xlmem__where where = {.line = 0};
    struct grub grub = {NULL, 0};
    int rc = take_part(ctx, XLMEM__GRUB_FILE, &grub);

    if (!rc)
        rc = take_parts(ctx, &grub);
    if (!rc && grub.text) {
        rc = xlmem__parse_grub(grub.text, grub.len, host, &where);
        if (rc)
            xlmem__warn_of(ctx, XLMEM__GRUB_FILE, &where);
        else if (where.text[0])
            xlmem__log(ctx, XLMEM__DEBUG, "%s and %s/*.cfg: %s",
                       XLMEM__GRUB_FILE, XLMEM__GRUB_DIR, where.text);
    }
    free(grub.text);
    return rc;
}

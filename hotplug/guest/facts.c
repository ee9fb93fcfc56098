/* SPDX-License-Identifier: LGPL-2.1-only */
#include "facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* /proc/meminfo has 1.5 kB in Linux 6.12; what is ours is at its start. */
#define TEXT_MAX 4096

/* ------------------------------------------------------------- parsing --- */

/* Digits, and where they end; GUEST_UNKNOWN where there are none or too many.
 */
static uint64_t number(const char **at)
{
    uint64_t value = 0;
    const char *p = *at;

    if (*p < '0' || *p > '9')
        return GUEST_UNKNOWN;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (value > UINT64_MAX / 100)
            return GUEST_UNKNOWN;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    *at = p;
    return value;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

/* "Name:   912092 kB" */
static uint64_t meminfo_kb(const char *text, const char *name)
{
    const size_t len = strlen(name);
    const char *line;
    uint64_t kb;

    for (line = text; *line; line = next_line(line)) {
        if (strncmp(line, name, len) || line[len] != ':')
            continue;
        line += len + 1;
        while (*line == ' ')
            line++;
        kb = number(&line);
        return !strncmp(line, " kB", 3) ? kb : GUEST_UNKNOWN;
    }
    return GUEST_UNKNOWN;
}

static uint64_t without(uint64_t a, uint64_t b)
{
    if (a == GUEST_UNKNOWN || b == GUEST_UNKNOWN)
        return GUEST_UNKNOWN;
    return a > b ? a - b : 0;
}

static uint64_t or_none(uint64_t value)
{
    return value == GUEST_UNKNOWN ? 0 : value;
}

static uint64_t older_available_kb(const char *text, uint64_t free_kb)
{
    const uint64_t cache_kb = or_none(meminfo_kb(text, "Buffers")) +
                              or_none(meminfo_kb(text, "Cached"));

    if (free_kb == GUEST_UNKNOWN)
        return GUEST_UNKNOWN;
    return free_kb + without(cache_kb, or_none(meminfo_kb(text, "Shmem")));
}

void guest_parse_meminfo(struct guest_facts *facts, const char *text)
{
    const uint64_t free_kb = meminfo_kb(text, "MemFree");
    uint64_t available_kb = meminfo_kb(text, "MemAvailable");

    if (available_kb == GUEST_UNKNOWN)
        available_kb = older_available_kb(text, free_kb);
    facts->is[GUEST_TOTAL_KB] = meminfo_kb(text, "MemTotal");
    facts->is[GUEST_FREE_KB] = free_kb;
    facts->is[GUEST_AVAILABLE_KB] = available_kb;
    facts->is[GUEST_SWAP_USED_KB] =
        without(meminfo_kb(text, "SwapTotal"), meminfo_kb(text, "SwapFree"));
}

/* "some avg10=0.12 avg60=...": percent with two places. */
static uint64_t average_bp(const char *text, const char *kind)
{
    const char *line;
    uint64_t whole, part;

    for (line = text; *line; line = next_line(line)) {
        if (strncmp(line, kind, strlen(kind)))
            continue;
        line += strlen(kind);
        whole = number(&line);
        if (whole > 100 || line[0] != '.' || line[1] < '0' || line[1] > '9')
            return GUEST_UNKNOWN;
        line++;
        part = number(&line);
        return part < 100 ? whole * 100 + part : GUEST_UNKNOWN;
    }
    return GUEST_UNKNOWN;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234" */
static uint64_t total_us(const char *text, const char *kind)
{
    const char *line, *total;

    for (line = text; *line; line = next_line(line)) {
        if (strncmp(line, kind, strlen(kind)))
            continue;
        total = strstr(line, " total=");
        if (!total || total > next_line(line))
            return GUEST_UNKNOWN;
        total += strlen(" total=");
        return number(&total);
    }
    return GUEST_UNKNOWN;
}

void guest_parse_pressure(struct guest_facts *facts, const char *text)
{
    facts->some_us = total_us(text, "some ");
    facts->full_us = total_us(text, "full ");
    facts->is[GUEST_PSI_SOME10_BP] = average_bp(text, "some avg10=");
    facts->is[GUEST_PSI_FULL10_BP] = average_bp(text, "full avg10=");
}

#define LEAST_MS INT64_C(1000)

static void since(uint64_t *bp, uint64_t now_us, uint64_t then_us, int64_t ms)
{
    uint64_t us;

    if (now_us == GUEST_UNKNOWN || then_us == GUEST_UNKNOWN ||
        now_us < then_us)
        return;
    us = now_us - then_us;
    *bp = us / 1000 < (uint64_t)ms ? us * 10 / (uint64_t)ms : 10000;
}

static void as_before(struct guest_facts *facts,
                      const struct guest_facts *before)
{
    facts->is[GUEST_PSI_SOME10_BP] = before->is[GUEST_PSI_SOME10_BP];
    facts->is[GUEST_PSI_FULL10_BP] = before->is[GUEST_PSI_FULL10_BP];
    facts->some_us = before->some_us;
    facts->full_us = before->full_us;
}

bool guest_pressure_since(struct guest_facts *facts,
                          const struct guest_facts *before, int64_t ms)
{
    if (ms < LEAST_MS) {
        as_before(facts, before);
        return false;
    }
    since(&facts->is[GUEST_PSI_SOME10_BP], facts->some_us, before->some_us,
          ms);
    since(&facts->is[GUEST_PSI_FULL10_BP], facts->full_us, before->full_us,
          ms);
    return true;
}

/* ------------------------------------------------------------- reading --- */

static int open_one(const char *root, const char *path)
{
    char name[256];

    snprintf(name, sizeof(name), "%s%s", root, path);
    return open(name, O_RDONLY | O_CLOEXEC);
}

void guest_files_open(struct guest_files *files, const char *root)
{
    files->meminfo = open_one(root, "/proc/meminfo");
    files->pressure = open_one(root, "/proc/pressure/memory");
    files->balloon = open_one(root, "/sys/devices/system/xen_memory"
                                    "/xen_memory0/info/current_kb");
    files->balloon_target = open_one(root, "/sys/devices/system/xen_memory"
                                           "/xen_memory0/target_kb");
}

/* From its start, so that the kernel makes it anew; "" where it cannot be
 * read, as pressure with psi=0. */
static const char *text_of(int fd, char *text)
{
    const ssize_t len = fd < 0 ? -1 : pread(fd, text, TEXT_MAX - 1, 0);

    text[len > 0 ? len : 0] = '\0';
    return text;
}

static uint64_t number_of(int fd, char *text)
{
    const char *at = text_of(fd, text);

    return number(&at);
}

void guest_facts_read(struct guest_facts *facts,
                      const struct guest_files *files)
{
    char text[TEXT_MAX];

    /* The two that must be of one moment are read one after the other. */
    facts->is[GUEST_BALLOON_KB] = number_of(files->balloon, text);
    guest_parse_meminfo(facts, text_of(files->meminfo, text));
    guest_parse_pressure(facts, text_of(files->pressure, text));
    facts->is[GUEST_BALLOON_TARGET_KB] =
        number_of(files->balloon_target, text);
}

/* -------------------------------------------------------------- saying --- */

uint64_t guest_used_kb(const struct guest_facts *facts)
{
    return without(facts->is[GUEST_TOTAL_KB], facts->is[GUEST_AVAILABLE_KB]);
}

void guest_format(const struct guest_facts *facts, char *text, size_t len)
{
    /* libxlmem/codec/report.c reads them. */
    static const char *const names[GUEST_NR_FACTS] = {
        [GUEST_TOTAL_KB] = "total_kb",
        [GUEST_FREE_KB] = "free_kb",
        [GUEST_AVAILABLE_KB] = "available_kb",
        [GUEST_SWAP_USED_KB] = "swap_used_kb",
        [GUEST_BALLOON_KB] = "balloon_kb",
        [GUEST_BALLOON_TARGET_KB] = "balloon_target_kb",
        [GUEST_PSI_SOME10_BP] = "psi_some10_bp",
        [GUEST_PSI_FULL10_BP] = "psi_full10_bp",
    };
    size_t at = 0;
    int i;

    text[0] = '\0';
    for (i = 0; i < GUEST_NR_FACTS && at < len; i++)
        if (facts->is[i] != GUEST_UNKNOWN)
            at += (size_t)snprintf(text + at, len - at, "%s%s=%llu",
                                   at ? " " : "", names[i],
                                   (unsigned long long)facts->is[i]);
}

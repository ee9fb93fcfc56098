/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What there is: a row a metric, in the order in which they are written.
 *
 * Base units: bytes, seconds, shares of 1.  A name never changes its meaning
 * or its labels: who draws it would not notice.  To add one: a row, its
 * function in the of_*.c of what it is about, a sentence in
 * docs/design/metrics.md; tests/cli/test_metrics.c holds names, types and
 * labels to the rules of both forms.
 */
#include "metrics/metrics.h"

#define GAUGE METRIC_GAUGE
#define COUNTER METRIC_COUNTER

const metric metrics_table[] = {
    /* name, type, unit, labels, help; function */
    {{"xlmem_build_info",
      METRIC_INFO,
      NULL,
      {"version", "xen", "module"},
      "Versions of xlmem and Xen, and the module that speaks to it."},
     metric_build},
    {{"xlmem_snapshot_timestamp_seconds",
      GAUGE,
      "seconds",
      {NULL},
      "When the facts were read, since 1970."},
     metric_timestamp},

    {{"xlmem_host_memory_total_bytes",
      GAUGE,
      "bytes",
      {NULL},
      "All memory that Xen manages."},
     metric_host_total},
    {{"xlmem_host_memory_bytes",
      GAUGE,
      "bytes",
      {"state"},
      "Where the memory of the host is; the states add up to the total."},
     metric_host_places},
    {{"xlmem_host_memory_usable_bytes",
      GAUGE,
      "bytes",
      {NULL},
      "What a new domain may take; negative when headroom is eaten."},
     metric_host_usable},
    {{"xlmem_host_largest_domain_bytes",
      GAUGE,
      "bytes",
      {"type"},
      "The largest domU with one vCPU that would be admitted now."},
     metric_largest},
    {{"xlmem_ledger_reservations",
      GAUGE,
      NULL,
      {NULL},
      "Reservations that have not been taken."},
     metric_ledger_count},
    {{"xlmem_ledger_reserved_bytes",
      GAUGE,
      "bytes",
      {NULL},
      "What of these has not been taken yet."},
     metric_ledger_size},

    {{"xlmem_dom0_memory_bytes",
      GAUGE,
      "bytes",
      {"kind"},
      "Sizes of dom0 and of its memory."},
     metric_dom0_memory},
    {{"xlmem_dom0_free_blocks",
      GAUGE,
      NULL,
      {"node", "zone", "order"},
      "Free blocks of 2^order pages of dom0's kernel."},
     metric_dom0_blocks},
    {{"xlmem_dom0_fragmentation_ratio",
      GAUGE,
      "ratio",
      {"order", "index"},
      "Of dom0's worst node: free memory in too small pieces (unusable); why "
      "an allocation fails, 0 lack of memory, 1 fragmentation (external)."},
     metric_dom0_fragmentation},
    {{"xlmem_dom0_pressure_stalled_seconds_total",
      COUNTER,
      "seconds",
      {"kind"},
      "How long some, or all, of dom0's tasks have waited for memory."},
     metric_dom0_stalled},

    {{"xlmem_domain_memory_bytes",
      GAUGE,
      "bytes",
      {"domain", "uuid", "kind"},
      "Sizes of a domain and of its memory."},
     metric_domain_memory},
    {{"xlmem_domain_balloon",
      GAUGE,
      NULL,
      {"domain", "uuid", "state"},
      "Whether a domain follows its target: the state that it is in is 1."},
     metric_domain_balloon},

    {{"xlmem_admissions_total",
      COUNTER,
      NULL,
      {"verdict", "path"},
      "Decisions of the guard since the boot."},
     metric_admissions},
    {{"xlmem_admission_mode",
      GAUGE,
      NULL,
      {"mode"},
      "What becomes of a create that does not fit; one mode is 1."},
     metric_admission_mode},
    {{"xlmem_plan_moves_total",
      COUNTER,
      NULL,
      {"author", "direction"},
      "Targets of domains that were set since the boot, by who did it."},
     metric_moves},
    {{"xlmem_plan_moved_bytes_total",
      COUNTER,
      "bytes",
      {"author", "direction"},
      "By how much these targets were changed."},
     metric_moved},
    {{"xlmem_guarded",
      GAUGE,
      NULL,
      {"path"},
      "Whether the guard is in front of who starts domains."},
     metric_guarded},
    {{"xlmem_unguarded_monitors",
      GAUGE,
      NULL,
      {NULL},
      "Running xl that would create their domain anew without the guard."},
     metric_monitors},
    {{"xlmem_findings",
      GAUGE,
      NULL,
      {"id", "severity"},
      "What xl memguard doctor finds; 1, or more where it is found of more "
      "than one."},
     metric_findings},
    {{"xlmem_boot_matches_intent",
      GAUGE,
      NULL,
      {NULL},
      "Whether dom0 was booted as xl memguard grub apply was told."},
     metric_boot},
    {{NULL, GAUGE, NULL, {NULL}, NULL}, NULL},
};

void metrics_write(const metrics_scene *scene, exposition_format format,
                   FILE *file)
{
    const metric *row;
    exposition e;

    exposition_begin(&e, file, format);
    for (row = metrics_table; row->family.name; row++) {
        exposition_family(&e, &row->family);
        row->put(scene, &e);
    }
    exposition_end(&e);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* A look at processes, of a folder that stands for /proc. */
#include "config.h"

#include "capture_files.h"

#include <unistd.h>

#include "sys/capture/holders.h"
#include "sys/capture/processes.h"

static void plant_process(unsigned pid, const char *comm, char task_state,
                          unsigned threads, unsigned rss, const char *wchan)
{
    char path[96], text[256];

    snprintf(path, sizeof(path), "proc/%u/stat", pid);
    snprintf(text, sizeof(text),
             "%u (%s) %c 1 1 1 0 -1 0 1 2 3 4 300 200 7 8 20 0 %u 0 100 12345 "
             "%u 1844\n",
             pid, comm, task_state, threads, rss);
    plant(path, text, strlen(text));
    snprintf(path, sizeof(path), "proc/%u/wchan", pid);
    plant(path, wchan, strlen(wchan));
}

static void who_waits_is_named(void **state)
{
    xlmem_vitals_procs procs = {.known = 0};
    const char thread[] = "31 (CPU 0/KVM) D 1 1 1 0 -1 0 1 2 3 4 3 2 7 8 20 0 "
                          "2 0 100 12345 9 1844\n";

    (void)state;
    plant("proc/loadavg", "3.00 1 1 1/9 9\n", 15);
    plant_process(10, "xenstored", 'S', 1, 5, "do_poll");
    plant_process(20, "ps", 'D', 1, 10, "call_rwsem_down_read_failed");
    plant_process(30, "qemu (x) y", 'S', 2, 900, "do_poll");
    plant_process(40, "dd", 'D', 1, 30, "folio_wait_bit_common");
    plant_process(50, "gone", 'Z', 1, 0, "0");
    plant("proc/30/task/30/stat", thread, 0);
    plant("proc/30/task/31/stat", thread, strlen(thread));
    plant("proc/30/task/31/wchan", "do_user_addr_fault", 18);
    plant("proc/60/stat", "60 (cut) S 1", 12);
    plant("proc/self/stat", "x", 1);
    assert_int_equal(xlmem__processes_read(in_scratch("proc"), NULL, &procs),
                     0);
    assert_int_equal(procs.nr_processes, 5);
    assert_int_equal(procs.nr_threads, 6);
    assert_int_equal(procs.nr_waiting, 3);
    assert_int_equal(procs.nr_mmap, 2);
    assert_int_equal(procs.nr_zombies, 1);
    assert_int_equal(procs.xenstored_pid, 10);
    assert_int_equal(procs.xenstored_ms, 5000);
    assert_int_equal(procs.nr_stuck, 3);
    assert_int_equal(procs.stuck[0].tid, 20);
    assert_true(procs.stuck[0].for_map);
    assert_false(procs.stuck[2].for_map);
    assert_int_equal(procs.stuck[1].tid, 31);
    assert_int_equal(procs.stuck[1].pid, 30);
    assert_string_equal(procs.stuck[1].waits_in, "do_user_addr_fault");
    assert_int_equal(procs.nr_largest, 3);
    assert_string_equal(procs.largest[0].comm, "qemu (x) y");
    assert_int_equal(procs.largest[1].pid, 40);
}

/* Of more than are kept, who waits for a lock is. */
static void the_locks_waiters_are_kept(void **state)
{
    xlmem_vitals_procs procs = {.known = 0};
    unsigned i;

    (void)state;
    for (i = 0; i < 40; i++)
        plant_process(100 + i, i % 4 ? "dd" : "ps", 'D', 1, 1,
                      i % 4 ? "io_schedule" : "rwsem_down_write_slowpath");
    assert_int_equal(xlmem__processes_read(in_scratch("proc"), NULL, &procs),
                     0);
    assert_int_equal(procs.nr_stuck, XLMEM_STUCK_MAX);
    for (i = 0; i < procs.nr_stuck; i++)
        assert_string_not_equal(procs.stuck[i].waits_in, "io_schedule");
}

static void plant_open(unsigned pid, const char *comm, const char *device)
{
    char path[96];

    snprintf(path, sizeof(path), "proc/%u/comm", pid);
    plant(path, comm, strlen(comm));
    snprintf(path, sizeof(path), "proc/%u/fd/.keep", pid);
    plant(path, "", 0);
    snprintf(path, sizeof(path), "proc/%u/fd/3", pid);
    assert_int_equal(symlink(device, in_scratch(path)), 0);
}

/* Those who let go by themselves come last, and make room. */
static void who_can_map_domains_is_named(void **state)
{
    xlmem_vitals_procs procs = {.known = 0};
    unsigned i;

    (void)state;
    plant_open(500, "xenstored\n", "/dev/xen/gntdev");
    plant_open(501, "bash\n", "/dev/xen/gntdev.log");
    plant_open(502, "cat\n", "/dev/null");
    plant_open(503, "qemu\n", "/dev/xen/privcmd");
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), NULL, &procs), 0);
    assert_int_equal(procs.nr_holders, 2);
    assert_int_equal(procs.nr_held_by, 2);
    assert_string_equal(procs.held_by[0].comm, "qemu");
    assert_int_equal(procs.held_by[0].pid, 503);
    assert_string_equal(procs.held_by[1].comm, "xenstored");
    for (i = 0; i < 9; i++)
        plant_open(600 + i, "tapdisk\n", "/dev/xen/gntdev");
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), NULL, &procs), 0);
    assert_int_equal(procs.nr_holders, 11);
    assert_int_equal(procs.nr_held_by, XLMEM_HOLDERS_MAX);
    for (i = 0; i < XLMEM_HOLDERS_MAX; i++)
        assert_string_not_equal(procs.held_by[i].comm, "xenstored");
}

/* No least number keeps a look going that the machine holds up. */
static void the_wall_ends_every_look(void **state)
{
    const xlmem__look_limits limits = {
        .cpu_ms = 60000, .wall_ms = -1, .min = 512};
    xlmem_vitals_procs procs = {.known = 0};

    (void)state;
    plant_process(10, "xenstored", 'S', 1, 5, "do_poll");
    plant_process(20, "dd", 'S', 1, 5, "do_poll");
    plant_open(30, "qemu\n", "/dev/xen/privcmd");
    assert_int_equal(
        xlmem__processes_read(in_scratch("proc"), &limits, &procs), 0);
    assert_int_equal(procs.nr_unread, 3);
    assert_false(XLMEM_KNOWS(&procs, nr_processes));
    assert_false(XLMEM_KNOWS(&procs, xenstored_pid));
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), &limits, &procs),
                     0);
    assert_int_equal(procs.nr_held_by, 0);
    assert_false(XLMEM_KNOWS(&procs, nr_holders));
}

/* A slow machine's CPU time does not suffice for as many. */
static void so_many_are_looked_at_whatever_they_cost(void **state)
{
    xlmem__look_limits limits = {.cpu_ms = -1, .wall_ms = 60000, .min = 2};
    xlmem_vitals_procs procs = {.known = 0};

    (void)state;
    plant_open(500, "tapdisk\n", "/dev/xen/gntdev");
    plant_open(501, "qemu\n", "/dev/xen/privcmd");
    plant_open(502, "qemu\n", "/dev/xen/privcmd");
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), &limits, &procs),
                     0);
    assert_int_equal(procs.nr_held_by, 2);
    assert_false(XLMEM_KNOWS(&procs, nr_holders));
    limits.min = 3;
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), &limits, &procs),
                     0);
    assert_int_equal(procs.nr_holders, 3);
    plant_process(500, "tapdisk", 'S', 1, 5, "do_poll");
    plant_process(501, "qemu", 'S', 1, 5, "do_poll");
    plant_process(502, "qemu", 'S', 1, 5, "do_poll");
    limits.min = 2;
    assert_int_equal(
        xlmem__processes_read(in_scratch("proc"), &limits, &procs), 0);
    assert_int_equal(procs.nr_unread, 1);
    assert_false(XLMEM_KNOWS(&procs, nr_processes));
    limits.min = 3;
    assert_int_equal(
        xlmem__processes_read(in_scratch("proc"), &limits, &procs), 0);
    assert_int_equal(procs.nr_unread, 0);
    assert_int_equal(procs.nr_processes, 3);
}

/* Where somebody's descriptors cannot be listed, or where one of them leads,
 * he may be one; and who has none any more is not. */
static void who_is_hidden_may_hold_as_well(void **state)
{
    xlmem_vitals_procs procs = {.known = 0};

    (void)state;
    plant_open(500, "qemu\n", "/dev/xen/privcmd");
    plant("proc/501/comm", "gone\n", 5);
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), NULL, &procs), 0);
    assert_int_equal(procs.nr_holders, 1);
    plant("proc/502/fd", "", 0);
    memset(&procs, 0, sizeof(procs));
    assert_int_equal(xlmem__holders_read(in_scratch("proc"), NULL, &procs), 0);
    assert_false(XLMEM_KNOWS(&procs, nr_holders));
    assert_int_equal(procs.nr_held_by, 1);
    assert_string_equal(procs.held_by[0].comm, "qemu");
}

TEST_GROUP(processes)
{
    const struct CMUnitTest tests[] = {
        TEST(who_waits_is_named),
        TEST(the_locks_waiters_are_kept),
        TEST(who_can_map_domains_is_named),
        TEST(the_wall_ends_every_look),
        TEST(so_many_are_looked_at_whatever_they_cost),
        TEST(who_is_hidden_may_hold_as_well),
    };

    return test_run(tests, NULL, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The ledger: an entry, one file, for each reservation, held by a lock.
 *
 *     DIR/PID-N     an entry: its text, NUL, "owner PID.START.SPACE",
 *                   NUL; whoever made it holds an open-file-description lock
 *                   on it for as long as it is meant
 *     DIR/.PID-N    a symbolic link: its target is the id of the domain that
 *                   the entry has become, said without the decision lock.
 *                   A link is there whole or not at all
 *     DIR/lock, DIR/threads, DIR/line/, DIR/turn
 *                   who decides (sys/decision_lock.h); nobody holds it while
 *                   he waits for memory
 *
 * An entry has an owner as long as its lock is held and the process that
 * made it is not known to be dead.  The lock is gone when its owner is: kill
 * -9, a reboot and a stepped clock need no thought.  It is one of the open
 * file description, because two threads of libvirtd would both get one of the
 * process, and closing any descriptor of the file would drop it.  But children
 * that the owner forked and that did not exec have it too, and libxl's live
 * for minutes: so the owner is looked at as well.
 *
 * An entry is made, and an ownerless one swept, under the decision lock,
 * so that no sweeper meets a file that is not locked yet.  A release needs no
 * lock: the name goes first, and a sweeper that had the file open sees its
 * link count at 0.
 *
 * Descriptors: one for the ledger, one for each entry; two while the
 * decision lock is held, and one beside them while a file is looked at.
 */
#ifndef XLMEM_LEDGER_H
#define XLMEM_LEDGER_H

#include "sys/sys.h"

typedef struct xlmem__ledger xlmem__ledger;

/* What the owner of an entry has of it. */
typedef struct xlmem__ledger_entry xlmem__ledger_entry;

/* Longer texts are refused: a write of one page is not torn by a signal. */
#define XLMEM__LEDGER_TEXT_MAX 4096

/* Of a name, with its NUL. */
#define XLMEM__LEDGER_NAME_MAX 32

/*
 * Open, and make with mode 0700 where it is not there, a ledger.
 * Returns 0; XLMEM_ERROR_PERM (not ours, or others may write to it),
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOMEM.
 * @msg, here and below: one line with the path and the system's reason.
 */
int xlmem__ledger_open(const char *dir, xlmem__ledger **ledger_r,
                       xlmem__msg *msg);
void xlmem__ledger_close(xlmem__ledger *ledger);

/*
 * Whether it is still what others find at its path, and going there when it is
 * not (rm -r, a file system mounted there): a lock in the directory of before
 * holds up nobody, and what it promises nobody reads.  Entries of ours that
 * were left there are made anew when their text is replaced; nothing is noted
 * of them.  It may be gone before the lock has been waited for, so who takes
 * the lock looks after that, and gives it back to follow.  From then on who
 * holds the lock does not look, and follow goes nowhere: he decides by what he
 * has read there.
 */
bool xlmem__ledger_is_there(const xlmem__ledger *ledger);
int xlmem__ledger_follow(xlmem__ledger *ledger, xlmem__msg *msg);

/* Take the decision lock: xlmem__decision_take. */
int xlmem__ledger_lock(xlmem__ledger *ledger, int64_t still_ms,
                       int64_t total_ms, xlmem__msg *msg);
void xlmem__ledger_unlock(xlmem__ledger *ledger);
bool xlmem__ledger_is_locked(const xlmem__ledger *ledger);

/*
 * Make an entry, under the decision lock.  @entry_r keeps it; dropping it
 * removes it.  Returns 0, XLMEM_ERROR_RANGE (text too long),
 * XLMEM_ERROR_IO (full or read-only), XLMEM_ERROR_NOMEM.
 */
int xlmem__ledger_add(xlmem__ledger *ledger, const char *text,
                      xlmem__ledger_entry **entry_r, xlmem__msg *msg);

/* Replace the text of an entry that is ours, under the decision lock:
 * a reader beside it may see half of it.  What was noted is forgotten. */
int xlmem__ledger_update(xlmem__ledger_entry *entry, const char *text,
                         xlmem__msg *msg);

/* Note which domain an entry of ours has become, without the decision lock.
 * Whoever looks at the entry from then on is told.  After a failure nothing is
 * noted. */
int xlmem__ledger_note(xlmem__ledger_entry *entry, uint64_t domid,
                       xlmem__msg *msg);

/* Let go of it; NULL is fine.  drop removes the entry, leave lets it stay
 * without an owner.  In a child of the owner both only forget it. */
void xlmem__ledger_drop(xlmem__ledger_entry *entry);
void xlmem__ledger_leave(xlmem__ledger_entry *entry);

/*
 * Walk the entries, under the decision lock, in no order.  What is not a
 * regular file of ours is passed over and counted in *foreign_r.  One that
 * cannot be opened is an error: nobody knows what it promises.
 */
int xlmem__ledger_each(xlmem__ledger *ledger, xlmem_ledger_fn *fn, void *user,
                       size_t *foreign_r, xlmem__msg *msg);

/* Remove an entry that has no owner, under the decision lock. */
int xlmem__ledger_sweep(xlmem__ledger *ledger, const char *name,
                        xlmem__msg *msg);

#endif /* XLMEM_LEDGER_H */

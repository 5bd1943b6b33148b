/*
 * The job store: which changes of jobs are durable.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One directory, one writer. A change is appended under the caller's own lock (no I/O happens there) and
 * waited for outside of it; whoever waits first writes and flushes for all (group commit). When store_wait
 * has returned 0, the change survives the end of the process and, as far as FlushFileBuffers is honoured, of
 * the power (B-106, B-750). Errors are Win32 error codes, 0 is success.
 *
 * Files: jobs.journal (docs/journal-format.md), jobs.lock, jobs.reserve (room kept back for the end of jobs),
 * jobs.journal.new while one is being written, jobs.damaged-1.journal (newest) to jobs.damaged-5.journal.
 */

#ifndef LIBS_TRANSFER_STORE_H
#define LIBS_TRANSFER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/journal.h"
#include "store/store_os.h"

struct store;

/* One job found by store_open. The memory is the store's and good during the callback only. */
struct store_job
{
    struct journal_id id;
    const uint8_t *state; /* payload of the last put */
    size_t state_size;
    const uint8_t *progress; /* payload of the last progress after that put, or NULL */
    size_t progress_size;
    bool stale; /* a newer record was lost to damage: this is an earlier state of the job */
};

struct store_callbacks
{
    void *context;

    /* Called by store_open for every job, in no particular order. STORE_FILE_CORRUPT: the record makes no sense; the
       job is dropped, reported as damage, and the file is kept aside. Any other error ends store_open, with this
       error and the file as it was. */
    uint32_t (*load)(void *context, const struct store_job *job);

    /* Something is wrong with the journal: to be logged. Called by store_open after all calls of load, and by
       store_wait when a compaction finds unreadable bytes. May be NULL. Must not call the store. */
    void (*damage)(void *context, const struct journal_damage *damage);

    /* Bytes of garbage below which the journal is never compacted; 0 = 1 MiB. */
    uint64_t compact_minimum;

    /* Bytes kept back on the disk for the records that end jobs; 0 = 256 KiB. */
    uint64_t reserve_size;
};

/*
 * Open the store on os, which the store owns from here on, also when this fails. ERROR_SHARING_VIOLATION:
 * another process has it. A damaged journal, or one of another version (B-752) is no error: the store opens
 * with the jobs that could be read. Such a file is rewritten at once, after it was copied aside; when that
 * fails (disk full), the store opens all the same, and every commit first tries again. A journal that exists
 * but cannot be opened is an error: the cause may pass, and the jobs are there.
 */
uint32_t store_open(struct store_os *os, const struct store_callbacks *callbacks, struct store **store);

/* The store in a directory, which must exist; directory without a final backslash. */
#ifdef _WIN32
uint32_t store_open_directory(const wchar_t *directory, const struct store_callbacks *callbacks, struct store **store);
#endif

/* Write what is still pending (its error is returned) and close. No other call may run. NULL is fine. */
uint32_t store_close(struct store *store);

/*
 * Hand over a change; copies, does no I/O, may be called under a lock. *ticket is for store_wait; tickets
 * grow in the order of the calls. A put replaces the whole state of the job, including its progress; a
 * progress replaces the one before it and goes with the last put handed over. Progress without a put before
 * it (unknown or deleted job): ERROR_NOT_FOUND. A put that failed must be repeated or followed by another
 * one: until then progress of that job is accepted and dropped, because it goes with a state that is not
 * stored. A progress must not take back what an earlier one said: that needs a put.
 */
uint32_t store_append(struct store *store, enum journal_kind kind, const struct journal_id *id, const void *payload,
                      size_t size, uint64_t *ticket);

/*
 * The change with this ticket is part of the end of a job, as every deletion is: it, and what was handed over before,
 * may use the room that is kept back for a full disk.
 */
void store_allow_reserve(struct store *store, uint64_t ticket);

/*
 * Wait until the change with this ticket has been tried, and say whether it is durable: 0, or the error of
 * writing it (ERROR_DISK_FULL ...). After an error the store on disk is as it was before the change. Does
 * I/O: hold no lock. A change that nobody waits for stays in memory until somebody waits for any later one.
 */
uint32_t store_wait(struct store *store, uint64_t ticket);

/* store_wait for everything handed over so far; the error of the newest change. */
uint32_t store_flush(struct store *store);

struct store_statistics
{
    uint64_t jobs;
    uint64_t file_size; /* bytes of the journal */
    uint64_t live_size; /* bytes of it that a compaction would keep */
    uint64_t commits;   /* writes, each with one flush, since the store was opened */
    uint64_t appends;   /* changes made durable */
    uint64_t failures;  /* changes that failed */
    uint64_t compactions;
};

void store_get_statistics(struct store *store, struct store_statistics *statistics);

#endif

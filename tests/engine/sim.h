/*
 * The simulated system under the engine: threads, clock, disk, servers, and the faults that are asked of them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine's sources are compiled natively against tests/engine/include, and every call they make of the platform
 * ends here.  Each call that can fail asks fault_hits first: one table of kinds with a counter each.  In a program
 * with simulated threads (the default) exactly one thread runs at any time, and a random number decides which: a seed
 * repeats a run exactly.  With SIM_REAL_THREADS the same calls run on ordinary threads, for ThreadSanitizer.
 */

#ifndef TESTS_ENGINE_SIM_H
#define TESTS_ENGINE_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "windows.h"

/* --- faults ------------------------------------------------------------------------------------------ */

enum fault_kind
{
    FAULT_NONE,
    FAULT_ALLOC,
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_FLUSH,
    FAULT_SIZE, /* SetEndOfFile, SetFilePointerEx, GetFileSizeEx */
    FAULT_RENAME,
    FAULT_DELETE,
    FAULT_ATTRIBUTES, /* of a file: read or set, by name or by handle; listing a directory */
    FAULT_DIRECTORY,  /* CreateDirectory, RemoveDirectory */
    FAULT_REGISTRY,
    FAULT_CRYPT,
    FAULT_THREAD,
    FAULT_EVENT,
    FAULT_HTTP, /* a request that cannot be sent, a connection that breaks */
    FAULT_CUT,  /* the power goes after that many changes of the disk */
    FAULT_KIND_COUNT
};

extern const char *const fault_names[FAULT_KIND_COUNT];

/* What is to fail in this run.  number counts from 1; 0: nothing. */
void fault_plan(enum fault_kind kind, long number, bool for_good);
/* Fail no more. */
void fault_lift(void);
/* Whether the planned fault has happened. */
bool fault_has_hit(void);
/* Calls of that kind so far. */
long fault_count(enum fault_kind kind);
/* One call: whether it fails.  Also a place where another thread may go on. */
bool fault_hits(enum fault_kind kind);
/* Calls of the test itself neither count nor fail while this is on; it nests. */
void fault_pause(bool pause);

/* --- threads and the clock ----------------------------------------------------------------------------- */

struct sim_thread;

/* Make the caller the first thread of a new run. */
void threads_begin(unsigned int seed);
/* Wait until all others have ended, and go back to one thread without a simulation. */
void threads_end(void);
/* Another thread may go on here. */
void threads_yield(void);
/* Wait for threads_wake(object) until the time has come, in ms; false: it has come.  UINT64_MAX: for ever. */
bool threads_block(const void *object, uint64_t until);
void threads_wake(const void *object, bool all);
uint64_t threads_random(void);
unsigned int threads_count(void);
/* Only the caller runs, as long as this is on: it must not wait for others. */
void threads_exclusive(bool on);
/* Wait until all others have ended; false: they do not. */
bool threads_join(void);
bool threads_create(void (*function)(void *context), void *context);
/* Whether the calling thread holds a CRITICAL_SECTION. */
bool threads_hold_lock(void);

uint64_t clock_ms(void);
/* The wall clock jumps. */
void clock_shift(int64_t ms);

/* A short lock for the simulator's own tables; does nothing where only one thread runs. */
void table_lock(void);
void table_unlock(void);

/* --- the memory of the engine --------------------------------------------------------------------------- */

void *sim_malloc(size_t size);
void *sim_calloc(size_t count, size_t size);
void *sim_realloc(void *memory, size_t size);
void sim_free(void *memory);
/* Blocks in use; memory_forget: what is in use now is no leak (tables that are made once). */
size_t memory_blocks(void);
void memory_report(size_t allowed);

/* --- the disk -------------------------------------------------------------------------------------------- */

struct disk;

enum survival
{
    SURVIVES_NOTHING, /* of what was not flushed */
    SURVIVES_ALL,     /* the process was killed, not the power cut */
    SURVIVES_HALF,    /* the first half of the writes, the last of them torn */
    SURVIVES_ZERO,    /* all, but the last write is zeros */
    SURVIVAL_COUNT
};

struct disk *disk_create(void);
void disk_destroy(struct disk *disk);
/* The disk that the calls of the engine see. */
void disk_use(struct disk *disk);
struct disk *disk_in_use(void);
/* What a new start finds: after a power cut, or an exact copy. */
struct disk *disk_after_cut(const struct disk *disk, enum survival survival, unsigned int metadata);
/* The power is gone: every call fails. */
bool disk_is_off(const struct disk *disk);
/* Bytes that all files together may have; UINT64_MAX. */
void disk_set_capacity(struct disk *disk, uint64_t bytes);
/* Bytes that all files together have. */
uint64_t disk_used(const struct disk *disk);
/* For the test: make durable ones, look at a file.  on_disk: what a flush has confirmed or may still write, without
 * what a failed flush has lost; else what the cache shows.  For free(); NULL: there is none. */
void disk_make_directory(struct disk *disk, const char *path);
void disk_put(struct disk *disk, const char *path, const void *data, size_t size);
uint8_t *disk_get(const struct disk *disk, const char *path, size_t *size, bool on_disk);
bool disk_exists(const struct disk *disk, const char *path);
bool disk_remove(struct disk *disk, const char *path);
/* Names (full paths) with that part in them, one call each. */
void disk_list(const struct disk *disk, const char *part, void (*found)(void *context, const char *path),
               void *context);
unsigned int disk_open_handles(const struct disk *disk);
uint64_t disk_bytes_written(const struct disk *disk);

/* --- handles ------------------------------------------------------------------------------------------------ */

enum handle_type
{
    HANDLE_FILE = 0x51a00001,
    HANDLE_EVENT,
    HANDLE_THREAD,
    HANDLE_FIND,
};

/* Each object behind a HANDLE begins so. */
struct handle
{
    enum handle_type type;
};

unsigned int handles_open(void);
void handles_count(int change);
void file_close(struct handle *handle);
void event_close(struct handle *handle);

/* --- servers -------------------------------------------------------------------------------------------- */

struct server_file
{
    char path[64]; /* "/x.bin" */
    uint64_t size;
    unsigned int version; /* of the content */
    unsigned int status;  /* instead of the answer; 0 = none */
    bool no_ranges;
    bool no_length;
    unsigned int rate;  /* bytes per ms; 0 = at once */
    uint64_t breaks_at; /* the connection ends after so many bytes of a body, once; 0 = not */
};

void server_reset(void);
struct server_file *server_add(const char *path, uint64_t size);
struct server_file *server_find(const char *path);
/* The byte of a file at an offset. */
uint8_t server_byte(const char *path, unsigned int version, uint64_t offset);
/* What uploads have brought: NULL, none with that path; for the test only. */
const uint8_t *server_upload(const char *path, size_t *size, bool *closed);
unsigned int server_sessions(void);
uint64_t server_bytes_sent(void);
/* Longer fragments of uploads time out; 0 = none.  And how many did. */
void server_limit_fragments(uint64_t size);
unsigned int server_late_fragments(void);
unsigned int server_clients(void); /* http_client objects and exchanges that exist */

/* --- the registry ----------------------------------------------------------------------------------------- */

void registry_reset(void);
void registry_set_number(const char *key, const char *name, DWORD value);
unsigned int registry_open_keys(void);

/* --- wrong ------------------------------------------------------------------------------------------------ */

/* Note that something is wrong; the run goes on. */
void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* ... and cannot go on: prints how to repeat it and ends the process. */
void hopeless(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
unsigned int wrong_count(void);
extern bool tracing;
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Text conversion for the test; static buffers, a few at a time. */
const char *narrow(const WCHAR *text);
const WCHAR *wide(const char *text);

#endif

/*
 * A simulated disk under the job store, for store_sweep.c: it can fail, and lose its power.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What was written is sure to be there after a power cut only when it was flushed; of the rest, some may be.
 * The same holds for the directory: new names are sure once a file they are about was flushed.
 */

#ifndef STORE_DISK_H
#define STORE_DISK_H

#include "unit.h"
#include "store/store_os.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* --- the disk --------------------------------------------------------------- */

#define MAX_NAMES 16
#define MAX_FILES 512
#define POWER_IS_OFF 31 /* ERROR_GEN_FAILURE: what everything says after the power cut */

struct bytes
{
    uint8_t *data;
    size_t size;
};

/* A change of a file that was not flushed: bytes written, or (data NULL) a new size. */
struct unflushed
{
    size_t offset;
    struct bytes bytes;
};

struct inode
{
    struct bytes now;
    struct bytes durable;
    struct unflushed *unflushed;
    size_t unflushed_count;
};

struct name
{
    char name[32];
    int inode; /* -1: none */
};

struct directory
{
    struct name names[MAX_NAMES];
};

/* What a power cut leaves of the unflushed. */
enum survival
{
    SURVIVES_NOTHING,
    SURVIVES_ALL,  /* kill -9 */
    SURVIVES_HALF, /* the first half, the last operation of it torn */
    SURVIVES_ZERO, /* everything, but the data of the last write is zeros (delayed allocation) */
    SURVIVALS,
};

struct disk
{
    struct inode inodes[MAX_FILES];
    int inode_count;
    struct directory now;
    struct directory durable;
    struct directory steps[64]; /* the directory after each unflushed change of it */
    int step_inodes[64];        /* which file each was about */
    int step_count;
    long units; /* bytes written, and 1 for everything else that was done */
    long power; /* units until the power is cut; -1: never */
    bool off;
    long operations;
    long fail_at; /* index of the operation that fails; -1: none */
    long fail_count;
    bool fail_reads;
    uint32_t fail_error;
    uint64_t capacity; /* bytes */
    bool locked_out;   /* the lock file is somebody else's */
    int open_files;
    uint64_t random;
};

struct store_file
{
    int inode;
};

struct disk_os
{
    struct store_os os;
    struct disk *disk;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

static _Thread_local int holding; /* this thread holds the store's lock */

static void bytes_copy(struct bytes *to, const struct bytes *from)
{
    free(to->data);
    to->data = malloc(from->size + 1);
    to->size = from->size;
    if (from->size) memcpy(to->data, from->data, from->size);
}

static void bytes_resize(struct bytes *bytes, size_t size)
{
    bytes->data = realloc(bytes->data, size + 1);
    if (size > bytes->size) memset(bytes->data + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

static void bytes_write(struct bytes *bytes, size_t offset, const uint8_t *data, size_t size)
{
    if (offset + size > bytes->size) bytes_resize(bytes, offset + size);
    if (size) memcpy(bytes->data + offset, data, size);
}

static struct disk *disk_create(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));
    int i;

    for (i = 0; i < MAX_NAMES; i++) disk->now.names[i].inode = -1;
    disk->durable = disk->now;
    disk->power = disk->fail_at = -1;
    disk->fail_count = 1;
    disk->fail_error = STORE_DISK_FULL;
    disk->capacity = UINT64_MAX;
    disk->random = 0x9e3779b97f4a7c15u;
    return disk;
}

static void forget_unflushed(struct inode *inode)
{
    size_t i;

    for (i = 0; i < inode->unflushed_count; i++) free(inode->unflushed[i].bytes.data);
    free(inode->unflushed);
    inode->unflushed = NULL;
    inode->unflushed_count = 0;
}

static void disk_destroy(struct disk *disk)
{
    int i;

    CHECK_INT(disk->open_files, 0);
    for (i = 0; i < disk->inode_count; i++)
    {
        forget_unflushed(&disk->inodes[i]);
        free(disk->inodes[i].now.data);
        free(disk->inodes[i].durable.data);
    }
    free(disk);
}

static struct name *find_name(struct directory *directory, const char *name)
{
    struct name *names = directory->names;
    int i;

    for (i = 0; i < MAX_NAMES; i++)
    {
        if (names[i].inode >= 0 && !strcmp(names[i].name, name)) return &names[i];
    }
    return NULL;
}

static void link_name(struct directory *directory, const char *name, int inode)
{
    int i;

    for (i = 0; directory->names[i].inode >= 0; i++) {}
    strcpy(directory->names[i].name, name);
    directory->names[i].inode = inode;
}

static void directory_changed(struct disk *disk, int inode)
{
    if (disk->step_count == 64)
    {
        /* Old enough to have been written by itself. */
        disk->durable = disk->steps[0];
        memmove(disk->steps, disk->steps + 1, 63 * sizeof(*disk->steps));
        memmove(disk->step_inodes, disk->step_inodes + 1, 63 * sizeof(*disk->step_inodes));
        disk->step_count--;
    }
    disk->steps[disk->step_count] = disk->now;
    disk->step_inodes[disk->step_count++] = inode;
}

static int add_inode(struct disk *disk)
{
    if (disk->inode_count == MAX_FILES) abort();
    return disk->inode_count++;
}

/* A file that is there and durable, whatever was before. */
static void disk_put(struct disk *disk, const char *name, const void *data, size_t size)
{
    struct bytes bytes = {(uint8_t *)data, size};
    struct name *found = find_name(&disk->now, name);
    int inode = add_inode(disk);

    if (found) found->inode = -1;
    link_name(&disk->now, name, inode);
    bytes_copy(&disk->inodes[inode].now, &bytes);
    bytes_copy(&disk->inodes[inode].durable, &bytes);
    disk->durable = disk->now;
    disk->step_count = 0;
}

static const struct bytes *disk_get(struct disk *disk, const char *name)
{
    struct name *found = find_name(&disk->now, name);

    return found ? &disk->inodes[found->inode].now : NULL;
}

/* What a file contains after a power cut. */
static void survive(const struct inode *inode, enum survival survival, struct bytes *left)
{
    size_t count = inode->unflushed_count, i;

    if (survival == SURVIVES_NOTHING) count = 0;
    if (survival == SURVIVES_HALF) count = (count + 1) / 2;
    bytes_copy(left, &inode->durable);
    for (i = 0; i < count; i++)
    {
        const struct unflushed *unflushed = &inode->unflushed[i];
        size_t size = unflushed->bytes.size;

        if (i + 1 == count && survival == SURVIVES_HALF) size /= 2;
        if (!unflushed->bytes.data) bytes_resize(left, unflushed->offset);
        else bytes_write(left, unflushed->offset, unflushed->bytes.data, size);
        if (i + 1 == count && survival == SURVIVES_ZERO && unflushed->bytes.data)
            memset(left->data + unflushed->offset, 0, size);
    }
}

/* The disk as the next start finds it. directory_survives: also the changes of the directory not flushed. */
static struct disk *disk_after_power_cut(const struct disk *disk, enum survival survival, bool directory_survives)
{
    const struct directory *directory = directory_survives ? &disk->now : &disk->durable;
    struct disk *after = disk_create();
    struct bytes left = {0};
    int i;

    for (i = 0; i < MAX_NAMES; i++)
    {
        if (directory->names[i].inode < 0) continue;
        survive(&disk->inodes[directory->names[i].inode], survival, &left);
        disk_put(after, directory->names[i].name, left.data, left.size);
    }
    free(left.data);
    after->random = disk->random * 3 + 1;
    return after;
}

/* --- the disk as the store sees it ------------------------------------------ */

static struct disk *disk_of(struct store_os *os)
{
    return ((struct disk_os *)os)->disk;
}

/* Whether this operation fails because of what the test asked for. */
static uint32_t trouble(struct disk *disk, bool reads)
{
    if (holding) CHECK(!"no I/O under the lock");
    if (disk->off) return POWER_IS_OFF;
    if (reads && !disk->fail_reads) return 0;
    disk->operations++;
    if (disk->fail_at >= 0 && disk->operations > disk->fail_at && disk->operations <= disk->fail_at + disk->fail_count)
        return disk->fail_error;
    return 0;
}

/* Use up the power for size units; returns how many of them there were. */
static size_t use_power(struct disk *disk, size_t size)
{
    if (disk->power >= 0 && disk->units + (long)size > disk->power)
    {
        size = (size_t)(disk->power - disk->units);
        disk->off = true;
    }
    disk->units += (long)size;
    return size;
}

static uint32_t disk_open(struct store_os *os, const char *name, enum store_open_mode mode, struct store_file **file)
{
    struct disk *disk = disk_of(os);
    struct name *found = find_name(&disk->now, name);
    uint32_t error = trouble(disk, false);
    int inode;

    *file = NULL;
    if (error) return error;
    if (mode == STORE_OPEN_LOCK && disk->locked_out) return STORE_SHARING_VIOLATION;
    if (mode == STORE_OPEN_EXISTING && !found) return STORE_FILE_NOT_FOUND;
    if (!use_power(disk, 1)) return POWER_IS_OFF;
    if (mode == STORE_OPEN_NEW && found) found->inode = -1;
    if (mode == STORE_OPEN_NEW || !found)
    {
        inode = add_inode(disk);
        link_name(&disk->now, name, inode);
        directory_changed(disk, inode);
    }
    else inode = found->inode;
    *file = malloc(sizeof(**file));
    (*file)->inode = inode;
    disk->open_files++;
    return 0;
}

static void disk_close(struct store_os *os, struct store_file *file)
{
    disk_of(os)->open_files--;
    free(file);
}

static uint32_t disk_get_size(struct store_os *os, struct store_file *file, uint64_t *size)
{
    uint32_t error = trouble(disk_of(os), true);

    *size = disk_of(os)->inodes[file->inode].now.size;
    return error;
}

static uint32_t disk_read(struct store_os *os, struct store_file *file, uint64_t offset, void *data, size_t size)
{
    struct bytes *now = &disk_of(os)->inodes[file->inode].now;
    uint32_t error = trouble(disk_of(os), true);

    if (error) return error;
    if (offset + size > now->size) return STORE_HANDLE_EOF;
    if (size) memcpy(data, now->data + offset, size);
    return 0;
}

static void remember(struct inode *inode, size_t offset, const void *data, size_t size)
{
    struct unflushed *unflushed;
    struct bytes bytes = {(uint8_t *)data, size};

    inode->unflushed = realloc(inode->unflushed, (inode->unflushed_count + 1) * sizeof(*unflushed));
    unflushed = &inode->unflushed[inode->unflushed_count++];
    memset(unflushed, 0, sizeof(*unflushed));
    unflushed->offset = offset;
    if (data) bytes_copy(&unflushed->bytes, &bytes);
}

static uint64_t disk_used(const struct disk *disk)
{
    uint64_t used = 0;
    int i;

    for (i = 0; i < MAX_NAMES; i++)
        if (disk->now.names[i].inode >= 0) used += disk->inodes[disk->now.names[i].inode].now.size;
    return used;
}

static uint32_t disk_write(struct store_os *os, struct store_file *file, uint64_t offset, const void *data, size_t size)
{
    struct disk *disk = disk_of(os);
    struct inode *inode = &disk->inodes[file->inode];
    uint32_t error = trouble(disk, false);

    uint64_t used = disk_used(disk), left = disk->capacity > used ? disk->capacity - used : 0;
    uint64_t grows = offset + size > inode->now.size ? offset + size - inode->now.size : 0;

    if (error == POWER_IS_OFF) return error;
    if (error) size /= 2; /* a write that fails may have written something */
    if (grows > left)
    {
        error = STORE_DISK_FULL;
        size -= (size_t)(grows - left);
    }
    size = use_power(disk, size);
    bytes_write(&inode->now, (size_t)offset, data, size);
    remember(inode, (size_t)offset, data, size);
    return disk->off ? POWER_IS_OFF : error;
}

static uint32_t disk_set_size(struct store_os *os, struct store_file *file, uint64_t size)
{
    struct disk *disk = disk_of(os);
    uint32_t error = trouble(disk, false);

    if (error) return error;
    if (!use_power(disk, 1)) return POWER_IS_OFF;
    bytes_resize(&disk->inodes[file->inode].now, (size_t)size);
    remember(&disk->inodes[file->inode], (size_t)size, NULL, 0);
    return 0;
}

/* Flushing a file makes it durable, and the directory up to the last change that was about it. */
static uint32_t disk_flush(struct store_os *os, struct store_file *file)
{
    struct disk *disk = disk_of(os);
    struct inode *inode = &disk->inodes[file->inode];
    uint32_t error = trouble(disk, false);
    int i;

    if (error) return error;
    if (!use_power(disk, 1)) return POWER_IS_OFF;
    bytes_copy(&inode->durable, &inode->now);
    forget_unflushed(inode);
    for (i = disk->step_count; i && disk->step_inodes[i - 1] != file->inode; i--) {}
    if (!i) return 0;
    disk->durable = disk->steps[i - 1];
    disk->step_count -= i;
    memmove(disk->steps, disk->steps + i, (size_t)disk->step_count * sizeof(*disk->steps));
    memmove(disk->step_inodes, disk->step_inodes + i, (size_t)disk->step_count * sizeof(*disk->step_inodes));
    return 0;
}

static uint32_t disk_rename(struct store_os *os, const char *from, const char *to)
{
    struct disk *disk = disk_of(os);
    struct name *source = find_name(&disk->now, from), *target = find_name(&disk->now, to);
    uint32_t error = trouble(disk, false);

    if (error) return error;
    if (!source) return STORE_FILE_NOT_FOUND;
    if (!use_power(disk, 1)) return POWER_IS_OFF;
    if (target) target->inode = -1;
    strcpy(source->name, to);
    directory_changed(disk, source->inode);
    return 0;
}

static uint32_t disk_remove(struct store_os *os, const char *name)
{
    struct disk *disk = disk_of(os);
    struct name *found = find_name(&disk->now, name);
    uint32_t error = trouble(disk, false);

    if (error) return error;
    if (!found) return STORE_FILE_NOT_FOUND;
    if (!use_power(disk, 1)) return POWER_IS_OFF;
    found->inode = -1;
    directory_changed(disk, -1);
    return 0;
}

static uint64_t disk_random(struct store_os *os)
{
    struct disk *disk = disk_of(os);

    disk->random = disk->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return disk->random;
}

static void disk_lock(struct store_os *os)
{
    pthread_mutex_lock(&((struct disk_os *)os)->mutex);
    holding++;
}

static void disk_unlock(struct store_os *os)
{
    holding--;
    pthread_mutex_unlock(&((struct disk_os *)os)->mutex);
}

static void disk_wait(struct store_os *os)
{
    pthread_cond_wait(&((struct disk_os *)os)->changed, &((struct disk_os *)os)->mutex);
}

static void disk_wake_all(struct store_os *os)
{
    pthread_cond_broadcast(&((struct disk_os *)os)->changed);
}

static void disk_destroy_os(struct store_os *os)
{
    pthread_mutex_destroy(&((struct disk_os *)os)->mutex);
    pthread_cond_destroy(&((struct disk_os *)os)->changed);
    free(os);
}

static struct store_os *make_os(struct disk *disk)
{
    static const struct store_os functions = {
        disk_open,   disk_close,  disk_get_size, disk_read,   disk_write, disk_set_size, disk_flush,      disk_rename,
        disk_remove, disk_random, disk_lock,     disk_unlock, disk_wait,  disk_wake_all, disk_destroy_os,
    };
    struct disk_os *os = calloc(1, sizeof(*os));

    os->os = functions;
    os->disk = disk;
    pthread_mutex_init(&os->mutex, NULL);
    pthread_cond_init(&os->changed, NULL);
    return &os->os;
}

#endif

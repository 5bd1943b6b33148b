/*
 * The simulated disk: files and names, and what is left of them after a power cut.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As ext4 has it: the data of a file is durable once the file was flushed; of the rest, some may be. Changes of names
 * become durable in their order: all of a volume, with a flush of a changed file of that volume or a rename that asks
 * for it.  A flush that fails throws away what was to be flushed: the next one has nothing to do and succeeds, and
 * what the cache still shows is not on the disk.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "disk.h"

static struct disk *in_use;

static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return array;
    *capacity = *capacity ? *capacity * 2 : 16;
    return realloc(array, *capacity * size);
}

/* --- bytes --------------------------------------------------------------------------------------------- */

static void bytes_resize(struct bytes *bytes, size_t size)
{
    if (size > bytes->capacity)
    {
        bytes->capacity = size + size / 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
    }
    if (size > bytes->size) memset(bytes->data + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

static void bytes_write(struct bytes *bytes, size_t offset, const void *data, size_t size)
{
    if (offset + size > bytes->size) bytes_resize(bytes, offset + size);
    if (size) memcpy(bytes->data + offset, data, size);
}

static void bytes_copy(struct bytes *to, const struct bytes *from)
{
    bytes_resize(to, from->size);
    if (from->size) memcpy(to->data, from->data, from->size);
}

/* --- names --------------------------------------------------------------------------------------------- */

struct entry *disk_find(const struct names *names, const char *path)
{
    size_t i;

    for (i = 0; i < names->count; i++)
        if (!strcasecmp(names->entries[i].path, path)) return &names->entries[i];
    return NULL;
}

static void names_remove(struct names *names, const char *path)
{
    struct entry *entry = disk_find(names, path);

    if (!entry) return;
    free(entry->path);
    memmove(entry, entry + 1, (char *)(names->entries + names->count) - (char *)(entry + 1));
    names->count--;
}

static void names_set(struct names *names, const char *path, struct inode *inode)
{
    names_remove(names, path);
    names->entries = grow(names->entries, names->count, &names->capacity, sizeof(*names->entries));
    names->entries[names->count].path = strdup(path);
    names->entries[names->count++].inode = inode;
}

static void names_cleanup(struct names *names)
{
    while (names->count) free(names->entries[--names->count].path);
    free(names->entries);
}

static void apply_step(struct names *names, const struct step *step)
{
    if (step->from) names_remove(names, step->from);
    if (step->inode) names_set(names, step->path, step->inode);
    else names_remove(names, step->path);
}

static void add_step(struct disk *disk, const char *path, const char *from, struct inode *inode, struct inode *about)
{
    struct step *step;

    disk->steps = grow(disk->steps, disk->step_count, &disk->step_capacity, sizeof(*disk->steps));
    step = &disk->steps[disk->step_count++];
    step->path = strdup(path);
    step->from = from ? strdup(from) : NULL;
    step->inode = inode;
    step->about = about;
    step->volume = disk_volume_of(path);
    apply_step(&disk->now, step);
}

void disk_commit(struct disk *disk, int volume)
{
    size_t i, kept = 0;

    for (i = 0; i < disk->step_count; i++)
    {
        struct step *step = &disk->steps[i];

        if (step->volume != volume)
        {
            disk->steps[kept++] = *step;
            continue;
        }
        apply_step(&disk->durable, step);
        free(step->path);
        free(step->from);
    }
    disk->step_count = kept;
}

int disk_volume_of(const char *path)
{
    if ((path[0] | 0x20) >= 'c' && (path[0] | 0x20) <= 'd' && path[1] == ':') return (path[0] | 0x20) - 'c';
    return -1;
}

bool disk_is_directory(const struct disk *disk, const char *path)
{
    struct entry *entry;

    if (path[0] && path[1] == ':' && (!path[2] || (path[2] == '\\' && !path[3]))) return disk_volume_of(path) >= 0;
    return (entry = disk_find(&disk->now, path)) && entry->inode->directory;
}

/* --- files --------------------------------------------------------------------------------------------- */

static struct inode *add_inode(struct disk *disk)
{
    struct inode *inode = calloc(1, sizeof(*inode));

    disk->inodes = grow(disk->inodes, disk->inode_count, &disk->inode_capacity, sizeof(*disk->inodes));
    disk->inodes[disk->inode_count++] = inode;
    inode->id = ++disk->next_id;
    GetSystemTimeAsFileTime(&inode->created);
    inode->written = inode->created;
    return inode;
}

struct inode *disk_add(struct disk *disk, const char *path, bool directory)
{
    struct inode *inode = add_inode(disk);

    inode->directory = directory;
    inode->attributes = directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_NORMAL;
    inode->volume = disk_volume_of(path);
    add_step(disk, path, NULL, inode, inode);
    return inode;
}

void disk_unlink(struct disk *disk, const char *path)
{
    struct entry *entry = disk_find(&disk->now, path);

    if (entry) add_step(disk, path, NULL, NULL, entry->inode);
}

void disk_rename(struct disk *disk, struct inode *inode, const char *from, const char *to)
{
    add_step(disk, to, from, inode, inode);
}

static void remember(struct inode *inode, size_t offset, const void *data, size_t size)
{
    struct unflushed *unflushed;

    if (!(inode->unflushed_count % 16))
        inode->unflushed = realloc(inode->unflushed, (inode->unflushed_count + 16) * sizeof(*unflushed));
    unflushed = &inode->unflushed[inode->unflushed_count++];
    unflushed->offset = offset;
    unflushed->size = size;
    unflushed->data = NULL;
    if (data)
    {
        unflushed->data = malloc(size + 1);
        memcpy(unflushed->data, data, size);
    }
}

void disk_write(struct disk *disk, struct inode *inode, size_t offset, const void *data, size_t size)
{
    bytes_write(&inode->now, offset, data, size);
    remember(inode, offset, data, size);
    GetSystemTimeAsFileTime(&inode->written);
    disk->written += size;
}

void disk_resize(struct disk *disk, struct inode *inode, size_t size)
{
    bytes_resize(&inode->now, size);
    remember(inode, size, NULL, 0);
}

void disk_lose(struct inode *inode)
{
    size_t i;

    for (i = 0; i < inode->unflushed_count; i++) free(inode->unflushed[i].data);
    free(inode->unflushed);
    inode->unflushed = NULL;
    inode->unflushed_count = 0;
}

static void apply_unflushed(struct bytes *bytes, const struct unflushed *unflushed, size_t size)
{
    if (!unflushed->data) bytes_resize(bytes, unflushed->offset);
    else bytes_write(bytes, unflushed->offset, unflushed->data, size);
}

/* What a file contains after a power cut. */
static void survive(const struct inode *inode, enum survival survival, struct bytes *left)
{
    size_t count = inode->unflushed_count, i;

    bytes_copy(left, &inode->durable);
    if (survival == SURVIVES_NOTHING) count = 0;
    if (survival == SURVIVES_HALF) count = (count + 1) / 2;
    for (i = 0; i < count; i++)
    {
        const struct unflushed *unflushed = &inode->unflushed[i];
        bool last = i + 1 == count;

        apply_unflushed(left, unflushed,
                        last && survival == SURVIVES_HALF ? unflushed->size / 2 : unflushed->size);
        if (last && survival == SURVIVES_ZERO && unflushed->data)
            memset(left->data + unflushed->offset, 0, unflushed->size);
    }
}

void disk_flush(struct disk *disk, struct inode *inode)
{
    bool changed = inode->unflushed_count > 0;
    size_t i;

    for (i = 0; i < inode->unflushed_count; i++)
        apply_unflushed(&inode->durable, &inode->unflushed[i], inode->unflushed[i].size);
    disk_lose(inode);
    for (i = 0; i < disk->step_count && !changed; i++) changed = disk->steps[i].about == inode;
    if (changed) disk_commit(disk, inode->volume);
}

uint64_t disk_used(const struct disk *disk)
{
    uint64_t used = 0;
    size_t i;

    for (i = 0; i < disk->now.count; i++) used += disk->now.entries[i].inode->now.size;
    return used;
}

/* --- disks --------------------------------------------------------------------------------------------- */

struct disk *disk_create(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    disk->capacity = UINT64_MAX;
    return disk;
}

void disk_destroy(struct disk *disk)
{
    struct file_handle *handle;
    size_t i;

    if (!disk) return;
    while ((handle = disk->handles))
    {
        disk->handles = handle->next;
        free(handle);
    }
    for (i = 0; i < disk->inode_count; i++)
    {
        disk_lose(disk->inodes[i]);
        free(disk->inodes[i]->now.data);
        free(disk->inodes[i]->durable.data);
        free(disk->inodes[i]);
    }
    free(disk->inodes);
    for (i = 0; i < disk->step_count; i++)
    {
        free(disk->steps[i].path);
        free(disk->steps[i].from);
    }
    free(disk->steps);
    names_cleanup(&disk->now);
    names_cleanup(&disk->durable);
    free(disk);
}

void disk_use(struct disk *disk)
{
    in_use = disk;
}

struct disk *disk_in_use(void)
{
    return in_use;
}

bool disk_is_off(const struct disk *disk)
{
    return disk->off;
}

void disk_set_capacity(struct disk *disk, uint64_t bytes)
{
    disk->capacity = bytes;
}

/* Names as they are after the power cut: those of each volume up to some step. */
static void surviving_names(const struct disk *disk, unsigned int metadata, struct names *names)
{
    size_t i, of_volume[2] = {0}, limit;

    memset(names, 0, sizeof(*names));
    for (i = 0; i < disk->durable.count; i++)
        names_set(names, disk->durable.entries[i].path, disk->durable.entries[i].inode);
    for (i = 0; i < disk->step_count; i++) of_volume[disk->steps[i].volume]++;
    for (i = 0; i < 2; i++)
        of_volume[i] = metadata == 0 ? 0 : metadata == 1 ? of_volume[i] : (of_volume[i] + 1) / 2;
    for (i = 0; i < disk->step_count; i++)
    {
        limit = of_volume[disk->steps[i].volume];
        if (!limit) continue;
        of_volume[disk->steps[i].volume]--;
        apply_step(names, &disk->steps[i]);
    }
}

struct disk *disk_after_cut(const struct disk *disk, enum survival survival, unsigned int metadata)
{
    struct disk *after = disk_create();
    struct names names;
    size_t i;

    surviving_names(disk, survival == SURVIVES_ALL ? 1 : metadata, &names);
    for (i = 0; i < names.count; i++)
    {
        const struct inode *from = names.entries[i].inode;
        struct inode *to = add_inode(after);

        survive(from, survival, &to->durable);
        /* A process that was killed leaves the cache as it is: what it shows, and what is durable of it. */
        bytes_copy(&to->now, survival == SURVIVES_ALL ? &from->now : &to->durable);
        to->id = from->id;
        to->volume = from->volume;
        to->directory = from->directory;
        to->attributes = from->attributes;
        to->created = from->created;
        to->written = from->written;
        names_set(&after->now, names.entries[i].path, to);
        names_set(&after->durable, names.entries[i].path, to);
    }
    names_cleanup(&names);
    after->next_id = disk->next_id + 1000;
    after->capacity = disk->capacity;
    return after;
}

void disk_make_directory(struct disk *disk, const char *path)
{
    disk_add(disk, path, true);
    disk_commit(disk, disk_volume_of(path));
}

void disk_put(struct disk *disk, const char *path, const void *data, size_t size)
{
    struct inode *inode = disk_add(disk, path, false);

    disk_write(disk, inode, 0, data, size);
    disk_flush(disk, inode);
}

uint8_t *disk_get(const struct disk *disk, const char *path, size_t *size, bool on_disk)
{
    struct entry *entry = disk_find(&disk->now, path);
    struct bytes bytes = {0};
    uint8_t *copy;

    if (!entry) return NULL;
    if (on_disk) survive(entry->inode, SURVIVES_ALL, &bytes);
    else bytes_copy(&bytes, &entry->inode->now);
    *size = bytes.size;
    copy = malloc(bytes.size + 1);
    if (bytes.size) memcpy(copy, bytes.data, bytes.size);
    free(bytes.data);
    return copy;
}

bool disk_exists(const struct disk *disk, const char *path)
{
    return disk_find(&disk->now, path) != NULL;
}

bool disk_remove(struct disk *disk, const char *path)
{
    if (!disk_exists(disk, path)) return false;
    disk_unlink(disk, path);
    disk_commit(disk, disk_volume_of(path));
    return true;
}

void disk_list(const struct disk *disk, const char *part, void (*found)(void *context, const char *path),
               void *context)
{
    size_t i;

    for (i = 0; i < disk->now.count; i++)
        if (strcasestr(disk->now.entries[i].path, part)) found(context, disk->now.entries[i].path);
}

unsigned int disk_open_handles(const struct disk *disk)
{
    const struct file_handle *handle;
    unsigned int count = 0;

    for (handle = disk->handles; handle; handle = handle->next) count++;
    return count;
}

uint64_t disk_bytes_written(const struct disk *disk)
{
    return disk->written;
}

/*
 * The inside of the simulated disk: what its calls (files.c) and what a power cut does with it (disk.c) share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef TESTS_ENGINE_DISK_H
#define TESTS_ENGINE_DISK_H

#include "sim.h"

struct bytes
{
    uint8_t *data;
    size_t size, capacity;
};

/* A change of a file that was not flushed: bytes written, or (data NULL) a new size. */
struct unflushed
{
    size_t offset;
    size_t size;
    uint8_t *data;
};

struct inode
{
    int id; /* never used again */
    int volume;
    bool directory;
    struct bytes now, durable;
    struct unflushed *unflushed;
    size_t unflushed_count;
    DWORD attributes;
    FILETIME created, written;
};

/* A name; path as "C:\dir\name". */
struct entry
{
    char *path;
    struct inode *inode;
};

struct names
{
    struct entry *entries;
    size_t count, capacity;
};

/* A change of names that is not durable: path gets the inode (NULL: is no more), and so does from lose it. */
struct step
{
    char *path, *from;
    struct inode *inode;
    const struct inode *about;
    int volume;
};

struct file_handle
{
    struct handle handle;
    struct file_handle *next; /* of the disk */
    struct disk *disk;
    struct inode *inode;
    DWORD access, share;
    uint64_t position;
    bool deletes; /* when it is closed */
};

struct disk
{
    struct inode **inodes; /* all that ever were */
    size_t inode_count, inode_capacity;
    struct names now, durable;
    struct step *steps;
    size_t step_count, step_capacity;
    struct file_handle *handles;
    int next_id;
    bool off;
    uint64_t capacity, written;
};

/* Names compare without regard to case. */
struct entry *disk_find(const struct names *names, const char *path);
struct inode *disk_add(struct disk *disk, const char *path, bool directory);
void disk_unlink(struct disk *disk, const char *path);
void disk_rename(struct disk *disk, struct inode *inode, const char *from, const char *to);
void disk_commit(struct disk *disk, int volume);
void disk_write(struct disk *disk, struct inode *inode, size_t offset, const void *data, size_t size);
void disk_resize(struct disk *disk, struct inode *inode, size_t size);
void disk_flush(struct disk *disk, struct inode *inode);
void disk_lose(struct inode *inode); /* a flush has failed */
int disk_volume_of(const char *path); /* -1: none */
bool disk_is_directory(const struct disk *disk, const char *path);

#endif

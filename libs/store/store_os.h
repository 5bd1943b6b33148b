/*
 * What the job store needs of the operating system: a few files in one directory, and one lock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * store_win32.c is the real one; the tests bring one that can lose its power. Errors are Win32 error codes.
 */

#ifndef LIBS_TRANSFER_STORE_OS_H
#define LIBS_TRANSFER_STORE_OS_H

#include <stddef.h>
#include <stdint.h>

/* The Win32 error codes that the store itself makes or tells apart. */
enum store_error
{
    STORE_OK = 0,
    STORE_FILE_NOT_FOUND = 2,     /* ERROR_FILE_NOT_FOUND */
    STORE_NO_MEMORY = 14,         /* ERROR_OUTOFMEMORY */
    STORE_CRC = 23,               /* ERROR_CRC */
    STORE_SHARING_VIOLATION = 32, /* ERROR_SHARING_VIOLATION */
    STORE_HANDLE_EOF = 38,        /* ERROR_HANDLE_EOF */
    STORE_HANDLE_DISK_FULL = 39,  /* ERROR_HANDLE_DISK_FULL */
    STORE_INVALID_PARAMETER = 87, /* ERROR_INVALID_PARAMETER */
    STORE_DISK_FULL = 112,        /* ERROR_DISK_FULL */
    STORE_NOT_FOUND = 1168,       /* ERROR_NOT_FOUND */
    STORE_FILE_CORRUPT = 1392,    /* ERROR_FILE_CORRUPT */
};

enum store_open_mode
{
    STORE_OPEN_LOCK,     /* create if needed; nobody else may open it */
    STORE_OPEN_EXISTING, /* read and write; others may read */
    STORE_OPEN_NEW,      /* the same, empty, whatever was there before */
};

struct store_file; /* an open file; the implementation's own */

struct store_os
{
    /* Names are plain ASCII names in the store's directory. */
    uint32_t (*open)(struct store_os *os, const char *name, enum store_open_mode mode, struct store_file **file);
    void (*close)(struct store_os *os, struct store_file *file);
    uint32_t (*get_size)(struct store_os *os, struct store_file *file, uint64_t *size);
    /* All of size or an error (STORE_HANDLE_EOF: the file is shorter). */
    uint32_t (*read)(struct store_os *os, struct store_file *file, uint64_t offset, void *data, size_t size);
    /* All of size or an error; after an error any part of it may have been written. */
    uint32_t (*write)(struct store_os *os, struct store_file *file, uint64_t offset, const void *data, size_t size);
    uint32_t (*set_size)(struct store_os *os, struct store_file *file, uint64_t size);
    uint32_t (*flush)(struct store_os *os, struct store_file *file);
    /* Atomic, replaces; neither file is open. */
    uint32_t (*rename)(struct store_os *os, const char *from, const char *to);
    uint32_t (*remove)(struct store_os *os, const char *name);
    uint64_t (*random)(struct store_os *os);
    void (*lock)(struct store_os *os);
    void (*unlock)(struct store_os *os);
    /* Unlock, wait for wake_all (or for nothing at all), lock. */
    void (*wait)(struct store_os *os);
    void (*wake_all)(struct store_os *os);
    void (*destroy)(struct store_os *os);
};

#endif

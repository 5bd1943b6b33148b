/*
 * Tagged fields: the encoding of one record of the job store (pure).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A record is a sequence of fields, each with a numeric tag, a type and a length. A reader skips tags that
 * it does not know, so a field can be added without a new format version. What the tags mean is the
 * business of whoever writes the record. The bytes are described in docs/journal-format.md.
 */

#ifndef LIBS_TRANSFER_RECORD_H
#define LIBS_TRANSFER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/store_os.h"

#define RECORD_GUID_SIZE 16
#define RECORD_FIELD_HEAD 8         /* bytes in front of the value of every field */
#define RECORD_MAX_DEPTH 8          /* groups within groups */
#define RECORD_MAX_SIZE 0x0fffffffu /* bytes of a whole record */

enum record_type
{
    RECORD_U8 = 1,
    RECORD_U32 = 2,
    RECORD_U64 = 3,
    RECORD_BYTES = 4,
    RECORD_UTF16 = 5, /* little-endian code units, no terminator */
    RECORD_GUID = 6,  /* as a GUID lies in memory on a little-endian machine */
    RECORD_GROUP = 7, /* fields in a field */
};

/*
 * The writer. An error (no memory, record too large, groups not balanced) sticks: later calls do nothing,
 * and record_writer_finish says so once.
 */
struct record_writer
{
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t groups[RECORD_MAX_DEPTH]; /* where the heads of the open groups are */
    unsigned int depth;
    bool failed;
};

void record_writer_init(struct record_writer *writer);
void record_writer_cleanup(struct record_writer *writer);

/* Empty the writer, and forget its error, but keep its memory for the next record. */
void record_writer_reset(struct record_writer *writer);

void record_write_u8(struct record_writer *writer, uint16_t tag, uint8_t value);
void record_write_u32(struct record_writer *writer, uint16_t tag, uint32_t value);
void record_write_u64(struct record_writer *writer, uint16_t tag, uint64_t value);

/* data may be NULL when size is 0: an empty field is written. */
void record_write_bytes(struct record_writer *writer, uint16_t tag, const void *data, size_t size);

/* A terminated UTF-16 string (WCHAR on Windows). NULL writes nothing: absent and empty stay different. */
void record_write_utf16(struct record_writer *writer, uint16_t tag, const uint16_t *string);

/* A UTF-16 string of length code units, which may contain any of them. */
void record_write_utf16_n(struct record_writer *writer, uint16_t tag, const uint16_t *string, size_t length);

/* guid points to 16 bytes. */
void record_write_guid(struct record_writer *writer, uint16_t tag, const void *guid);

/* Everything written between begin and end is inside the group. */
void record_begin_group(struct record_writer *writer, uint16_t tag);
void record_end_group(struct record_writer *writer);

/* False when anything failed since init or reset. Else *data and *size are the record; the writer owns it. */
bool record_writer_finish(struct record_writer *writer, const uint8_t **data, size_t *size);

/*
 * The reader, over memory that the caller keeps. The first fault (a field that ends outside, a value that does not
 * fit, no memory for a copy) sticks, in the reader of a group and in those around it: check record_reader_error once
 * at the end.
 */
struct record_reader
{
    const uint8_t *data;
    size_t size;
    size_t position;
    struct record_reader *parent; /* of a group's reader: what a fault is passed on to */
    uint32_t error;               /* STORE_OK, STORE_FILE_CORRUPT or STORE_NO_MEMORY */
};

struct record_field
{
    uint16_t tag;
    uint8_t type; /* enum record_type, or one that this version does not know */
    const uint8_t *data;
    size_t size;
};

void record_reader_init(struct record_reader *reader, const void *data, size_t size);

/* The next field; false at the end and at the first fault. */
bool record_next(struct record_reader *reader, struct record_field *field);

/* STORE_OK; STORE_FILE_CORRUPT: the record makes no sense; STORE_NO_MEMORY: it may make sense. */
uint32_t record_reader_error(const struct record_reader *reader);

/* Declare the record damaged, for faults that only the caller can see (a value out of its range). */
void record_reader_fail(struct record_reader *reader);

/* The same for memory that the caller could not get. */
void record_reader_no_memory(struct record_reader *reader);

/*
 * The value of a field that record_next gave. A field of another type is a fault and yields 0, except that
 * the three widths of numbers stand for each other as long as the value fits: a field may be widened later.
 */
uint8_t record_u8(struct record_reader *reader, const struct record_field *field);
uint32_t record_u32(struct record_reader *reader, const struct record_field *field);
uint64_t record_u64(struct record_reader *reader, const struct record_field *field);

/* The bytes in place; they live as long as the memory being read. NULL on a fault. */
const uint8_t *record_bytes(struct record_reader *reader, const struct record_field *field, size_t *size);

/* A terminated copy for free(); *length (may be NULL) in code units without the terminator. NULL on a fault. */
uint16_t *record_utf16(struct record_reader *reader, const struct record_field *field, size_t *length);

/* Copies 16 bytes to guid; all zero on a fault. */
void record_guid(struct record_reader *reader, const struct record_field *field, void *guid);

/* A reader of the fields within a group; reader must outlive it. On a fault the group reads as empty. */
void record_group(struct record_reader *reader, const struct record_field *field, struct record_reader *group);

#endif

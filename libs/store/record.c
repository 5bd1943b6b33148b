/*
 * Tagged fields: the encoding of one record of the job store (pure).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "store/record.h"

#include <stdlib.h>
#include <string.h>

/* --- numbers ---------------------------------------------------------------- */

static void put_le(uint8_t *out, uint64_t value, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *in, size_t size)
{
    uint64_t value = 0;

    while (size--) value = value << 8 | in[size];
    return value;
}

/* --- writer ----------------------------------------------------------------- */

void record_writer_init(struct record_writer *writer)
{
    memset(writer, 0, sizeof(*writer));
}

void record_writer_cleanup(struct record_writer *writer)
{
    free(writer->data);
    record_writer_init(writer);
}

void record_writer_reset(struct record_writer *writer)
{
    writer->size = 0;
    writer->depth = 0;
    writer->failed = false;
}

static bool reserve(struct record_writer *writer, size_t size)
{
    size_t capacity = writer->capacity ? writer->capacity : 1024;
    uint8_t *data;

    if (size > RECORD_MAX_SIZE - writer->size) return false;
    if (writer->size + size <= writer->capacity) return true;

    while (capacity < writer->size + size) capacity *= 2;
    if (!(data = realloc(writer->data, capacity))) return false;
    writer->data = data;
    writer->capacity = capacity;
    return true;
}

/* Append the head of a field and room for its value; NULL when the writer has failed. */
static uint8_t *add_field(struct record_writer *writer, uint16_t tag, enum record_type type, size_t size)
{
    uint8_t *head;

    if (writer->failed) return NULL;
    if (size > RECORD_MAX_SIZE || !reserve(writer, RECORD_FIELD_HEAD + size))
    {
        writer->failed = true;
        return NULL;
    }
    head = writer->data + writer->size;
    put_le(head, tag, 2);
    head[2] = (uint8_t)type;
    head[3] = 0;
    put_le(head + 4, size, 4);
    writer->size += RECORD_FIELD_HEAD + size;
    return head + RECORD_FIELD_HEAD;
}

static void write_number(struct record_writer *writer, uint16_t tag, enum record_type type, uint64_t value, size_t size)
{
    uint8_t *out = add_field(writer, tag, type, size);

    if (out) put_le(out, value, size);
}

void record_write_u8(struct record_writer *writer, uint16_t tag, uint8_t value)
{
    write_number(writer, tag, RECORD_U8, value, 1);
}

void record_write_u32(struct record_writer *writer, uint16_t tag, uint32_t value)
{
    write_number(writer, tag, RECORD_U32, value, 4);
}

void record_write_u64(struct record_writer *writer, uint16_t tag, uint64_t value)
{
    write_number(writer, tag, RECORD_U64, value, 8);
}

void record_write_bytes(struct record_writer *writer, uint16_t tag, const void *data, size_t size)
{
    uint8_t *out = add_field(writer, tag, RECORD_BYTES, size);

    if (out && size) memcpy(out, data, size);
}

void record_write_utf16(struct record_writer *writer, uint16_t tag, const uint16_t *string)
{
    size_t length = 0;

    if (!string) return;
    while (string[length]) length++;
    record_write_utf16_n(writer, tag, string, length);
}

void record_write_utf16_n(struct record_writer *writer, uint16_t tag, const uint16_t *string, size_t length)
{
    uint8_t *out;
    size_t i;

    if (length > RECORD_MAX_SIZE / 2)
    {
        writer->failed = true;
        return;
    }
    if (!(out = add_field(writer, tag, RECORD_UTF16, length * 2))) return;
    for (i = 0; i < length; i++) put_le(out + 2 * i, string[i], 2);
}

void record_write_guid(struct record_writer *writer, uint16_t tag, const void *guid)
{
    uint8_t *out = add_field(writer, tag, RECORD_GUID, RECORD_GUID_SIZE);

    if (out) memcpy(out, guid, RECORD_GUID_SIZE);
}

void record_begin_group(struct record_writer *writer, uint16_t tag)
{
    size_t head = writer->size;

    if (writer->depth >= RECORD_MAX_DEPTH) writer->failed = true;
    if (add_field(writer, tag, RECORD_GROUP, 0)) writer->groups[writer->depth++] = head;
}

void record_end_group(struct record_writer *writer)
{
    size_t head;

    if (writer->failed) return;
    if (!writer->depth)
    {
        writer->failed = true;
        return;
    }
    head = writer->groups[--writer->depth];
    put_le(writer->data + head + 4, writer->size - head - RECORD_FIELD_HEAD, 4);
}

bool record_writer_finish(struct record_writer *writer, const uint8_t **data, size_t *size)
{
    if (writer->depth) writer->failed = true;
    *data = writer->failed ? NULL : writer->data;
    *size = writer->failed ? 0 : writer->size;
    return !writer->failed;
}

/* --- reader ----------------------------------------------------------------- */

void record_reader_init(struct record_reader *reader, const void *data, size_t size)
{
    memset(reader, 0, sizeof(*reader));
    reader->data = data;
    reader->size = size;
}

uint32_t record_reader_error(const struct record_reader *reader)
{
    return reader->error;
}

static void fail(struct record_reader *reader, uint32_t error)
{
    for (; reader; reader = reader->parent)
        if (!reader->error) reader->error = error;
}

void record_reader_fail(struct record_reader *reader)
{
    fail(reader, STORE_FILE_CORRUPT);
}

void record_reader_no_memory(struct record_reader *reader)
{
    fail(reader, STORE_NO_MEMORY);
}

bool record_next(struct record_reader *reader, struct record_field *field)
{
    size_t left = reader->size - reader->position;
    const uint8_t *head;

    if (reader->error || !left) return false;
    if (left < RECORD_FIELD_HEAD) goto fault;

    head = reader->data + reader->position;
    field->tag = (uint16_t)get_le(head, 2);
    field->type = head[2];
    field->size = (size_t)get_le(head + 4, 4);
    field->data = head + RECORD_FIELD_HEAD;
    if (field->size > left - RECORD_FIELD_HEAD) goto fault;
    reader->position += RECORD_FIELD_HEAD + field->size;
    return true;

fault:
    record_reader_fail(reader);
    return false;
}

static uint64_t read_number(struct record_reader *reader, const struct record_field *field, uint64_t max)
{
    uint64_t value;
    size_t size;

    switch (field->type)
    {
    case RECORD_U8: size = 1; break;
    case RECORD_U32: size = 4; break;
    case RECORD_U64: size = 8; break;
    default: size = 0; break;
    }
    if (size && field->size == size)
    {
        value = get_le(field->data, size);
        if (value <= max) return value;
    }
    record_reader_fail(reader);
    return 0;
}

uint8_t record_u8(struct record_reader *reader, const struct record_field *field)
{
    return (uint8_t)read_number(reader, field, UINT8_MAX);
}

uint32_t record_u32(struct record_reader *reader, const struct record_field *field)
{
    return (uint32_t)read_number(reader, field, UINT32_MAX);
}

uint64_t record_u64(struct record_reader *reader, const struct record_field *field)
{
    return read_number(reader, field, UINT64_MAX);
}

const uint8_t *record_bytes(struct record_reader *reader, const struct record_field *field, size_t *size)
{
    if (field->type == RECORD_BYTES)
    {
        *size = field->size;
        return field->data;
    }
    record_reader_fail(reader);
    *size = 0;
    return NULL;
}

uint16_t *record_utf16(struct record_reader *reader, const struct record_field *field, size_t *length)
{
    size_t count = field->size / 2, i;
    uint16_t *string;

    if (length) *length = 0;
    if (field->type != RECORD_UTF16 || field->size & 1)
    {
        record_reader_fail(reader);
        return NULL;
    }
    if (!(string = malloc((count + 1) * sizeof(*string))))
    {
        record_reader_no_memory(reader);
        return NULL;
    }
    for (i = 0; i < count; i++) string[i] = (uint16_t)get_le(field->data + 2 * i, 2);
    string[count] = 0;
    if (length) *length = count;
    return string;
}

void record_guid(struct record_reader *reader, const struct record_field *field, void *guid)
{
    if (field->type == RECORD_GUID && field->size == RECORD_GUID_SIZE)
    {
        memcpy(guid, field->data, RECORD_GUID_SIZE);
        return;
    }
    record_reader_fail(reader);
    memset(guid, 0, RECORD_GUID_SIZE);
}

void record_group(struct record_reader *reader, const struct record_field *field, struct record_reader *group)
{
    bool ok = field->type == RECORD_GROUP;

    if (!ok) record_reader_fail(reader);
    record_reader_init(group, ok ? field->data : NULL, ok ? field->size : 0);
    group->parent = reader;
    group->error = reader->error;
}

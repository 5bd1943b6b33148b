/*
 * Fuzzer of libs/store/record.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_fields(struct record_reader *reader, struct record_writer *writer, unsigned int depth);

static void copy_string(struct record_reader *reader, struct record_writer *writer, const struct record_field *field)
{
    size_t length = 0;
    uint16_t *string = record_utf16(reader, field, &length);

    if (!string) return;
    if (string[length]) abort();
    record_write_utf16_n(writer, field->tag, string, length);
    free(string);
}

static void copy_group(struct record_reader *reader, struct record_writer *writer, const struct record_field *field,
                       unsigned int depth)
{
    struct record_reader group;

    record_group(reader, field, &group);
    if (depth + 1 >= RECORD_MAX_DEPTH) return;
    record_begin_group(writer, field->tag);
    copy_fields(&group, writer, depth + 1);
    record_end_group(writer);
}

/* Reads every field as what it says it is, and writes it again. */
static void copy_fields(struct record_reader *reader, struct record_writer *writer, unsigned int depth)
{
    struct record_field field;
    uint8_t guid[RECORD_GUID_SIZE];
    const uint8_t *bytes;
    size_t size;

    while (record_next(reader, &field))
    {
        if (field.data < reader->data || field.data + field.size > reader->data + reader->size) abort();
        switch (field.type)
        {
        case RECORD_U8: record_write_u8(writer, field.tag, record_u8(reader, &field)); break;
        case RECORD_U32: record_write_u32(writer, field.tag, record_u32(reader, &field)); break;
        case RECORD_U64: record_write_u64(writer, field.tag, record_u64(reader, &field)); break;
        case RECORD_BYTES:
            if ((bytes = record_bytes(reader, &field, &size))) record_write_bytes(writer, field.tag, bytes, size);
            break;
        case RECORD_UTF16: copy_string(reader, writer, &field); break;
        case RECORD_GUID:
            record_guid(reader, &field, guid);
            record_write_guid(writer, field.tag, guid);
            break;
        case RECORD_GROUP: copy_group(reader, writer, &field, depth); break;
        default: break;
        }
    }
}

/* Every field as what it is not: nothing but damage may come of it. */
static void misread_fields(const uint8_t *data, size_t size)
{
    struct record_reader reader, group;
    struct record_field field;
    uint8_t guid[RECORD_GUID_SIZE];
    size_t length;

    record_reader_init(&reader, data, size);
    while (record_next(&reader, &field))
    {
        record_u8(&reader, &field);
        record_u32(&reader, &field);
        record_u64(&reader, &field);
        record_bytes(&reader, &field, &length);
        free(record_utf16(&reader, &field, &length));
        record_guid(&reader, &field, guid);
        record_group(&reader, &field, &group);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_reader reader;
    struct record_writer writer, again;
    const uint8_t *copy, *second;
    size_t copy_size, second_size;

    misread_fields(data, size);
    record_writer_init(&writer);
    record_writer_init(&again);
    record_reader_init(&reader, data, size);
    copy_fields(&reader, &writer, 0);
    if (record_writer_finish(&writer, &copy, &copy_size))
    {
        /* What was written is sound, and the same once more. */
        record_reader_init(&reader, copy, copy_size);
        copy_fields(&reader, &again, 0);
        if (record_reader_error(&reader)) abort();
        if (!record_writer_finish(&again, &second, &second_size)) abort();
        if (copy_size != second_size || (copy_size && memcmp(copy, second, copy_size))) abort();
    }
    record_writer_cleanup(&writer);
    record_writer_cleanup(&again);
    return 0;
}

/*
 * Unit tests of libs/store/record.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "store/record.h"

#include <stdlib.h>

static const uint8_t guid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* Every type once, and a group in a group. */
static void write_sample(struct record_writer *writer)
{
    static const uint16_t text[] = {'a', 0xd800, 0xfffe, 0};

    record_write_u8(writer, 1, 0xab);
    record_write_u32(writer, 2, 0x89abcdef);
    record_write_u64(writer, 3, UINT64_C(0x0123456789abcdef));
    record_write_bytes(writer, 4, "xyz", 3);
    record_write_utf16(writer, 5, text);
    record_write_guid(writer, 6, guid);
    record_begin_group(writer, 7);
    record_write_u8(writer, 1, 1);
    record_begin_group(writer, 8);
    record_write_u8(writer, 2, 2);
    record_end_group(writer);
    record_end_group(writer);
    record_write_u8(writer, 9, 9);
}

TEST(bytes)
{
    /* docs/journal-format.md: tag, type, 0, size, value */
    static const uint8_t want[] = {
        0x02, 0x01, 2, 0, 4, 0,      0, 0, 0xef, 0xcd, 0xab, 0x89, 7, 0,    7,
        0,    10,   0, 0, 0, /**/ 5, 0, 5, 0,    2,    0,    0,    0, 0x34, 0x12,
    };
    static const uint16_t text[] = {0x1234, 0};
    struct record_writer writer;
    const uint8_t *data;
    size_t size;

    record_writer_init(&writer);
    record_write_u32(&writer, 0x102, 0x89abcdef);
    record_begin_group(&writer, 7);
    record_write_utf16(&writer, 5, text);
    record_end_group(&writer);
    CHECK(record_writer_finish(&writer, &data, &size));
    CHECK_INT(size, sizeof(want));
    CHECK(size == sizeof(want) && !memcmp(data, want, size));
    record_writer_cleanup(&writer);
}

static void read_inner(struct record_reader *reader, const struct record_field *field)
{
    struct record_reader group, inner;
    struct record_field member;
    int count = 0;

    record_group(reader, field, &group);
    while (record_next(&group, &member))
    {
        count++;
        if (member.tag == 1) CHECK_INT(record_u8(&group, &member), 1);
        if (member.tag != 8) continue;
        record_group(&group, &member, &inner);
        CHECK(record_next(&inner, &member));
        CHECK_INT(record_u8(&inner, &member), 2);
        CHECK(!record_next(&inner, &member));
    }
    CHECK_INT(count, 2);
}

TEST(round_trip)
{
    struct record_writer writer;
    struct record_reader reader;
    struct record_field field;
    const uint8_t *data, *bytes;
    uint8_t got_guid[16];
    size_t size, length;
    uint16_t *text;
    int seen = 0;

    record_writer_init(&writer);
    write_sample(&writer);
    CHECK(record_writer_finish(&writer, &data, &size));
    record_reader_init(&reader, data, size);
    while (record_next(&reader, &field))
    {
        seen++;
        switch (field.tag)
        {
        case 1: CHECK_INT(record_u8(&reader, &field), 0xab); break;
        case 2: CHECK_INT(record_u32(&reader, &field), 0x89abcdef); break;
        case 3: CHECK(record_u64(&reader, &field) == UINT64_C(0x0123456789abcdef)); break;
        case 4:
            bytes = record_bytes(&reader, &field, &length);
            CHECK(length == 3 && !memcmp(bytes, "xyz", 3));
            break;
        case 5:
            text = record_utf16(&reader, &field, &length);
            CHECK_INT(length, 3);
            CHECK(text && text[0] == 'a' && text[1] == 0xd800 && text[2] == 0xfffe && !text[3]);
            free(text);
            break;
        case 6:
            record_guid(&reader, &field, got_guid);
            CHECK(!memcmp(got_guid, guid, 16));
            break;
        case 7: read_inner(&reader, &field); break;
        default: break; /* 9 stands for a tag that this reader does not know */
        }
    }
    CHECK_INT(seen, 8);
    CHECK(!record_reader_error(&reader));
    record_writer_cleanup(&writer);
}

TEST(absent_and_empty)
{
    static const uint16_t empty[] = {0};
    struct record_writer writer;
    struct record_reader reader;
    struct record_field field;
    const uint8_t *data;
    size_t size, length;
    uint16_t *text;

    record_writer_init(&writer);
    CHECK(record_writer_finish(&writer, &data, &size));
    CHECK_INT(size, 0);
    record_write_utf16(&writer, 1, NULL);
    record_write_utf16(&writer, 2, empty);
    record_write_bytes(&writer, 3, NULL, 0);
    CHECK(record_writer_finish(&writer, &data, &size));

    record_reader_init(&reader, data, size);
    CHECK(record_next(&reader, &field));
    CHECK_INT(field.tag, 2);
    text = record_utf16(&reader, &field, NULL);
    CHECK(text && !text[0]);
    free(text);
    CHECK(record_next(&reader, &field));
    CHECK(record_bytes(&reader, &field, &length) && !length);
    CHECK(!record_next(&reader, &field));
    CHECK(!record_reader_error(&reader));

    record_reader_init(&reader, NULL, 0);
    CHECK(!record_next(&reader, &field) && !record_reader_error(&reader));
    record_writer_cleanup(&writer);
}

/* The value of a record with one field, read at another width; *ok: no fault. */
static uint64_t reread(int write_width, uint64_t value, int read_width, bool *ok)
{
    struct record_writer writer;
    struct record_reader reader;
    struct record_field field;
    const uint8_t *data;
    uint64_t got = 0;
    size_t size;

    record_writer_init(&writer);
    if (write_width == 1) record_write_u8(&writer, 1, (uint8_t)value);
    else if (write_width == 4) record_write_u32(&writer, 1, (uint32_t)value);
    else record_write_u64(&writer, 1, value);
    CHECK(record_writer_finish(&writer, &data, &size));
    record_reader_init(&reader, data, size);
    CHECK(record_next(&reader, &field));
    if (read_width == 1) got = record_u8(&reader, &field);
    else if (read_width == 4) got = record_u32(&reader, &field);
    else got = record_u64(&reader, &field);
    *ok = !record_reader_error(&reader);
    record_writer_cleanup(&writer);
    return got;
}

TEST(widths)
{
    bool ok;

    CHECK(reread(1, 255, 8, &ok) == 255 && ok);
    CHECK(reread(4, 255, 1, &ok) == 255 && ok);
    CHECK(reread(8, UINT32_MAX, 4, &ok) == UINT32_MAX && ok);
    CHECK(reread(4, 256, 1, &ok) == 0 && !ok);
    CHECK(reread(8, UINT64_C(1) << 32, 4, &ok) == 0 && !ok);
}

TEST(wrong_types)
{
    struct record_reader reader, group;
    struct record_writer writer;
    struct record_field field;
    uint8_t got_guid[16];
    const uint8_t *data;
    size_t size, length;

    record_writer_init(&writer);
    record_write_bytes(&writer, 1, "12345678", 8);
    CHECK(record_writer_finish(&writer, &data, &size));

    record_reader_init(&reader, data, size);
    CHECK(record_next(&reader, &field));
    CHECK(!record_u64(&reader, &field) && record_reader_error(&reader));
    record_reader_init(&reader, data, size);
    CHECK(!record_utf16(&reader, &field, &length) && record_reader_error(&reader));
    record_reader_init(&reader, data, size);
    record_guid(&reader, &field, got_guid);
    CHECK(record_reader_error(&reader) && !got_guid[0]);
    record_reader_init(&reader, data, size);
    record_group(&reader, &field, &group);
    CHECK(record_reader_error(&reader) && !record_next(&group, &field));
    record_writer_cleanup(&writer);
}

/* A fault inside of groups is seen outside. */
TEST(fault_in_group)
{
    struct record_reader reader, group, inner;
    struct record_writer writer;
    struct record_field field;
    const uint8_t *data;
    size_t size;

    record_writer_init(&writer);
    record_begin_group(&writer, 1);
    record_begin_group(&writer, 2);
    record_write_bytes(&writer, 3, NULL, 0);
    record_end_group(&writer);
    record_end_group(&writer);
    CHECK(record_writer_finish(&writer, &data, &size));
    record_reader_init(&reader, data, size);
    CHECK(record_next(&reader, &field));
    record_group(&reader, &field, &group);
    CHECK(record_next(&group, &field));
    record_group(&group, &field, &inner);
    CHECK(record_next(&inner, &field));
    CHECK_INT(record_u32(&inner, &field), 0);
    CHECK(record_reader_error(&inner) && record_reader_error(&group) && record_reader_error(&reader));
    CHECK(!record_next(&reader, &field));
    record_writer_cleanup(&writer);
}

/* Read all there is, whatever it is. */
static void walk(struct record_reader *reader, unsigned int depth)
{
    struct record_reader group;
    struct record_field field;

    while (record_next(reader, &field))
    {
        CHECK(field.data >= reader->data && field.data + field.size <= reader->data + reader->size);
        if (field.type != RECORD_GROUP || depth == RECORD_MAX_DEPTH) continue;
        record_group(reader, &field, &group);
        walk(&group, depth + 1);
    }
}

TEST(cut_at_every_byte)
{
    struct record_writer writer;
    struct record_reader reader;
    const uint8_t *data;
    size_t size, cut;
    int whole = 0;

    record_writer_init(&writer);
    write_sample(&writer);
    CHECK(record_writer_finish(&writer, &data, &size));
    for (cut = 0; cut < size; cut++)
    {
        uint8_t *copy = malloc(cut + 1); /* of its own, so that the sanitizer sees the end */

        memcpy(copy, data, cut);
        record_reader_init(&reader, copy, cut);
        walk(&reader, 0);
        whole += !record_reader_error(&reader);
        free(copy);
    }
    CHECK_INT(whole, 8); /* between fields, the start included */
    record_writer_cleanup(&writer);
}

TEST(writer_errors)
{
    struct record_writer writer;
    const uint8_t *data;
    size_t size;
    int i;

    record_writer_init(&writer);
    record_begin_group(&writer, 1);
    CHECK(!record_writer_finish(&writer, &data, &size)); /* open group */
    CHECK(!data && !size);
    record_writer_reset(&writer);
    record_end_group(&writer); /* none open */
    record_write_u8(&writer, 1, 1);
    CHECK(!record_writer_finish(&writer, &data, &size));
    record_writer_reset(&writer);
    for (i = 0; i <= RECORD_MAX_DEPTH; i++) record_begin_group(&writer, 1);
    for (i = 0; i <= RECORD_MAX_DEPTH; i++) record_end_group(&writer);
    CHECK(!record_writer_finish(&writer, &data, &size)); /* too deep */
    record_writer_reset(&writer);
    record_write_bytes(&writer, 1, "", (size_t)RECORD_MAX_SIZE + 1);
    CHECK(!record_writer_finish(&writer, &data, &size)); /* too large */
    record_writer_reset(&writer);
    record_write_utf16_n(&writer, 1, NULL, SIZE_MAX / 2 + 2);
    CHECK(!record_writer_finish(&writer, &data, &size));
    record_writer_reset(&writer);
    record_write_u8(&writer, 1, 1);
    CHECK(record_writer_finish(&writer, &data, &size));
    CHECK_INT(size, RECORD_FIELD_HEAD + 1);
    record_writer_cleanup(&writer);
}

TEST(large)
{
    struct record_writer writer;
    struct record_reader reader;
    struct record_field field;
    const uint8_t *data;
    uint32_t i, wrong = 0;
    size_t size;

    record_writer_init(&writer);
    for (i = 0; i < 100000; i++) record_write_u32(&writer, 1, i);
    CHECK(record_writer_finish(&writer, &data, &size));
    record_reader_init(&reader, data, size);
    for (i = 0; record_next(&reader, &field); i++) wrong += record_u32(&reader, &field) != i;
    CHECK_INT(i, 100000);
    CHECK_INT(wrong, 0);
    CHECK(!record_reader_error(&reader));
    record_writer_cleanup(&writer);
}

int main(void)
{
    RUN(bytes);
    RUN(round_trip);
    RUN(absent_and_empty);
    RUN(widths);
    RUN(wrong_types);
    RUN(fault_in_group);
    RUN(cut_at_every_byte);
    RUN(writer_errors);
    RUN(large);
    return unit_finish();
}

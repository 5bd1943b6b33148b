/*
 * Unit tests of libs/transfer/download/range_parts.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "transfer/download/range_parts.h"

#define PART(range, bytes) "--x\r\nContent-Type: text/plain\r\nContent-Range: bytes " range "/1000\r\n\r\n" bytes "\r\n"
#define END "--x--\r\n"

static const struct file_range asked[] = {{10, 3}, {100, 2}, {50, 1}};

/* Feed body in steps of that many bytes; the bytes of the file are appended to out. */
static enum parts_event feed(const char *body, size_t step, char *out)
{
    size_t size = strlen(body), position = 0, used = 0;
    enum parts_event event = PARTS_MORE;
    static struct parts parts;

    if (!parts_init(&parts, "multipart/byteranges; boundary=x", asked, 3, 1000)) return PARTS_NO_MEMORY;
    while (position < size && (event == PARTS_MORE || event == PARTS_DATA))
    {
        size_t give = size - position < step ? size - position : step, consumed, length;
        const char *payload;

        event = parts_next(&parts, body + position, give, &consumed, &payload, &length);
        position += consumed;
        if (event == PARTS_DATA)
        {
            memcpy(out + used, payload, length);
            used += length;
        }
    }
    out[used] = 0;
    parts_cleanup(&parts);
    return event;
}

static void check(const char *body, enum parts_event event, const char *bytes)
{
    size_t step;
    char out[256];

    for (step = 1; step < 400; step += step < 20 ? 1 : 37)
    {
        CHECK_INT(feed(body, step, out), event);
        if (bytes) CHECK_STR(out, bytes);
    }
}

/* B-430, B-455 */
TEST(good)
{
    check(PART("10-12", "abc") PART("100-101", "de") PART("50-50", "f") END, PARTS_END, "abcdef");
    check("\r\n\r\n" PART("10-12", "abc") PART("100-101", "de") PART("50-50", "f") END, PARTS_END, "abcdef");
}

/* B-440 */
TEST(other)
{
    static struct parts parts;

    check(PART("10-12", "abc") PART("50-50", "f") PART("100-101", "de") END, PARTS_OTHER, "abc");
    check(PART("10-12", "abc") END, PARTS_OTHER, "abc");
    check(PART("10-11", "ab") PART("100-101", "de") PART("50-50", "f") END, PARTS_OTHER, "");
    check(PART("10-12", "abc") PART("100-101", "de") PART("50-50", "f") PART("1-1", "g") END, PARTS_OTHER, "abcdef");
    check("no multipart at all --x\r\n\r\n\r\n", PARTS_MORE, ""); /* the end of the body tells */
    CHECK(!parts_init(&parts, "text/html", asked, 3, 1000));
    CHECK(!parts_init(&parts, NULL, asked, 3, 1000));
    CHECK(!parts_init(&parts, "multipart/byteranges", asked, 3, 1000));
}

TEST(size_unknown)
{
    static struct parts parts;
    size_t consumed, size;
    const char *payload, *body = PART("10-12", "abc") PART("100-101", "de") PART("50-50", "f") END;

    CHECK(parts_init(&parts, "multipart/byteranges; boundary=x", asked, 3, PARTS_SIZE_UNKNOWN));
    CHECK(parts_next(&parts, body, strlen(body), &consumed, &payload, &size) == PARTS_DATA);
    CHECK(parts.size == 1000);
    parts_cleanup(&parts);
}

TEST(format)
{
    static const struct file_range large[] = {{0, 1}, {10000000000, 10000000000}, {5, 2}};
    char text[64];
    size_t count = 3;

    parts_format(asked, &count, text, sizeof(text));
    CHECK(count == 3 && !strcmp(text, "bytes=10-12,100-101,50-50"));
    count = 3;
    parts_format(large, &count, text, sizeof(text));
    CHECK(count == 3 && !strcmp(text, "bytes=0-0,10000000000-19999999999,5-6"));
    count = 3;
    parts_format(large, &count, text, 34);
    CHECK(count == 2 && !strcmp(text, "bytes=0-0,10000000000-19999999999"));
    count = 3;
    parts_format(large, &count, text, 33);
    CHECK(count == 1 && !strcmp(text, "bytes=0-0"));
}

/* B-457 */
TEST(merged)
{
    check(PART("10-101", "x"), PARTS_MERGED, "");
    check(PART("10-12", "abc") PART("50-101", "x"), PARTS_MERGED, "abc");
    CHECK(parts_are_merged(asked, 3, 0, 999));
    CHECK(!parts_are_merged(asked, 3, 10, 12));
    CHECK(!parts_are_merged(asked, 3, 9, 49));
}

/* B-431, B-458 */
TEST(resized)
{
    check("--x\r\nContent-Range: bytes 10-12/1001\r\n\r\nabc\r\n--x--\r\n", PARTS_RESIZED, "");
}

int main(void)
{
    RUN(good);
    RUN(other);
    RUN(size_unknown);
    RUN(format);
    RUN(merged);
    RUN(resized);
    return unit_finish();
}

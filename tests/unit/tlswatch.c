/*
 * Unit tests of libs/http/tlswatch.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "http/tlswatch.h"

static bool watch(const char *data, size_t size, size_t piece)
{
    struct http_tls_watch watch = {0};
    size_t part;

    for (; size; data += part, size -= part)
    {
        part = size < piece ? size : piece;
        http_tls_watch_input(&watch, data, part);
    }
    return watch.requested;
}

static void check(const char *data, size_t size, bool expected)
{
    size_t piece;

    for (piece = 1; piece <= size; piece++) CHECK_INT(watch(data, size, piece), expected);
}

#define CHECK_BYTES(text, expected) check(text, sizeof(text) - 1, expected)

#define HELLO "\x02\0\0\x02xx"
#define REQUEST "\x0d\0\0\x03xxx"
#define DONE "\x0e\0\0\0"

TEST(handshakes)
{
    CHECK_BYTES("\x16\3\3\0\x0a" HELLO DONE, false);
    CHECK_BYTES("\x16\3\3\0\x11" HELLO REQUEST DONE, true);
    /* a record for each message, and messages over several records */
    CHECK_BYTES("\x16\3\3\0\6" HELLO "\x16\3\3\0\7" REQUEST "\x16\3\3\0\4" DONE, true);
    CHECK_BYTES("\x16\3\3\0\x07" HELLO "\x0d"
                "\x16\3\3\0\6"
                "\0\0\x03xxx",
                true);
    /* bytes inside of a message mean nothing, nor does what comes when the server is done */
    CHECK_BYTES("\x16\3\3\0\x08"
                "\x02\0\0\4\x0d\0\0\0",
                false);
    CHECK_BYTES("\x16\3\3\0\4" DONE "\x16\3\3\0\7" REQUEST, false);
    /* other records end it */
    CHECK_BYTES("\x15\3\3\0\2xx\x16\3\3\0\7" REQUEST, false);
    CHECK_BYTES("\x14\3\3\0\1x\x16\3\3\0\7" REQUEST, false);
}

int main(void)
{
    RUN(handshakes);
    return unit_finish();
}

/*
 * Fuzzer of libs/http/tlswatch.h: the result must not depend on how the bytes are cut, and is that of a plain reading.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "http/tlswatch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The messages of handshake records put together, and looked at one after the other. */
static bool read_plainly(const uint8_t *data, size_t size)
{
    uint8_t *messages = malloc(size + 1);
    size_t used = 0, pos = 0, length;
    bool found = false;

    while (size >= 5 && data[0] == 22)
    {
        length = data[3] << 8 | data[4];
        data += 5;
        size -= 5;
        if (length > size) length = size;
        memcpy(messages + used, data, length);
        used += length;
        data += length;
        size -= length;
    }
    while (used - pos >= 4 && messages[pos] != 14)
    {
        if (messages[pos] == 13) found = true;
        length = 4 + ((size_t)messages[pos + 1] << 16 | messages[pos + 2] << 8 | messages[pos + 3]);
        if (length > used - pos) break;
        pos += length;
    }
    free(messages);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_tls_watch whole = {0}, pieces = {0};
    size_t piece, i, part;

    if (!size) return 0;
    piece = 1 + data[0] % 32;
    data++;
    size--;
    http_tls_watch_input(&whole, data, size);
    for (i = 0; i < size; i += part)
    {
        part = size - i < piece ? size - i : piece;
        http_tls_watch_input(&pieces, data + i, part);
    }
    if (whole.requested != pieces.requested || whole.requested != read_plainly(data, size)) abort();
    return 0;
}

/*
 * Fuzzer of libs/transfer/download/piecehash.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/download/piecehash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(const struct piece_hash_info *info, const uint8_t *data, size_t size)
{
    struct piece_hashes pieces;
    uint64_t offset;
    size_t length;

    if (piece_hashes_parse(&pieces, info, data, size))
    {
        if (pieces.hashes) abort();
        return;
    }
    if (!pieces.piece_size || pieces.piece_size > PIECE_SIZE_MAX) abort();
    for (offset = 0; (length = piece_hashes_length(&pieces, offset)); offset += length)
    {
        if (length > pieces.piece_size || offset / pieces.piece_size >= pieces.count) abort();
        if (length <= size) piece_hashes_check(&pieces, offset, data, length);
    }
    if (offset != pieces.content_length) abort();
    piece_hashes_cleanup(&pieces);
}

/* The first line is what the client says, the rest the file; it is also read without anything to check it by. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct piece_hash_info info, none = {0};

    if (!end) return 0;
    check_file(&none, end + 1, data + size - end - 1);
    if (piece_hash_info_parse(&info, (const char *)data, end - data)) return 0;
    check_file(&info, end + 1, data + size - end - 1);
    piece_hash_info_cleanup(&info);
    return 0;
}

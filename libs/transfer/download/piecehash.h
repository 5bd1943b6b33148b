/*
 * Piece hash files: what the pieces of a file must be (D-371 to D-375; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file is cut into pieces of one size, of which the last may be shorter; the piece hash file has the
 * SHA-256 of each, and is trusted because the client has its digest, or the SHA-256 of all the hashes one
 * after the other.
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_PIECEHASH_H
#define WINE_BITS_TRANSFER_DOWNLOAD_PIECEHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECE_HASH_SIZE 32

/* More would have to be kept in memory for each transfer. */
#define PIECE_SIZE_MAX (64u * 1024 * 1024)

enum piece_hash_error
{
    PIECE_HASH_OK,
    PIECE_HASH_NO_MEMORY,
    PIECE_HASH_DIGEST,  /* the file is not the one of the digest */
    PIECE_HASH_CONTENT, /* no JSON object */
    PIECE_HASH_VERSION,
    PIECE_HASH_PARSE_HASH_OF_HASHES,
    PIECE_HASH_HASH_OF_HASHES, /* it names another one than the client */
    PIECE_HASH_LENGTH,         /* of the content */
    PIECE_HASH_PIECE_SIZE,
    PIECE_HASH_PARSE_HASHES, /* there is no list, or of another length */
    PIECE_HASH_PARSE_HASH,   /* one of them */
    PIECE_HASH_FINAL,        /* the hash of all hashes is another one */
    PIECE_HASH_FILE_SIZE,    /* the file is too long; its reader says so */
    PIECE_HASH_ERRORS
};

/* What a client says about a piece hash file: the text of IntegrityCheckInfo. */
struct piece_hash_info
{
    char *url;
    bool has_digest, has_hash_of_hashes;
    unsigned char digest[PIECE_HASH_SIZE];
    unsigned char hash_of_hashes[PIECE_HASH_SIZE];
};

/* text is UTF-8.  PIECE_HASH_CONTENT: no JSON, no URL, a hash that is none, another algorithm than SHA-256.
 * Neither digest nor hash of hashes: the file is taken as it comes. */
enum piece_hash_error piece_hash_info_parse(struct piece_hash_info *info, const char *text, size_t length);
void piece_hash_info_cleanup(struct piece_hash_info *info);

struct piece_hashes
{
    uint64_t content_length;
    uint32_t piece_size; /* at least 1 */
    uint64_t count;
    unsigned char (*hashes)[PIECE_HASH_SIZE];
};

/* Read a piece hash file and check it against info, in the order of enum piece_hash_error. */
enum piece_hash_error piece_hashes_parse(struct piece_hashes *pieces, const struct piece_hash_info *info,
                                         const void *data, size_t size);
void piece_hashes_cleanup(struct piece_hashes *pieces);

/* Length of the piece that begins at offset; 0: none does. */
size_t piece_hashes_length(const struct piece_hashes *pieces, uint64_t offset);

/* Whether the piece at offset is what it should be. */
bool piece_hashes_check(const struct piece_hashes *pieces, uint64_t offset, const void *data, size_t size);

#endif

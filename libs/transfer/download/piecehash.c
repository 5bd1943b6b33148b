/*
 * Piece hash files: what the pieces of a file must be (D-371 to D-375; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/base64.h"
#include "http/digest_hash.h"
#include "transfer/download/piecehash.h"

#define VERSION_MAJOR 1

static void hash_bytes(const void *data, size_t size, unsigned char hash[PIECE_HASH_SIZE])
{
    struct http_sha256 sha256;

    http_sha256_init(&sha256);
    http_sha256_update(&sha256, data, size);
    http_sha256_final(&sha256, hash);
}

/* A string of Base64. */
static bool read_hash(const struct json_value *value, unsigned char hash[PIECE_HASH_SIZE])
{
    char *text = json_string(value);
    void *data = NULL;
    size_t size = 0;
    bool good;

    if (!text) return false;
    good = http_base64_decode(text, strlen(text), &data, &size) == HTTP_PARSE_OK && size == PIECE_HASH_SIZE;
    if (good) memcpy(hash, data, size);
    free(data);
    free(text);
    return good;
}

/* --- what the client says ------------------------------------------------------------------- */

/* "SHA256" or "SHA-256", the only one that is documented (D-371). */
static bool is_known_algorithm(const struct json_value *value)
{
    static const char *const names[] = {"SHA256", "SHA-256", "sha256", "sha-256"};
    char *name = json_string(value);
    bool known = false;
    unsigned int i;

    for (i = 0; name && !known && i < sizeof(names) / sizeof(*names); i++) known = !strcmp(name, names[i]);
    free(name);
    return known;
}

static bool read_info(struct piece_hash_info *info, const struct json_value *object)
{
    struct json_value member;

    if (!json_member(object, "PiecesHashFileUrl", &member) || !(info->url = json_string(&member))) return false;
    if ((info->has_digest = json_member(object, "PiecesHashFileDigest", &member)))
    {
        if (!read_hash(&member, info->digest)) return false;
        if (json_member(object, "PiecesHashFileDigestAlgorithm", &member) && !is_known_algorithm(&member)) return false;
    }
    if ((info->has_hash_of_hashes = json_member(object, "HashOfHashes", &member)))
        return read_hash(&member, info->hash_of_hashes);
    return true;
}

enum piece_hash_error piece_hash_info_parse(struct piece_hash_info *info, const char *text, size_t length)
{
    struct json_value object;

    memset(info, 0, sizeof(*info));
    if (json_parse(text, length, &object) && read_info(info, &object)) return PIECE_HASH_OK;
    piece_hash_info_cleanup(info);
    return PIECE_HASH_CONTENT;
}

void piece_hash_info_cleanup(struct piece_hash_info *info)
{
    free(info->url);
    memset(info, 0, sizeof(*info));
}

/* --- the file --------------------------------------------------------------------------------- */

static enum piece_hash_error check_digest(const struct piece_hash_info *info, const void *data, size_t size)
{
    unsigned char digest[PIECE_HASH_SIZE];

    if (!info->has_digest) return PIECE_HASH_OK;
    hash_bytes(data, size, digest);
    return memcmp(digest, info->digest, sizeof(digest)) ? PIECE_HASH_DIGEST : PIECE_HASH_OK;
}

static enum piece_hash_error read_head(struct piece_hashes *pieces, const struct piece_hash_info *info,
                                       const struct json_value *object)
{
    unsigned char hash[PIECE_HASH_SIZE];
    struct json_value member;
    uint64_t number;

    if (!json_member(object, "MajorVersion", &member) || !json_whole_number(&member, &number) ||
        number != VERSION_MAJOR)
        return PIECE_HASH_VERSION;
    if (json_member(object, "HashOfHashes", &member))
    {
        if (!read_hash(&member, hash)) return PIECE_HASH_PARSE_HASH_OF_HASHES;
        if (info->has_hash_of_hashes && memcmp(hash, info->hash_of_hashes, sizeof(hash)))
            return PIECE_HASH_HASH_OF_HASHES;
    }
    if (!json_member(object, "ContentLength", &member) || !json_whole_number(&member, &pieces->content_length))
        return PIECE_HASH_LENGTH;
    if (!json_member(object, "PieceSize", &member) || !json_whole_number(&member, &number) || !number ||
        number > PIECE_SIZE_MAX)
        return PIECE_HASH_PIECE_SIZE;
    pieces->piece_size = (uint32_t)number;
    return PIECE_HASH_OK;
}

static enum piece_hash_error read_hashes(struct piece_hashes *pieces, const struct json_value *object)
{
    uint64_t expected = pieces->content_length / pieces->piece_size +
                        (pieces->content_length % pieces->piece_size != 0);
    struct json_value list, element = {0};

    if (!json_member(object, "Pieces", &list) || list.type != JSON_ARRAY) return PIECE_HASH_PARSE_HASHES;
    /* each takes more room in the text than here */
    if (expected > list.length / PIECE_HASH_SIZE) return PIECE_HASH_PARSE_HASHES;
    if (!(pieces->hashes = malloc(((size_t)expected + 1) * sizeof(*pieces->hashes)))) return PIECE_HASH_NO_MEMORY;
    while (json_next(&list, &element))
    {
        if (pieces->count == expected) return PIECE_HASH_PARSE_HASHES;
        if (!read_hash(&element, pieces->hashes[pieces->count])) return PIECE_HASH_PARSE_HASH;
        pieces->count++;
    }
    return pieces->count == expected ? PIECE_HASH_OK : PIECE_HASH_PARSE_HASHES;
}

/* D-374: over the hashes themselves, not their text. */
static enum piece_hash_error check_hashes(const struct piece_hashes *pieces, const struct piece_hash_info *info)
{
    unsigned char hash[PIECE_HASH_SIZE];

    if (!info->has_hash_of_hashes) return PIECE_HASH_OK;
    hash_bytes(pieces->hashes, (size_t)pieces->count * sizeof(*pieces->hashes), hash);
    return memcmp(hash, info->hash_of_hashes, sizeof(hash)) ? PIECE_HASH_FINAL : PIECE_HASH_OK;
}

enum piece_hash_error piece_hashes_parse(struct piece_hashes *pieces, const struct piece_hash_info *info,
                                         const void *data, size_t size)
{
    enum piece_hash_error error;
    struct json_value object;

    memset(pieces, 0, sizeof(*pieces));
    if ((error = check_digest(info, data, size))) return error;
    if (!json_parse(data, size, &object) || object.type != JSON_OBJECT) return PIECE_HASH_CONTENT;
    error = read_head(pieces, info, &object);
    if (!error) error = read_hashes(pieces, &object);
    if (!error) error = check_hashes(pieces, info);
    if (error) piece_hashes_cleanup(pieces);
    return error;
}

void piece_hashes_cleanup(struct piece_hashes *pieces)
{
    free(pieces->hashes);
    memset(pieces, 0, sizeof(*pieces));
}

size_t piece_hashes_length(const struct piece_hashes *pieces, uint64_t offset)
{
    uint64_t left = offset < pieces->content_length ? pieces->content_length - offset : 0;

    if (!pieces->piece_size || offset % pieces->piece_size) return 0;
    return left < pieces->piece_size ? (size_t)left : pieces->piece_size;
}

bool piece_hashes_check(const struct piece_hashes *pieces, uint64_t offset, const void *data, size_t size)
{
    unsigned char hash[PIECE_HASH_SIZE];

    if (!size || piece_hashes_length(pieces, offset) != size) return false;
    hash_bytes(data, size, hash);
    return !memcmp(hash, pieces->hashes[offset / pieces->piece_size], sizeof(hash));
}

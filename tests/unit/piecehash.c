/*
 * Piece hash files: reading them, and what is wrong with them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "http/base64.h"
#include "http/digest_hash.h"
#include "transfer/download/piecehash.h"
#include "unit.h"

#define PIECE 100
#define LENGTH 250

static unsigned char content[LENGTH];

static void hash(const void *data, size_t size, unsigned char out[PIECE_HASH_SIZE])
{
    struct http_sha256 sha256;

    http_sha256_init(&sha256);
    http_sha256_update(&sha256, data, size);
    http_sha256_final(&sha256, out);
}

/* The Base64 of the hash of something; one of a few buffers. */
static const char *hash_text(const void *data, size_t size)
{
    static char texts[8][64];
    static unsigned int next;
    unsigned char bytes[PIECE_HASH_SIZE];
    char *text, *buffer = texts[next++ % 8];

    hash(data, size, bytes);
    text = http_base64_encode(bytes, sizeof(bytes));
    strcpy(buffer, text);
    free(text);
    return buffer;
}

static const char *hash_of_hashes(void)
{
    unsigned char all[3][PIECE_HASH_SIZE];

    hash(content, PIECE, all[0]);
    hash(content + PIECE, PIECE, all[1]);
    hash(content + 2 * PIECE, LENGTH - 2 * PIECE, all[2]);
    return hash_text(all, sizeof(all));
}

/* A good file; D-373. */
static void make_file(char *text, size_t size)
{
    snprintf(text, size,
             "{\"MajorVersion\":1,\"MinorVersion\":0,\"HashOfHashes\":\"%s\",\"ContentLength\":%u,"
             "\"PieceSize\":%u,\"Pieces\":[\"%s\",\"%s\",\"%s\"]}",
             hash_of_hashes(), LENGTH, PIECE, hash_text(content, PIECE), hash_text(content + PIECE, PIECE),
             hash_text(content + 2 * PIECE, LENGTH - 2 * PIECE));
}

static enum piece_hash_error parse(const char *text, const struct piece_hash_info *info)
{
    struct piece_hashes pieces;
    enum piece_hash_error error = piece_hashes_parse(&pieces, info, text, strlen(text));

    piece_hashes_cleanup(&pieces);
    return error;
}

/* The file with one text in it replaced. */
static enum piece_hash_error parse_changed(const char *from, const char *to, const struct piece_hash_info *info)
{
    char text[1000], changed[1200], *at;

    make_file(text, sizeof(text));
    if (!(at = strstr(text, from))) return PIECE_HASH_ERRORS;
    snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return parse(changed, info);
}

static void get_info(struct piece_hash_info *info, const char *members)
{
    char text[500];

    snprintf(text, sizeof(text), "{\"PiecesHashFileUrl\":\"http://server/phf\"%s}", members);
    CHECK_INT(piece_hash_info_parse(info, text, strlen(text)), PIECE_HASH_OK);
}

static void get_trust(struct piece_hash_info *info)
{
    char members[200];

    snprintf(members, sizeof(members), ",\"HashOfHashes\":\"%s\"", hash_of_hashes());
    get_info(info, members);
}

/* D-372 */
TEST(infos)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"PiecesHashFileUrl\":1}",
        "{\"HashOfHashes\":\"AAAA\"}",
        "{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"AAAA\"}",
        "{\"PiecesHashFileUrl\":\"u\",\"PiecesHashFileDigest\":\"?\"}",
        "{\"PiecesHashFileUrl\":\"u\",\"PiecesHashFileDigest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
        "\"PiecesHashFileDigestAlgorithm\":\"MD5\"}",
    };
    struct piece_hash_info info;
    unsigned int i;

    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_INT(piece_hash_info_parse(&info, bad[i], strlen(bad[i])), PIECE_HASH_CONTENT);
    get_info(&info, "");
    CHECK_STR(info.url, "http://server/phf");
    CHECK(!info.has_digest && !info.has_hash_of_hashes);
    piece_hash_info_cleanup(&info);
    get_info(&info, ",\"PiecesHashFileDigest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
                    "\"PiecesHashFileDigestAlgorithm\":\"SHA256\"");
    CHECK(info.has_digest && !info.digest[0] && !info.digest[31]);
    piece_hash_info_cleanup(&info);
}

TEST(pieces)
{
    struct piece_hashes pieces;
    struct piece_hash_info info;
    char text[1000];

    make_file(text, sizeof(text));
    get_trust(&info);
    CHECK_INT(piece_hashes_parse(&pieces, &info, text, strlen(text)), PIECE_HASH_OK);
    CHECK_INT(pieces.content_length, LENGTH);
    CHECK_INT(pieces.count, 3);
    CHECK_INT(piece_hashes_length(&pieces, 0), PIECE);
    CHECK_INT(piece_hashes_length(&pieces, 200), 50);
    CHECK_INT(piece_hashes_length(&pieces, 50), 0);
    CHECK_INT(piece_hashes_length(&pieces, 300), 0);
    CHECK(piece_hashes_check(&pieces, 100, content + 100, 100));
    CHECK(piece_hashes_check(&pieces, 200, content + 200, 50));
    CHECK(!piece_hashes_check(&pieces, 0, content + 100, 100));
    CHECK(!piece_hashes_check(&pieces, 200, content + 200, 49));
    piece_hashes_cleanup(&pieces);
    piece_hash_info_cleanup(&info);
}

/* D-375 */
TEST(errors)
{
    struct piece_hash_info info, trust;
    char text[1000], members[200];

    get_info(&info, "");
    get_trust(&trust);
    CHECK_INT(parse("", &info), PIECE_HASH_CONTENT);
    CHECK_INT(parse("[]", &info), PIECE_HASH_CONTENT);
    CHECK_INT(parse("{}", &info), PIECE_HASH_VERSION);
    CHECK_INT(parse_changed("\"MajorVersion\":1", "\"MajorVersion\":2", &info), PIECE_HASH_VERSION);
    CHECK_INT(parse_changed("\"HashOfHashes\":\"", "\"HashOfHashes\":\"AA", &info), PIECE_HASH_PARSE_HASH_OF_HASHES);
    CHECK_INT(parse_changed("\"ContentLength\":250", "\"ContentLength\":-1", &info), PIECE_HASH_LENGTH);
    CHECK_INT(parse_changed("\"ContentLength\":250", "\"ContentLength\":350", &info), PIECE_HASH_PARSE_HASHES);
    CHECK_INT(parse_changed("\"ContentLength\":250", "\"ContentLength\":18446744073709551615", &info),
              PIECE_HASH_PARSE_HASHES);
    CHECK_INT(parse_changed("\"PieceSize\":100", "\"PieceSize\":0", &info), PIECE_HASH_PIECE_SIZE);
    CHECK_INT(parse_changed("\"PieceSize\":100", "\"PieceSize\":67108865", &info), PIECE_HASH_PIECE_SIZE);
    CHECK_INT(parse_changed("\"Pieces\":[", "\"Pieces\":[1,", &info), PIECE_HASH_PARSE_HASH);
    CHECK_INT(parse_changed("\"Pieces\"", "\"Others\"", &info), PIECE_HASH_PARSE_HASHES);

    /* What the client was told is another file. */
    snprintf(members, sizeof(members), ",\"HashOfHashes\":\"%s\"", hash_text("x", 1));
    piece_hash_info_cleanup(&info);
    get_info(&info, members);
    make_file(text, sizeof(text));
    CHECK_INT(parse(text, &info), PIECE_HASH_HASH_OF_HASHES);
    CHECK_INT(parse_changed("\"HashOfHashes\"", "\"Other\"", &info), PIECE_HASH_FINAL);
    CHECK_INT(parse_changed(hash_text(content, PIECE), hash_text("x", 1), &trust), PIECE_HASH_FINAL);
    piece_hash_info_cleanup(&info);

    snprintf(members, sizeof(members), ",\"PiecesHashFileDigest\":\"%s\"", hash_text(text, strlen(text)));
    get_info(&info, members);
    CHECK_INT(parse(text, &info), PIECE_HASH_OK);
    CHECK_INT(parse_changed("\"MinorVersion\":0", "\"MinorVersion\":7", &info), PIECE_HASH_DIGEST);
    piece_hash_info_cleanup(&info);
    piece_hash_info_cleanup(&trust);
}

int main(void)
{
    unsigned int i;

    for (i = 0; i < LENGTH; i++) content[i] = (unsigned char)(i * 7);
    RUN(infos);
    RUN(pieces);
    RUN(errors);
    return unit_finish();
}

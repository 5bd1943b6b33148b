/*
 * Checking what comes against a piece hash file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "http/base64.h"
#include "http/digest_hash.h"
#include "wine/test.h"

#define PIECE 20000
#define PIECES 3 /* of SMALL_SIZE, the last one shorter */

/* --- making such files --------------------------------------------------------------------------- */

struct hashes
{
    char file[2048]; /* the piece hash file */
    char of_hashes[64];
    char digest[64]; /* of the file */
};

static void encode(const unsigned char hash[HTTP_SHA256_SIZE], char *text)
{
    char *encoded = http_base64_encode(hash, HTTP_SHA256_SIZE);

    strcpy(text, encoded);
    free(encoded);
}

static void hash_of(const void *data, size_t size, unsigned char hash[HTTP_SHA256_SIZE])
{
    struct http_sha256 sha256;

    http_sha256_init(&sha256);
    http_sha256_update(&sha256, data, size);
    http_sha256_final(&sha256, hash);
}

/* Of the pattern with seed 0; length: what the file says of the content's (D-371, D-373, D-374). */
static void make_hashes(struct hashes *hashes, unsigned int length)
{
    unsigned char all[PIECES][HTTP_SHA256_SIZE], hash[HTTP_SHA256_SIZE];
    char texts[PIECES][64];
    BYTE piece[PIECE];
    unsigned int i;

    for (i = 0; i < PIECES; i++)
    {
        unsigned int size = min(PIECE, SMALL_SIZE - i * PIECE);

        pattern_fill(piece, size, i * PIECE, 0);
        hash_of(piece, size, all[i]);
        encode(all[i], texts[i]);
    }
    hash_of(all, sizeof(all), hash);
    encode(hash, hashes->of_hashes);
    snprintf(hashes->file, sizeof(hashes->file),
             "{\"MajorVersion\":1,\"MinorVersion\":0,\"HashOfHashes\":\"%s\","
             "\"ContentLength\":%u,\"PieceSize\":%u,\"Pieces\":[\"%s\",\"%s\",\"%s\"]}",
             hashes->of_hashes, length, PIECE, texts[0], texts[1], texts[2]);
    hash_of(hashes->file, strlen(hashes->file), hash);
    encode(hash, hashes->digest);
}

/* A server whose first answers damage one byte of the second piece. */
struct liar
{
    LONG lies; /* so many more */
    unsigned int asked;
};

static BOOL answer_liar(struct server_exchange *exchange, const struct server_request *request, void *context)
{
    struct liar *liar = context;
    unsigned int offset = 0;
    char range[64], head[256], *body = malloc(SMALL_SIZE);
    BOOL kept;

    liar->asked++;
    if (server_header(request, "Range", range, sizeof(range))) sscanf(range, "bytes=%u-", &offset);
    pattern_fill(body, SMALL_SIZE, 0, 0);
    if (InterlockedDecrement(&liar->lies) >= 0) body[PIECE + 5] ^= 1;
    if (offset)
        snprintf(head, sizeof(head),
                 "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %u-%u/%u\r\n"
                 "Content-Length: %u\r\n\r\n",
                 offset, SMALL_SIZE - 1, SMALL_SIZE, SMALL_SIZE - offset);
    else snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", SMALL_SIZE);
    kept = server_send(exchange, head, strlen(head)) && server_send(exchange, body + offset, SMALL_SIZE - offset);
    free(body);
    return kept;
}

/* --- the checks -------------------------------------------------------------------------------------- */

/* IntegrityCheckInfo with one hash, by its name. */
static void set_info(IDODownload *object, struct fixture *fixture, const WCHAR *path, const char *name,
                     const char *hash, BOOL mandatory)
{
    WCHAR url[128], text[512];

    server_url(fixture->server, path, url, ARRAYSIZE(url));
    wsprintfW(text, L"{\"PiecesHashFileUrl\":\"%s\",\"%S\":\"%S\"}", url, name, hash);
    ok_hr(set_text(object, DODownloadProperty_IntegrityCheckInfo, text), S_OK);
    ok_hr(set_bool(object, DODownloadProperty_IntegrityCheckMandatory, mandatory), S_OK);
}

static void expect_file(struct fixture *fixture, const WCHAR *path, const WCHAR *phf, const char *name,
                        const char *hash, BOOL mandatory)
{
    struct download download;

    winetest_push_context("%ls with %ls", path, phf);
    if (download_begin(&download, fixture, path))
    {
        set_info(download.object, fixture, phf, name, hash, mandatory);
        ok_hr(download_start(download.object), S_OK);
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(download.object), S_OK);
        pattern_check_file(download.local, SMALL_SIZE, 0);
        download_end(&download);
    }
    winetest_pop_context();
}

static void expect_error(struct fixture *fixture, const WCHAR *path, const WCHAR *phf, const char *name,
                         const char *hash, HRESULT error)
{
    struct download download;

    winetest_push_context("%ls with %ls", path, phf);
    if (download_begin(&download, fixture, path))
    {
        set_info(download.object, fixture, phf, name, hash, TRUE);
        ok_hr(download_start(download.object), S_OK);
        download_wait(download.object, DODownloadState_Paused, SOON_MS);
        ok_hr(download_status(download.object).Error, error);
        download_end(&download);
        ok(!client_file_exists(download.local), "the file exists");
    }
    winetest_pop_context();
}

static void route_liar(struct fixture *fixture, const char *path, struct liar *liar, LONG lies)
{
    liar->lies = lies;
    liar->asked = 0;
    server_route(fixture->server, path, &(struct route){.handler = answer_liar, .context = liar});
}

/* D-063, D-371 to D-377 */
void check_integrity(struct fixture *fixture)
{
    static const char zeros[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    /* of this apartment's thread; the server looks at them as well */
    static __thread struct liar once, always, forgiven;
    static __thread struct hashes good, longer;
    struct sink_stream *stream;
    IDODownload *object;
    WCHAR url[128];

    make_hashes(&good, SMALL_SIZE);
    make_hashes(&longer, SMALL_SIZE + 1);
    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/phf", &(struct route){.text = good.file});
    server_route(fixture->server, "/long-phf", &(struct route){.text = longer.file});
    server_route(fixture->server, "/no-phf", &(struct route){.text = "no JSON"});

    expect_file(fixture, L"/file", L"/phf", "HashOfHashes", good.of_hashes, TRUE);
    expect_file(fixture, L"/file", L"/phf", "PiecesHashFileDigest", good.digest, TRUE);
    expect_file(fixture, L"/file", L"/missing", "HashOfHashes", good.of_hashes, FALSE); /* D-376 */
    expect_file(fixture, L"/file", L"/no-phf", "HashOfHashes", good.of_hashes, FALSE);
    expect_error(fixture, L"/file", L"/missing", "HashOfHashes", good.of_hashes, DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
    expect_error(fixture, L"/file", L"/phf", "HashOfHashes", "AAAA", DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
    /* D-375 */
    expect_error(fixture, L"/file", L"/no-phf", "HashOfHashes", good.of_hashes, DO_E_METAINFO_CONTENT);
    expect_error(fixture, L"/file", L"/phf", "HashOfHashes", zeros, DO_E_METAINFO_HOH_MATCH);
    expect_error(fixture, L"/file", L"/phf", "PiecesHashFileDigest", zeros, DO_E_METAINFO_DIGEST_MATCH);
    expect_error(fixture, L"/file", L"/long-phf", "HashOfHashes", longer.of_hashes, DO_E_METAINFO_CONTENT_LENGTH);

    /* D-377: from where it was good; what never becomes good fails, or is taken by who does not insist. */
    route_liar(fixture, "/once", &once, 1);
    expect_file(fixture, L"/once", L"/phf", "HashOfHashes", good.of_hashes, TRUE);
    ok_int(once.asked, 2);
    route_liar(fixture, "/always", &always, 1000);
    expect_error(fixture, L"/always", L"/phf", "HashOfHashes", good.of_hashes, DO_E_BAD_PIECE_HASH);
    ok_int(always.asked, 3);
    route_liar(fixture, "/twice", &forgiven, 2);
    stream = sink_stream_create();
    if (!(object = download_new(fixture))) return;
    ok_hr(set_text(object, DODownloadProperty_Uri, server_url(fixture->server, L"/twice", url, ARRAYSIZE(url))), S_OK);
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &stream->IStream_iface), S_OK);
    set_info(object, fixture, L"/phf", "HashOfHashes", good.of_hashes, TRUE);
    ok_hr(download_start(object), S_OK);
    download_wait(object, DODownloadState_Transferred, SOON_MS);
    ok_int(stream->size, SMALL_SIZE); /* the stream has seen nothing bad and nothing twice */
    ok_hr(IDODownload_Finalize(object), S_OK);
    IDODownload_Release(object);
    sink_stream_destroy(stream);
}

/* Parts cannot be checked; ours. */
void check_integrity_ranges(struct fixture *fixture)
{
    static const DO_DOWNLOAD_RANGE part[] = {{10, 1000}};
    static __thread struct hashes good;
    struct download download;

    make_hashes(&good, SMALL_SIZE);
    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/phf", &(struct route){.text = good.file});
    if (!download_begin(&download, fixture, L"/file")) return;
    set_info(download.object, fixture, L"/phf", "HashOfHashes", good.of_hashes, TRUE);
    ok_hr(download_start_ranges(download.object, part, 1), S_OK);
    download_wait(download.object, DODownloadState_Paused, SOON_MS);
    ok_hr(download_status(download.object).Error, DO_E_DOWNLOAD_RANGES_UNEXPECTED);
    download_end(&download);
}

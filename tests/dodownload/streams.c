/*
 * Transfers into a stream of the client.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

#define LARGE_SIZE (3 * 1024 * 1024)

static IDODownload *begin_stream(struct fixture *fixture, const WCHAR *path, struct sink_stream *stream)
{
    IDODownload *object = download_new(fixture);
    WCHAR url[128];

    if (!object) return NULL;
    ok_hr(set_text(object, DODownloadProperty_Uri, server_url(fixture->server, path, url, ARRAYSIZE(url))), S_OK);
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &stream->IStream_iface), S_OK);
    return object;
}

static BOOL has_part(const struct sink_stream *stream, size_t at, UINT64 offset, size_t size)
{
    BYTE *want = malloc(size);
    BOOL equal;

    pattern_fill(want, size, offset, 0);
    equal = at + size <= stream->size && !memcmp(stream->data + at, want, size);
    free(want);
    return equal;
}

/* C-11 and C-12 */
void check_stream(struct fixture *fixture)
{
    static const DO_DOWNLOAD_RANGE whole[] = {{0, DO_LENGTH_TO_EOF}}, parts[] = {{0, 100}, {200, 1000}};
    struct sink_stream *stream = sink_stream_create();
    IDODownload *object;
    VARIANT value;

    server_route(fixture->server, "/file", &(struct route){.size = LARGE_SIZE});
    if (!(object = begin_stream(fixture, L"/file", stream))) return;
    ok_hr(get_result(object, DODownloadProperty_LocalPath), E_NOT_SET); /* D-153 */
    ok_hr(download_start_ranges(object, whole, 1), S_OK);               /* D-108 */
    download_wait(object, DODownloadState_Transferred, SOON_MS);
    ok_int(download_status(object).BytesTransferred, LARGE_SIZE); /* D-152 */
    ok_int(stream->size, LARGE_SIZE);
    VariantInit(&value);
    ok_hr(IDODownload_GetProperty(object, DODownloadProperty_TotalSizeBytes, &value), S_OK);
    ok(V_UI8(&value) == LARGE_SIZE, "size %llu", V_UI8(&value));
    ok(has_part(stream, 0, 0, LARGE_SIZE), "the bytes are wrong");
    ok_hr(IDODownload_Finalize(object), S_OK);
    IDODownload_Release(object);
    sink_stream_destroy(stream);

    stream = sink_stream_create();
    if (!(object = begin_stream(fixture, L"/file", stream))) return;
    ok_hr(download_start_ranges(object, parts, 2), S_OK);
    download_wait(object, DODownloadState_Transferred, SOON_MS);
    ok_int(stream->size, 1100); /* D-110 */
    /* D-151 */
    ok(has_part(stream, 0, 0, 100) && has_part(stream, 100, 200, 1000), "the bytes are wrong");
    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
    sink_stream_destroy(stream);

    stream = sink_stream_create();
    if (!(object = begin_stream(fixture, L"/file", stream))) return;
    ok_hr(download_start(object), S_OK); /* D-108 */
    download_wait(object, DODownloadState_Transferred, SOON_MS);
    ok_int(stream->size, LARGE_SIZE);
    ok_hr(IDODownload_Finalize(object), S_OK);
    IDODownload_Release(object);
    sink_stream_destroy(stream);
}

static void check_resume(struct fixture *fixture, const WCHAR *path)
{
    struct sink_stream *stream = sink_stream_create();
    IDODownload *object;
    size_t before;

    winetest_push_context("%ls", path);
    stream->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!(object = begin_stream(fixture, path, stream))) return;
    ok_hr(download_start(object), S_OK);
    ok(client_wait(stream->enter, SOON_MS), "Write was not called");
    /* The client sits in Write: neither Pause nor Start waits for it. */
    client_pause(300);
    ok(download_status(object).BytesTransferred < LARGE_SIZE, "everything was taken"); /* D-154 */
    ok_hr(IDODownload_Pause(object), S_OK);
    ok_int(download_status(object).State, DODownloadState_Paused);
    before = (size_t)download_status(object).BytesTransferred;
    ok_hr(IDODownload_Start(object, NULL), S_OK);
    ok_hr(IDODownload_Pause(object), S_OK);
    ok(download_status(object).BytesTransferred >= before, "bytes were forgotten");
    SetEvent(stream->gate);
    ok_hr(IDODownload_Start(object, NULL), S_OK);
    download_wait(object, DODownloadState_Transferred, SOON_MS);
    ok_int(stream->size, LARGE_SIZE); /* D-151 */
    ok(has_part(stream, 0, 0, LARGE_SIZE), "the bytes are wrong");
    ok_hr(IDODownload_Finalize(object), S_OK);
    IDODownload_Release(object);
    CloseHandle(stream->gate);
    sink_stream_destroy(stream);
    winetest_pop_context();
}

/* A resume repeats nothing, not even where the server sends everything again (D-113). */
void check_stream_resume(struct fixture *fixture)
{
    server_route(fixture->server, "/file", &(struct route){.size = LARGE_SIZE});
    server_route(fixture->server, "/plain", &(struct route){.size = LARGE_SIZE, .flags = ROUTE_NO_RANGES});
    check_resume(fixture, L"/file");
    check_resume(fixture, L"/plain");
}

/* D-150 */
void check_stream_failure(struct fixture *fixture)
{
    struct sink_stream *stream = sink_stream_create();
    IDODownload *object;

    server_route(fixture->server, "/file", &(struct route){.size = LARGE_SIZE});
    stream->fail_at = 1000;
    stream->failure = STG_E_MEDIUMFULL;
    if (!(object = begin_stream(fixture, L"/file", stream))) return;
    ok_hr(download_start(object), S_OK);
    download_wait(object, DODownloadState_Paused, SOON_MS);
    ok_hr(download_status(object).Error, STG_E_MEDIUMFULL);
    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
    sink_stream_destroy(stream);
}

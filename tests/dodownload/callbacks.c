/*
 * What the client is told.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

static BOOL begin(struct download *download, struct fixture *fixture, const WCHAR *path,
                  struct status_callback *callback)
{
    if (!download_begin(download, fixture, path)) return FALSE;
    ok_hr(
        set_object(download->object, DODownloadProperty_CallbackInterface, &callback->IDODownloadStatusCallback_iface),
        S_OK);
    return TRUE;
}

/* D-136, D-137, D-143 */
void check_callback(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    unsigned int first, last, i;
    struct download download;

    server_route(fixture->server, "/slow", &(struct route){.size = SMALL_SIZE, .drip_bytes = 5000, .drip_ms = 350});
    if (!begin(&download, fixture, L"/slow", callback)) return;
    client_pause(200);
    ok_int(status_callback_count(callback), 0);
    ok_hr(download_start(download.object), S_OK);
    if (!status_callback_wait(callback, DODownloadState_Transferred, SOON_MS, &last)) return;
    status_callback_wait(callback, DODownloadState_Transferring, 0, &first);
    ok_int(first, 0);
    ok_int(callback->statuses[0].BytesTransferred, 0);
    ok_int(callback->statuses[last].BytesTransferred, SMALL_SIZE);
    ok_int(callback->statuses[last].BytesTotal, SMALL_SIZE);
    ok(last >= 3, "only %u calls for 3.5 seconds", last + 1);
    for (i = 1; i <= last; i++)
        ok(callback->statuses[i].BytesTransferred >= callback->statuses[i - 1].BytesTransferred, "bytes go back");
    /* a busy machine may hold one call up, but not make them more */
    ok(last < 3 || callback->times[last - 1] - callback->times[0] + 1000 >= (last - 1) * 1000, "%u calls in %llu ms",
       last, callback->times[last - 1] - callback->times[0]);
    ok_int(callback->most_running, 1);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    status_callback_wait(callback, DODownloadState_Finalized, SOON_MS, NULL);
    download_end(&download);
    status_callback_destroy(callback);

    /* By percent (D-051): more often than once in a second. */
    callback = status_callback_create();
    if (!begin(&download, fixture, L"/slow", callback)) return;
    ok_hr(set_number(download.object, DODownloadProperty_CallbackFreqPercent, 10), S_OK);
    ok_hr(download_start(download.object), S_OK);
    status_callback_wait(callback, DODownloadState_Transferred, SOON_MS, &last);
    ok(last >= 7, "only %u calls for ten steps", last + 1);
    ok_hr(IDODownload_Abort(download.object), S_OK);
    status_callback_wait(callback, DODownloadState_Aborted, SOON_MS, NULL);
    download_end(&download);
    status_callback_destroy(callback);
}

/* C-13 */
void check_callback_replaced(struct fixture *fixture)
{
    struct status_callback *old = status_callback_create(), *new = status_callback_create();
    struct download download;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!begin(&download, fixture, L"/file", old)) return;
    ok_hr(set_object(download.object, DODownloadProperty_CallbackInterface, &new->IDODownloadStatusCallback_iface),
          S_OK);
    ok_hr(download_start(download.object), S_OK);
    status_callback_wait(new, DODownloadState_Transferred, SOON_MS, NULL);
    ok_int(status_callback_count(old), 0);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    download_end(&download);
    status_callback_destroy(old);
    status_callback_destroy(new);
}

struct inside
{
    HRESULT status, pause;
    DODownloadState state;
    BOOL done;
};

static void pause_inside(struct status_callback *callback, IDODownload *download, const DO_DOWNLOAD_STATUS *status)
{
    struct inside *inside = callback->context;
    DO_DOWNLOAD_STATUS now;

    if (inside->done || status->State != DODownloadState_Transferring) return;
    inside->done = TRUE;
    inside->pause = IDODownload_Pause(download);
    inside->status = IDODownload_GetStatus(download, &now);
    inside->state = now.State;
}

/* C-14: D-140, D-141 */
void check_callback_calls(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    struct inside inside = {E_FAIL, E_FAIL};
    struct download download;

    server_route(fixture->server, "/file",
                 &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    callback->hook = pause_inside;
    callback->context = &inside;
    if (!begin(&download, fixture, L"/file", callback)) return;
    ok_hr(download_start(download.object), S_OK);
    status_callback_wait(callback, DODownloadState_Paused, SOON_MS, NULL);
    ok_hr(inside.pause, S_OK);
    ok_hr(inside.status, S_OK);
    ok_int(inside.state, DODownloadState_Paused);
    ok_int(download_status(download.object).State, DODownloadState_Paused);
    download_end(&download);
    status_callback_destroy(callback);
}

static unsigned int count_state(struct status_callback *callback, DODownloadState state)
{
    unsigned int i, count = 0, all = status_callback_count(callback);

    for (i = 0; i < all; i++) count += callback->statuses[i].State == state;
    return count;
}

/* D-144: whoever begins to wait late still hears of the end, and of an error. Ours. */
void check_callback_repeated(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    struct download download;
    unsigned int count;

    if (!begin(&download, fixture, L"/missing", callback)) return;
    ok_hr(download_start(download.object), S_OK);
    while (count_state(callback, DODownloadState_Paused) < 2 && GetTickCount64() < deadline)
        client_wait(callback->called, 1000);
    ok(count_state(callback, DODownloadState_Paused) >= 2, "the error was told once");
    ok_hr(callback->statuses[status_callback_count(callback) - 1].Error, 0x80190194);
    ok_int(callback->statuses[0].State, DODownloadState_Transferring);

    /* The next start ends it. */
    server_route(fixture->server, "/missing",
                 &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 100});
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    server_wait_stalled(fixture->server, "/missing", 1, SOON_MS);
    count = count_state(callback, DODownloadState_Paused);
    client_pause(1500);
    ok_int(count_state(callback, DODownloadState_Paused), count);
    ok_hr(IDODownload_Abort(download.object), S_OK);
    status_callback_wait(callback, DODownloadState_Aborted, SOON_MS, NULL);
    download_end(&download);
    status_callback_destroy(callback);
}

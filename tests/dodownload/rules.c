/*
 * Rules that no other part needs: what lives how long, many at a time, first starts.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

#define MANY_RANGES 60

/* D-094, D-122: nobody holds it, and yet it goes on. */
static void check_released(struct fixture *fixture)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id};
    struct download download;
    IEnumUnknown *found = NULL;
    IUnknown *unknown;
    IDODownload *same;
    WCHAR id[64];

    if (!download_begin(&download, fixture, L"/file")) return;
    lstrcpyW(id, get_text(download.object, DODownloadProperty_Id));
    ok_hr(IDODownload_Start(download.object, NULL), S_OK); /* D-104, D-105 */
    IDODownload_Release(download.object);
    category.Value = id;
    if (!ok_hr(IDOManager_EnumDownloads(fixture->manager, &category, &found), S_OK)) return;
    ok_hr(IEnumUnknown_Next(found, 1, &unknown, NULL), S_OK);
    IEnumUnknown_Release(found);
    ok_hr(IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&same), S_OK);
    IUnknown_Release(unknown);
    download_wait(same, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(same), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    IDODownload_Release(same);
}

/* D-097, D-101: three of one URL, one of them is cancelled. */
static void check_several(struct fixture *fixture)
{
    struct download downloads[3];
    unsigned int i;

    for (i = 0; i < 3; i++)
    {
        if (!download_begin(&downloads[i], fixture, L"/stalling")) return;
        ok_hr(download_start(downloads[i].object), S_OK);
    }
    server_wait_stalled(fixture->server, "/stalling", 3, SOON_MS);
    ok_hr(IDODownload_Abort(downloads[1].object), S_OK);
    server_release(fixture->server, "/stalling");
    for (i = 0; i < 3; i += 2)
    {
        download_wait(downloads[i].object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(downloads[i].object), S_OK);
        pattern_check_file(downloads[i].local, SMALL_SIZE, 0);
    }
    ok_int(download_status(downloads[1].object).State, DODownloadState_Aborted); /* D-085 */
    for (i = 0; i < 3; i++) download_end(&downloads[i]);
}

/* D-114 */
static void check_many_ranges(struct fixture *fixture)
{
    DO_DOWNLOAD_RANGE ranges[MANY_RANGES];
    struct download download;
    unsigned int i;

    for (i = 0; i < MANY_RANGES; i++) ranges[i] = (DO_DOWNLOAD_RANGE){i * 500, 100};
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(download_start_ranges(download.object, ranges, MANY_RANGES), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_int(download_status(download.object).BytesTransferred, MANY_RANGES * 100);
    download_end(&download);
}

/* D-163, D-164: there is nothing of the second generation but what the third has (D-167). */
static void check_second_generation(struct fixture *fixture)
{
    static const GUID unknown = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    IDODownload *object = download_new(fixture);
    void *other = (void *)1;

    if (!object) return;
    ok_hr(IDODownload_QueryInterface(object, &unknown, &other), E_NOINTERFACE);
    ok(!other, "got %p", other);
    ok_hr(get_result(object, DODownloadProperty_IntegrityCheckInfo), DO_E_WRITE_ONLY_PROPERTY);
    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
}

void check_rules(struct fixture *fixture)
{
    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/stalling",
                 &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    check_released(fixture);
    check_several(fixture);
    check_many_ranges(fixture);
    check_second_generation(fixture);
}

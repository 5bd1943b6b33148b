/*
 * The service BITS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <shlobj.h>

#include "base/debug.h"
#include "face/notify.h"
#include "service/service.h"
#include "service/session.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

static const CLSID *const classes[] =
{
    &CLSID_BackgroundCopyManager,
    &CLSID_BackgroundCopyManager1_5,
    &CLSID_BackgroundCopyManager2_0,
    &CLSID_BackgroundCopyManager2_5,
    &CLSID_BackgroundCopyManager3_0,
    &CLSID_BackgroundCopyManager4_0,
    &CLSID_BackgroundCopyManager5_0,
    &CLSID_BackgroundCopyManager10_0,
    &CLSID_BackgroundCopyManager10_1,
    &CLSID_BackgroundCopyManager10_2,
    &CLSID_BackgroundCopyManager10_3,
    &CLSID_BackgroundCopyQMgr,
};

static const struct queue_profile profile =
{
    .temporary_prefix = L"BIT",                     /* B-413 */
    .user_agent = "Microsoft BITS/7.8",             /* B-423 */
    .default_retry_delay = 600,                     /* B-304 */
    .default_no_progress = 1209600,                 /* B-305 */
    .lifetime_days = 90,
};

static struct face face = {.dialect = &bits_dialect};
static struct session_hold *hold;

static void activity_changed(void *context, BOOL active)
{
    session_hold_set(hold, active);
}

static void stop(void)
{
    if (face.queue) queue_stop(face.queue);
    notifier_destroy(face.notifier);
    queue_destroy(face.queue);
    session_hold_destroy(hold);
    face.notifier = NULL;
    face.queue = NULL;
    hold = NULL;
}

static HRESULT start(IClassFactory **factory)
{
    struct queue_config config = {.profile = &profile, .activity = activity_changed};
    WCHAR directory[MAX_PATH];
    transfer_code code;
    HRESULT hr;

    face.module = qmgr_module();
    if (FAILED(hr = SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, directory))) return hr;
    lstrcatW(directory, L"\\Microsoft\\Network\\Downloader");      /* B-753 */
    config.directory = directory;

    if (!(hold = session_hold_create(L"BITS"))) return E_OUTOFMEMORY;
    if ((code = queue_create(&config, &face.queue))) hr = face_result(&face, code);
    if (SUCCEEDED(hr)) hr = notifier_create(&face);
    if (SUCCEEDED(hr)) hr = face_factory_create(&face, factory);
    if (SUCCEEDED(hr) && (code = queue_start(face.queue)))
    {
        IClassFactory_Release(*factory);
        hr = face_result(&face, code);
    }
    if (FAILED(hr)) stop();
    return hr;
}

static void reconfigure(void)
{
    queue_reconsider(face.queue);
}

static const struct service bits_service =
{
    .name = L"BITS",
    .classes = classes,
    .class_count = ARRAYSIZE(classes),
    .start = start,
    .stop = stop,
    .reconfigure = reconfigure,
};

/* svchost calls this by its name. */
void WINAPI ServiceMain(DWORD argc, WCHAR **argv)
{
    service_main(&bits_service);
}

extern IMAGE_DOS_HEADER __ImageBase;

HMODULE qmgr_module(void)
{
    return (HMODULE)&__ImageBase;
}

/*
 * The service DoSvc.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <shlobj.h>

#include "base/debug.h"
#include "face/notify.h"
#include "service/service.h"
#include "service/session.h"
#include "dosvc.h"

DEBUG_CHANNEL(dosvc);

static const CLSID *const classes[] = {&CLSID_DeliveryOptimization};

static const struct queue_profile profile =
{
    .temporary_prefix = L"DO",                                          /* D-092 */
    .user_agent = "Microsoft-Delivery-Optimization/10.1",              /* D-358 */
    .default_retry_delay = 30,                                          /* D-254: its own schedule */
    .default_no_progress = 86400,                                       /* D-283 */
    .foreground_no_progress = 3600,
    .lifetime_days = 30,                                                /* D-253 */
    .all_parallel = TRUE,                                               /* D-298 */
    .reports_no_progress = TRUE,
    .no_connecting_state = TRUE,                                        /* D-299 */
};

static struct face face = {.dialect = &do_dialect};
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

    face.module = dosvc_module();
    if (FAILED(hr = SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, directory))) return hr;
    lstrcatW(directory, L"\\Microsoft\\Windows\\DeliveryOptimization\\State");
    config.directory = directory;

    if (!(hold = session_hold_create(L"DoSvc"))) return E_OUTOFMEMORY;
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

static const struct service do_service =
{
    .name = L"DoSvc",
    .classes = classes,
    .class_count = ARRAYSIZE(classes),
    .start = start,
    .stop = stop,
    .reconfigure = reconfigure,
};

/* svchost calls this by its name. */
void WINAPI ServiceMain(DWORD argc, WCHAR **argv)
{
    service_main(&do_service);
}

extern IMAGE_DOS_HEADER __ImageBase;

HMODULE dosvc_module(void)
{
    return (HMODULE)&__ImageBase;
}

/*
 * The service DoSvc.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "com/host.h"
#include "download.h"
#include "watch.h"

static const CLSID *const classes[] = {&CLSID_DeliveryOptimization};

static const struct queue_profile queue_profile = {
    .temporary_prefix = L"DO",                            /* D-092 */
    .user_agent = "Microsoft-Delivery-Optimization/10.1", /* D-358 */
    .delivery_requests = TRUE,
    .helpers = 2,                 /* three connections for a file (D-497) */
    .default_retry_delay = 30,    /* D-254: its own schedule */
    .default_no_progress = 86400, /* D-283 */
    .foreground_no_progress = 3600,
    .single_no_progress = SINGLE_NO_PROGRESS,
    .lifetime_days = 30,  /* D-253 */
    .all_parallel = TRUE, /* D-298 */
    .reports_no_progress = TRUE,
    .cache_hosts = do_cache_hosts,
    .bandwidth = do_bandwidth,
    .no_connecting_state = TRUE, /* D-299 */
};

static HRESULT started(struct com_service *service)
{
    return watcher_start(service, download_create);
}

static const struct com_host host = {
    .service = L"DoSvc",
    .classes = classes,
    .class_count = ARRAYSIZE(classes),
    .profile = &do_profile,
    .queue_profile = &queue_profile,
    .directory = L"\\Microsoft\\Windows\\DeliveryOptimization\\State",
    .started = started,
    .stopping = watcher_stop,
};

/* svchost calls this by its name. */
void WINAPI ServiceMain(DWORD argc, WCHAR **argv)
{
    com_host_run(&host);
}

/*
 * A service that shows a queue through COM: what BITS and Delivery Optimization have in common.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <shlobj.h>

#include "base/debug.h"
#include "com/call_pool.h"
#include "com/cost.h"
#include "com/hold.h"
#include "com/host.h"
#include "com/notify.h"
#include "service/service.h"

DEBUG_CHANNEL(bitsservice);

extern IMAGE_DOS_HEADER __ImageBase;

/* There is one service in a process. */
static const struct com_host *host;
static struct com_service service;

/* The queue has work: keep the session.  It has jobs: come up with the next session by itself (B-755). */
static void activity_changed(void *context, BOOL working, BOOL jobs)
{
    hold_set(working);
    service_set_automatic(host->service, jobs);
}

static void stop(void)
{
    BOOL quiet;

    if (host->stopping && service.queue) host->stopping(&service);
    if (service.queue) scheduler_stop(service.queue);
    notifier_stop(service.notifier);
    quiet = !service.calls || call_pool_stop(service.calls);
    queue_destroy(service.queue);
    call_pool_destroy(service.calls);
    /* Where a client holds a thread, what its call uses must stay; the process is about to end. */
    if (quiet) notifier_destroy(service.notifier);
    hold_cleanup();
    service.notifier = NULL;
    service.calls = NULL;
    service.queue = NULL;
}

static uint32_t program_result(void *context, transfer_code code)
{
    return com_result(&service, code);
}

static HRESULT start(IClassFactory **factory)
{
    struct queue_config config = {
        .profile = host->queue_profile, .activity = activity_changed, .result = program_result};
    WCHAR directory[MAX_PATH];
    transfer_code code;
    HRESULT hr;

    *factory = NULL;
    service.profile = host->profile;
    service.module = (HMODULE)&__ImageBase;
    /* Not %ProgramData%, which Wine 8 sets wrongly for services. */
    if (FAILED(hr = SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, directory))) return hr;
    lstrcatW(directory, host->directory);
    config.directory = directory;
    if (host->obeys_cost) config.cost = com_network_cost;

    if (!hold_init(host->service)) return E_OUTOFMEMORY;
    if (!(service.calls = call_pool_create())) hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && (code = queue_create(&config, &service.queue))) hr = com_result(&service, code);
    if (SUCCEEDED(hr)) hr = notifier_create(&service);
    if (SUCCEEDED(hr) && host->started) hr = host->started(&service);
    if (SUCCEEDED(hr)) hr = com_factory_create(&service, factory);
    /* Before any job can run: one that ends this process must not be the end of all others. */
    if (SUCCEEDED(hr) && service_is_automatic(host->service)) hold_ensure();
    if (SUCCEEDED(hr) && (code = scheduler_start(service.queue))) hr = com_result(&service, code);
    if (SUCCEEDED(hr)) return S_OK;

    if (*factory) IClassFactory_Release(*factory);
    *factory = NULL;
    stop();
    return hr;
}

static void reconfigure(void)
{
    queue_reconsider(service.queue);
}

void com_host_run(const struct com_host *described)
{
    const struct service main_loop = {
        .name = described->service,
        .classes = described->classes,
        .class_count = described->class_count,
        .start = start,
        .stop = stop,
        .reconfigure = reconfigure,
    };

    host = described;
    service_main(&main_loop);
}

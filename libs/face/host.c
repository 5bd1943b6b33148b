/*
 * A service that shows a queue through COM: what BITS and Delivery Optimization have in common.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <shlobj.h>

#include "base/debug.h"
#include "face/cost.h"
#include "face/host.h"
#include "face/notify.h"
#include "service/service.h"
#include "service/session.h"

DEBUG_CHANNEL(bitsservice);

extern IMAGE_DOS_HEADER __ImageBase;

/* There is one service in a process. */
static const struct face_host *host;
static struct face face;
static struct session_hold *hold;

/* The queue has work: keep the session.  It has jobs: come up with the next session by itself (B-755). */
static void activity_changed(void *context, BOOL working, BOOL jobs)
{
    session_hold_set(hold, working);
    service_set_automatic(host->service, jobs);
}

void face_hold_session(struct job *job)
{
    if (hold && job_get_state(job) == JOB_QUEUED) session_hold_ensure(hold);
}

transfer_code face_resume(struct job *job)
{
    transfer_code code = job_resume(job);

    /* Whatever its state is by now: it may have begun. */
    if (!code && hold) session_hold_ensure(hold);
    return code;
}

static void stop(void)
{
    if (host->stopping && face.queue) host->stopping(&face);
    if (face.queue) scheduler_stop(face.queue);
    notifier_destroy(face.notifier);
    queue_destroy(face.queue);
    session_hold_destroy(hold);
    face.notifier = NULL;
    face.queue = NULL;
    hold = NULL;
}

static HRESULT start(IClassFactory **factory)
{
    struct queue_config config = {.profile = host->profile, .activity = activity_changed};
    WCHAR directory[MAX_PATH];
    transfer_code code;
    HRESULT hr;

    *factory = NULL;
    face.dialect = host->dialect;
    face.module = (HMODULE)&__ImageBase;
    /* Not %ProgramData%, which Wine 8 sets wrongly for services. */
    if (FAILED(hr = SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, directory))) return hr;
    lstrcatW(directory, host->directory);
    config.directory = directory;
    if (host->obeys_cost) config.cost = face_network_cost;

    if (!(hold = session_hold_create(host->service))) return E_OUTOFMEMORY;
    if ((code = queue_create(&config, &face.queue))) hr = face_result(&face, code);
    if (SUCCEEDED(hr)) hr = notifier_create(&face);
    if (SUCCEEDED(hr) && host->started) hr = host->started(&face);
    if (SUCCEEDED(hr)) hr = face_factory_create(&face, factory);
    /* Before any job can run: one that ends this process must not be the end of all others. */
    if (SUCCEEDED(hr) && service_is_automatic(host->service)) session_hold_ensure(hold);
    if (SUCCEEDED(hr) && (code = scheduler_start(face.queue))) hr = face_result(&face, code);
    if (SUCCEEDED(hr)) return S_OK;

    if (*factory) IClassFactory_Release(*factory);
    *factory = NULL;
    stop();
    return hr;
}

static void reconfigure(void)
{
    queue_reconsider(face.queue);
}

void face_host_run(const struct face_host *face_host)
{
    const struct service service = {
        .name = face_host->service,
        .classes = face_host->classes,
        .class_count = face_host->class_count,
        .start = start,
        .stop = stop,
        .reconfigure = reconfigure,
    };

    host = face_host;
    service_main(&service);
}

/*
 * The manager of generation 3: makes and lists downloads.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "download.h"
#include "service/identity.h"

DEBUG_CHANNEL(dosvc);

static HRESULT STDMETHODCALLTYPE do_manager_CreateDownload(IDOManager *iface, IDODownload **out)
{
    struct com_manager *This = com_extension_object(iface);
    struct caller caller;
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = com_result(This->service, queue_create_single(This->service->queue, &caller, &job));
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    hr = download_create(This->service, job, &IID_IDODownload, (void **)out);
    if (FAILED(hr)) job_cancel(job);
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE do_manager_EnumDownloads(IDOManager *iface, const DO_DOWNLOAD_ENUM_CATEGORY *category,
                                                          IEnumUnknown **out)
{
    struct com_manager *This = com_extension_object(iface);

    TRACE("(%p, %p, %p)\n", This, category, out);
    if (!out) return E_POINTER;
    *out = NULL;
    return download_enum_create(This->service, category, out);
}

/* clang-format off */
const IDOManagerVtbl do_manager_vtbl =
{
    COM_EXTENSION_UNKNOWN(IDOManager),
    do_manager_CreateDownload,
    do_manager_EnumDownloads,
};
/* clang-format on */

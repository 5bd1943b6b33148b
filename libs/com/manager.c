/*
 * The manager that clients create, and its class object.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "com/com.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitscom);

#define MAX_DISPLAY_NAME 256

static struct com_manager *impl_from_IBackgroundCopyManager(IBackgroundCopyManager *iface)
{
    return CONTAINING_RECORD(iface, struct com_manager, IBackgroundCopyManager_iface);
}

/* --- IUnknown -------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IBackgroundCopyManager *iface, REFIID iid, void **out)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);

    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyManager))
        *out = &This->IBackgroundCopyManager_iface;
    else *out = com_extensions_find(This->extensions, This->service->profile->manager_extensions, iid);
    if (!*out) return E_NOINTERFACE;
    IBackgroundCopyManager_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE manager_AddRef(IBackgroundCopyManager *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyManager(iface)->refs);
}

static ULONG STDMETHODCALLTYPE manager_Release(IBackgroundCopyManager *iface)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs) free(This);
    return refs;
}

/* --- IBackgroundCopyManager ------------------------------------------------------------------------ */

static HRESULT create_job(struct com_service *service, const WCHAR *name, BG_JOB_TYPE type, GUID *id,
                          IBackgroundCopyJob **out)
{
    struct caller caller;
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = com_result(service, queue_create_job(service->queue, &caller, name, (enum job_type)type, &job));
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    hr = com_job_create(service, job, &IID_IBackgroundCopyJob, (void **)out);
    if (SUCCEEDED(hr)) job_get_id(job, id);
    else job_cancel(job);
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_CreateJob(IBackgroundCopyManager *iface, LPCWSTR name, BG_JOB_TYPE type,
                                                   GUID *id, IBackgroundCopyJob **job)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);
    BOOL uploads = com_has(This->service, COM_FEATURE_UPLOADS);
    unsigned int last = uploads ? BG_JOB_TYPE_UPLOAD_REPLY : BG_JOB_TYPE_DOWNLOAD;

    TRACE("(%p, %s, %d, %p, %p)\n", This, debug_wstr(name), type, id, job);
    if (!id || !job) return E_INVALIDARG;
    *id = GUID_NULL;
    *job = NULL;
    if (!name || wcslen(name) > MAX_DISPLAY_NAME) return E_INVALIDARG;
    if ((unsigned int)type > last) return This->service->profile->unsupported_value;
    return create_job(This->service, name, type, id, job);
}

static HRESULT STDMETHODCALLTYPE manager_GetJob(IBackgroundCopyManager *iface, REFGUID id, IBackgroundCopyJob **out)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);
    enum com_access access;
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(id), out);
    if (!id || !out) return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = com_result(This->service, queue_find_job(This->service->queue, id, &job)))) return hr;
    if (SUCCEEDED(hr = com_access_of_caller(job, &access)))
    {
        if (access == COM_ACCESS_NONE) hr = E_ACCESSDENIED;
        else hr = com_job_create_with_access(This->service, job, access, &IID_IBackgroundCopyJob, (void **)out);
    }
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_EnumJobs(IBackgroundCopyManager *iface, DWORD flags,
                                                  IEnumBackgroundCopyJobs **jobs)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);
    struct caller caller;
    HRESULT hr;

    TRACE("(%p, %#lx, %p)\n", This, flags, jobs);
    if (!jobs) return E_INVALIDARG;
    *jobs = NULL;
    if (flags & ~BG_JOB_ENUM_ALL_USERS) return E_NOTIMPL;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    if ((flags & BG_JOB_ENUM_ALL_USERS) && !caller.privileged) hr = E_ACCESSDENIED;
    else hr = com_enum_jobs_create(This->service, &caller, (flags & BG_JOB_ENUM_ALL_USERS) != 0, jobs);
    caller_cleanup(&caller);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetErrorDescription(IBackgroundCopyManager *iface, HRESULT code,
                                                             DWORD language, LPWSTR *text)
{
    struct com_manager *This = impl_from_IBackgroundCopyManager(iface);

    TRACE("(%p, %#lx, %#lx, %p)\n", This, code, language, text);
    if (!text) return E_INVALIDARG;
    return com_text(This->service, code, language, text);
}

/* clang-format off */
static const IBackgroundCopyManagerVtbl manager_vtbl =
{
    manager_QueryInterface,
    manager_AddRef,
    manager_Release,
    manager_CreateJob,
    manager_GetJob,
    manager_EnumJobs,
    manager_GetErrorDescription,
};
/* clang-format on */

static HRESULT manager_create(struct com_service *service, REFIID iid, void **out)
{
    struct com_manager *This;
    HRESULT hr;

    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->IBackgroundCopyManager_iface.lpVtbl = &manager_vtbl;
    This->refs = 1;
    This->service = service;
    com_extensions_init(This->extensions, service->profile->manager_extensions, This);
    hr = IBackgroundCopyManager_QueryInterface(&This->IBackgroundCopyManager_iface, iid, out);
    IBackgroundCopyManager_Release(&This->IBackgroundCopyManager_iface);
    return hr;
}

/* --- the class object --------------------------------------------------------------------------------- */

struct factory
{
    IClassFactory IClassFactory_iface;
    LONG refs;
    struct com_service *service;
};

static struct factory *impl_from_IClassFactory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct factory, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
    {
        IClassFactory_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&impl_from_IClassFactory(iface)->refs);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    struct factory *This = impl_from_IClassFactory(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs) free(This);
    return refs;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    struct factory *This = impl_from_IClassFactory(iface);

    TRACE("(%p, %p, %s, %p)\n", This, outer, debug_guid(iid), out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (outer) return CLASS_E_NOAGGREGATION;
    return manager_create(This->service, iid, out);
}

/* The service ends when it is told to, not when nobody holds it. */
static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    TRACE("(%p, %d)\n", iface, lock);
    return S_OK;
}

/* clang-format off */
static const IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateInstance,
    factory_LockServer,
};
/* clang-format on */

HRESULT com_factory_create(struct com_service *service, IClassFactory **factory)
{
    struct factory *This;

    *factory = NULL;
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->IClassFactory_iface.lpVtbl = (IClassFactoryVtbl *)&factory_vtbl;
    This->refs = 1;
    This->service = service;
    *factory = &This->IClassFactory_iface;
    return S_OK;
}

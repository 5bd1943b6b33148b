/*
 * The error of a job as COM shows it: a snapshot that outlives the error (B-700).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "com/com.h"

DEBUG_CHANNEL(bitscom);

struct com_error
{
    IBackgroundCopyError IBackgroundCopyError_iface;
    LONG refs;
    struct com_service *service;
    struct transfer_failure failure;
    struct file *file; /* may be NULL */
    enum com_access access;
};

static struct com_error *impl_from_IBackgroundCopyError(IBackgroundCopyError *iface)
{
    return CONTAINING_RECORD(iface, struct com_error, IBackgroundCopyError_iface);
}

/* The message that describes a context (B-707). */
static HRESULT code_of_context(BG_ERROR_CONTEXT context)
{
    switch (context)
    {
    case BG_ERROR_CONTEXT_NONE: return BG_S_ERROR_CONTEXT_NONE;
    case BG_ERROR_CONTEXT_UNKNOWN: return BG_E_ERROR_CONTEXT_UNKNOWN;
    case BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER: return BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER;
    case BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION: return BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION;
    case BG_ERROR_CONTEXT_LOCAL_FILE: return BG_E_ERROR_CONTEXT_LOCAL_FILE;
    case BG_ERROR_CONTEXT_REMOTE_FILE: return BG_E_ERROR_CONTEXT_REMOTE_FILE;
    case BG_ERROR_CONTEXT_GENERAL_TRANSPORT: return BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT;
    case BG_ERROR_CONTEXT_REMOTE_APPLICATION: return BG_E_ERROR_CONTEXT_REMOTE_APPLICATION;
    case BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK: return BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK;
    }
    return BG_E_ERROR_CONTEXT_UNKNOWN;
}

/* Whether the error shows the file that it knows (B-702, D-270). */
static BOOL shows_file(const struct com_error *This)
{
    switch (This->service->profile->error_context(&This->failure))
    {
    case BG_ERROR_CONTEXT_LOCAL_FILE:
    case BG_ERROR_CONTEXT_REMOTE_FILE:
    case BG_ERROR_CONTEXT_REMOTE_APPLICATION:
    case BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK: return TRUE;
    default: return com_has(This->service, COM_FEATURE_ERROR_FILE);
    }
}

/* Whether the transfer protocol had a part in the failure (B-703). */
static BOOL failed_in_protocol(enum transfer_where where)
{
    return where == TRANSFER_WHERE_REMOTE_FILE || where == TRANSFER_WHERE_TRANSPORT ||
           where == TRANSFER_WHERE_REMOTE_APPLICATION || where == TRANSFER_WHERE_CERTIFICATE_CALLBACK;
}

/* --- IUnknown -------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE error_QueryInterface(IBackgroundCopyError *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyError))
    {
        IBackgroundCopyError_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE error_AddRef(IBackgroundCopyError *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyError(iface)->refs);
}

static ULONG STDMETHODCALLTYPE error_Release(IBackgroundCopyError *iface)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        TRACE("(%p) ends\n", This);
        if (This->file) file_release(This->file);
        free(This);
    }
    return refs;
}

/* --- IBackgroundCopyError ------------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE error_GetError(IBackgroundCopyError *iface, BG_ERROR_CONTEXT *context, HRESULT *code)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);

    TRACE("(%p, %p, %p)\n", This, context, code);
    if (!context || !code) return E_INVALIDARG;
    *context = This->service->profile->error_context(&This->failure);
    *code = com_result(This->service, This->failure.code);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetFile(IBackgroundCopyError *iface, IBackgroundCopyFile **file)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);

    TRACE("(%p, %p)\n", This, file);
    if (!file) return E_INVALIDARG;
    *file = NULL;
    if (!This->file || !shows_file(This)) return This->service->profile->file_not_available;
    return com_file_create_with_access(This->service, This->file, This->access, &IID_IBackgroundCopyFile,
                                       (void **)file);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorDescription(IBackgroundCopyError *iface, DWORD language, LPWSTR *text)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);

    TRACE("(%p, %#lx, %p)\n", This, language, text);
    if (!text) return E_INVALIDARG;
    *text = NULL;
    if (!language) return E_INVALIDARG;
    return com_text(This->service, com_result(This->service, This->failure.code), language, text);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorContextDescription(IBackgroundCopyError *iface, DWORD language,
                                                                  LPWSTR *text)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);

    TRACE("(%p, %#lx, %p)\n", This, language, text);
    if (!text) return E_INVALIDARG;
    *text = NULL;
    if (!language) return E_INVALIDARG;
    return com_text(This->service, code_of_context(This->service->profile->error_context(&This->failure)), language,
                    text);
}

static HRESULT STDMETHODCALLTYPE error_GetProtocol(IBackgroundCopyError *iface, LPWSTR *protocol)
{
    struct com_error *This = impl_from_IBackgroundCopyError(iface);
    const WCHAR *name = L"file";
    WCHAR *remote = NULL;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, protocol);
    if (!protocol) return E_INVALIDARG;
    *protocol = NULL;
    if (!This->file || !failed_in_protocol(This->failure.where)) return This->service->profile->protocol_not_available;
    hr = com_result(This->service, file_get_string(This->file, FILE_REMOTE_NAME, &remote));
    if (FAILED(hr)) return hr;
    if (remote && !_wcsnicmp(remote, L"http:", 5)) name = L"http";
    else if (remote && !_wcsnicmp(remote, L"https:", 6))
        name = com_has(This->service, COM_FEATURE_HTTPS_NAMED) ? L"https" : L"http";
    free(remote);
    return com_copy_string(name, protocol);
}

/* clang-format off */
static const IBackgroundCopyErrorVtbl error_vtbl =
{
    error_QueryInterface,
    error_AddRef,
    error_Release,
    error_GetError,
    error_GetFile,
    error_GetErrorDescription,
    error_GetErrorContextDescription,
    error_GetProtocol,
};
/* clang-format on */

HRESULT com_error_create_with_access(struct com_service *service, const struct transfer_failure *failure,
                                     struct file *file, enum com_access access, IBackgroundCopyError **out)
{
    struct com_error *This;

    *out = NULL;
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->IBackgroundCopyError_iface.lpVtbl = &error_vtbl;
    This->refs = 1;
    This->service = service;
    This->failure = *failure;
    This->access = access;
    if ((This->file = file)) file_addref(file);
    *out = &This->IBackgroundCopyError_iface;
    return S_OK;
}

HRESULT com_error_create(struct com_service *service, const struct transfer_failure *failure, struct file *file,
                         IBackgroundCopyError **out)
{
    return com_error_create_with_access(service, failure, file, COM_ACCESS_MODIFY, out);
}

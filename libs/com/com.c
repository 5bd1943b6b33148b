/*
 * What the objects of this library share: rights, strings, ranges, extensions.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "com/com.h"
#include "com/hold.h"
#include "service/identity.h"

HRESULT com_result(const struct com_service *service, transfer_code code)
{
    return com_profile_result(service->profile, code);
}

HRESULT com_check_alive(const struct com_service *service, struct job *job)
{
    enum job_state state = job_get_state(job);

    if (state != JOB_ACKNOWLEDGED && state != JOB_CANCELLED) return S_OK;
    return com_result(service, TRANSFER_E_INVALID_STATE);
}

/* --- rights ------------------------------------------------------------------------------ */

static HRESULT get_owner(struct job *job, WCHAR **sid)
{
    transfer_code code = job_get_string(job, JOB_OWNER, sid);

    if (code == TRANSFER_OK) return *sid ? S_OK : E_UNEXPECTED;
    *sid = NULL;
    return E_OUTOFMEMORY;
}

HRESULT com_access_of(const struct caller *caller, struct job *job, enum com_access *access)
{
    WCHAR *owner;
    HRESULT hr = get_owner(job, &owner);

    *access = COM_ACCESS_NONE;
    if (FAILED(hr)) return hr;
    if (caller_may_modify(caller, owner, (DWORD)job_get_number(job, JOB_OWNER_INTEGRITY),
                          job_get_number(job, JOB_OWNER_ELEVATED) != 0))
        *access = COM_ACCESS_MODIFY;
    else if (!wcscmp(caller->sid, owner)) *access = COM_ACCESS_READ;
    free(owner);
    return S_OK;
}

HRESULT com_access_of_caller(struct job *job, enum com_access *access)
{
    struct caller caller;
    HRESULT hr;

    *access = COM_ACCESS_MODIFY;
    if (identity_caller_process() == GetCurrentProcessId()) return S_OK;
    *access = COM_ACCESS_NONE;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = com_access_of(&caller, job, access);
    caller_cleanup(&caller);
    return hr;
}

HRESULT com_check_owner(struct job *job)
{
    struct caller caller;
    WCHAR *owner;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    if (SUCCEEDED(hr = get_owner(job, &owner)))
    {
        if (wcscmp(caller.sid, owner)) hr = E_ACCESSDENIED;
        free(owner);
    }
    caller_cleanup(&caller);
    return hr;
}

/* --- strings and ranges --------------------------------------------------------------------- */

HRESULT com_copy_string(const WCHAR *text, WCHAR **out)
{
    size_t size;

    *out = NULL;
    if (!text) return S_OK;
    size = (wcslen(text) + 1) * sizeof(*text);
    if (!(*out = CoTaskMemAlloc(size))) return E_OUTOFMEMORY;
    memcpy(*out, text, size);
    return S_OK;
}

HRESULT com_give_string(const struct com_service *service, transfer_code code, WCHAR *value, const WCHAR *none,
                        WCHAR **out)
{
    HRESULT hr = com_result(service, code);

    *out = NULL;
    if (FAILED(hr)) return hr;
    hr = com_copy_string(value ? value : none, out);
    free(value);
    return hr;
}

HRESULT com_copy_ranges(const BG_FILE_RANGE *from, DWORD count, struct file_range **ranges)
{
    DWORD i;

    *ranges = NULL;
    if (!count) return S_OK;
    if (!(*ranges = calloc(count, sizeof(**ranges)))) return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        (*ranges)[i].offset = from[i].InitialOffset;
        (*ranges)[i].length = from[i].Length;
    }
    return S_OK;
}

HRESULT com_give_ranges(const struct file_range *ranges, unsigned int count, BG_FILE_RANGE **out)
{
    unsigned int i;

    *out = NULL;
    if (!count) return S_OK;
    if (!(*out = CoTaskMemAlloc(count * sizeof(**out)))) return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        (*out)[i].InitialOffset = ranges[i].offset;
        (*out)[i].Length = ranges[i].length;
    }
    return S_OK;
}

HRESULT com_add_files(const struct com_service *service, struct job *job, const struct file_spec *files,
                      unsigned int count)
{
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = com_result(service, job_add_files(job, files, count, caller.privileged));
    /* A job that had everything goes on with what is new. */
    if (SUCCEEDED(hr)) hold_job(job);
    caller_cleanup(&caller);
    return hr;
}

/* --- extensions --------------------------------------------------------------------------------- */

void com_extensions_init(struct com_extension_iface *ifaces, const struct com_extension *extensions, void *object)
{
    unsigned int i;

    for (i = 0; extensions && extensions[i].iids && i < COM_EXTENSIONS; i++)
    {
        ifaces[i].vtbl = extensions[i].vtbl;
        ifaces[i].object = object;
    }
}

void *com_extensions_find(struct com_extension_iface *ifaces, const struct com_extension *extensions, REFIID iid)
{
    const IID *const *known;
    unsigned int i;

    for (i = 0; extensions && extensions[i].iids && i < COM_EXTENSIONS; i++)
    {
        for (known = extensions[i].iids; *known; known++)
        {
            if (IsEqualIID(iid, *known)) return &ifaces[i];
        }
    }
    return NULL;
}

HRESULT STDMETHODCALLTYPE com_extension_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface((IUnknown *)com_extension_object(iface), iid, out);
}

ULONG STDMETHODCALLTYPE com_extension_AddRef(IUnknown *iface)
{
    return IUnknown_AddRef((IUnknown *)com_extension_object(iface));
}

ULONG STDMETHODCALLTYPE com_extension_Release(IUnknown *iface)
{
    return IUnknown_Release((IUnknown *)com_extension_object(iface));
}

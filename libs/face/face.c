/*
 * What the objects of this library share: rights, strings, ranges, extensions.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "face/face.h"
#include "face/host.h"
#include "service/identity.h"

HRESULT face_result(const struct face *face, transfer_code code)
{
    return dialect_result(face->dialect, code);
}

HRESULT face_check_alive(const struct face *face, struct job *job)
{
    enum job_state state = job_get_state(job);

    if (state != JOB_ACKNOWLEDGED && state != JOB_CANCELLED) return S_OK;
    return face_result(face, TRANSFER_E_INVALID_STATE);
}

/* --- rights ------------------------------------------------------------------------------ */

static HRESULT get_owner(struct job *job, WCHAR **sid)
{
    transfer_code code = job_get_string(job, JOB_OWNER, sid);

    if (code == TRANSFER_OK) return *sid ? S_OK : E_UNEXPECTED;
    *sid = NULL;
    return E_OUTOFMEMORY;
}

HRESULT face_access_of(const struct caller *caller, struct job *job, enum face_access *access)
{
    WCHAR *owner;
    HRESULT hr = get_owner(job, &owner);

    *access = FACE_ACCESS_NONE;
    if (FAILED(hr)) return hr;
    if (caller_may_modify(caller, owner, (DWORD)job_get_number(job, JOB_OWNER_INTEGRITY),
                          job_get_number(job, JOB_OWNER_ELEVATED) != 0))
        *access = FACE_ACCESS_MODIFY;
    else if (!wcscmp(caller->sid, owner)) *access = FACE_ACCESS_READ;
    free(owner);
    return S_OK;
}

HRESULT face_access_of_caller(struct job *job, enum face_access *access)
{
    struct caller caller;
    HRESULT hr;

    *access = FACE_ACCESS_MODIFY;
    if (identity_caller_process() == GetCurrentProcessId()) return S_OK;
    *access = FACE_ACCESS_NONE;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = face_access_of(&caller, job, access);
    caller_cleanup(&caller);
    return hr;
}

HRESULT face_check_owner(struct job *job)
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

HRESULT face_copy_string(const WCHAR *text, WCHAR **out)
{
    size_t size;

    *out = NULL;
    if (!text) return S_OK;
    size = (wcslen(text) + 1) * sizeof(*text);
    if (!(*out = CoTaskMemAlloc(size))) return E_OUTOFMEMORY;
    memcpy(*out, text, size);
    return S_OK;
}

HRESULT face_give_string(const struct face *face, transfer_code code, WCHAR *value, const WCHAR *none, WCHAR **out)
{
    HRESULT hr = face_result(face, code);

    *out = NULL;
    if (FAILED(hr)) return hr;
    hr = face_copy_string(value ? value : none, out);
    free(value);
    return hr;
}

HRESULT face_copy_ranges(const BG_FILE_RANGE *from, DWORD count, struct file_range **ranges)
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

HRESULT face_give_ranges(const struct file_range *ranges, unsigned int count, BG_FILE_RANGE **out)
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

HRESULT face_add_files(const struct face *face, struct job *job, const struct file_spec *files, unsigned int count)
{
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = face_result(face, job_add_files(job, files, count, caller.privileged));
    /* A job that had everything goes on with what is new. */
    if (SUCCEEDED(hr)) face_hold_session(job);
    caller_cleanup(&caller);
    return hr;
}

/* --- extensions --------------------------------------------------------------------------------- */

void face_extensions_init(struct face_extension_iface *ifaces, const struct face_extension *extensions, void *object)
{
    unsigned int i;

    for (i = 0; extensions && extensions[i].iids && i < FACE_EXTENSIONS; i++)
    {
        ifaces[i].vtbl = extensions[i].vtbl;
        ifaces[i].object = object;
    }
}

void *face_extensions_find(struct face_extension_iface *ifaces, const struct face_extension *extensions, REFIID iid)
{
    const IID *const *known;
    unsigned int i;

    for (i = 0; extensions && extensions[i].iids && i < FACE_EXTENSIONS; i++)
    {
        for (known = extensions[i].iids; *known; known++)
        {
            if (IsEqualIID(iid, *known)) return &ifaces[i];
        }
    }
    return NULL;
}

HRESULT STDMETHODCALLTYPE face_extension_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface((IUnknown *)face_extension_object(iface), iid, out);
}

ULONG STDMETHODCALLTYPE face_extension_AddRef(IUnknown *iface)
{
    return IUnknown_AddRef((IUnknown *)face_extension_object(iface));
}

ULONG STDMETHODCALLTYPE face_extension_Release(IUnknown *iface)
{
    return IUnknown_Release((IUnknown *)face_extension_object(iface));
}

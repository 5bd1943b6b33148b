/*
 * A job as COM shows it: the methods of IBackgroundCopyJob2 to IBackgroundCopyJob5.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "http/redact.h"
#include "bitsmsg.h"
#include "com/job.h"
#include "com/notify.h"

DEBUG_CHANNEL(bitscom);

#define MAX_PARAMETERS 4000
#define MAX_USER_NAME 300
#define MAX_PASSWORD 65536
#define ALL_ACL_FLAGS (BG_COPY_FILE_OWNER | BG_COPY_FILE_GROUP | BG_COPY_FILE_DACL | BG_COPY_FILE_SACL)
#define ALL_PEER_FLAGS \
    (BG_JOB_ENABLE_PEERCACHING_CLIENT | BG_JOB_ENABLE_PEERCACHING_SERVER | BG_JOB_DISABLE_BRANCH_CACHE)
#define ALL_COST_FLAGS (BITS_COST_STATE_TRANSFER_ALWAYS | BITS_COST_STATE_RESERVED)

/* --- IBackgroundCopyJob2 ----------------------------------------------------------------------- */

HRESULT STDMETHODCALLTYPE job_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPCWSTR program, LPCWSTR parameters)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    const struct job_change changes[] = {
        {.kind = JOB_CHANGE_STRING, .which = JOB_COMMAND_PROGRAM, .string = program},
        {.kind = JOB_CHANGE_STRING, .which = JOB_COMMAND_PARAMETERS, .string = parameters},
    };
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, program, parameters);
    if (!com_has(This->service, COM_FEATURE_JOB2)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!program && parameters) return E_INVALIDARG;
    if (program && wcslen(program) > MAX_PATH) return This->service->profile->string_too_long;
    if (parameters && wcslen(parameters) > MAX_PARAMETERS) return This->service->profile->string_too_long;
    hr = com_result(This->service, job_set(This->job, changes, ARRAYSIZE(changes)));
    if (SUCCEEDED(hr)) notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

HRESULT STDMETHODCALLTYPE job_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPWSTR *program, LPWSTR *parameters)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    WCHAR *value = NULL;
    transfer_code code;
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, program, parameters);
    if (!program || !parameters) return E_INVALIDARG;
    *program = *parameters = NULL;
    if (!com_has(This->service, COM_FEATURE_JOB2)) return E_NOTIMPL;
    code = job_get_string(This->job, JOB_COMMAND_PROGRAM, &value);
    if (FAILED(hr = com_give_string(This->service, code, value, L"", program))) return hr;
    value = NULL;
    code = job_get_string(This->job, JOB_COMMAND_PARAMETERS, &value);
    if (FAILED(hr = com_give_string(This->service, code, value, L"", parameters)))
    {
        CoTaskMemFree(*program);
        *program = NULL;
    }
    return hr;
}

/* The three methods about the reply are for jobs that get one. */
static HRESULT check_reply_job(struct com_job *This)
{
    if (!com_has(This->service, COM_FEATURE_JOB2) || job_get_type(This->job) != JOB_UPLOAD_REPLY) return E_NOTIMPL;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetReplyProgress(IBackgroundCopyJob5 *iface, BG_JOB_REPLY_PROGRESS *progress)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    uint64_t total, transferred;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, progress);
    if (!progress) return E_INVALIDARG;
    if (FAILED(hr = check_reply_job(This))) return hr;
    job_get_reply_progress(This->job, &total, &transferred);
    progress->BytesTotal = total; /* BG_SIZE_UNKNOWN is the library's number too */
    progress->BytesTransferred = transferred;
    return S_OK;
}

/* B-173; the size is given even where it is too large. */
HRESULT STDMETHODCALLTYPE job_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer, UINT64 *length)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    transfer_code code;
    uint64_t size;
    void *data;
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, buffer, length);
    if (!buffer || !length) return E_INVALIDARG;
    *buffer = NULL;
    *length = 0;
    if (FAILED(hr = check_reply_job(This))) return hr;
    code = job_get_reply_data(This->job, &data, &size);
    *length = size;
    if (!code && data)
    {
        if ((*buffer = CoTaskMemAlloc((size_t)size))) memcpy(*buffer, data, (size_t)size);
        else code = ERROR_OUTOFMEMORY;
    }
    free(data);
    return com_result(This->service, code);
}

/* No name and an empty one leave the choice to the service (B-174). */
HRESULT STDMETHODCALLTYPE job_SetReplyFileName(IBackgroundCopyJob5 *iface, LPCWSTR name)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    TRACE("(%p, %s)\n", This, debug_wstr(name));
    if (!com_has(This->service, COM_FEATURE_JOB2)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (name && wcslen(name) > MAX_PATH) return E_INVALIDARG;
    if (FAILED(hr = check_reply_job(This))) return hr;
    return com_result(This->service, job_set_reply_file(This->job, name && *name ? name : NULL));
}

HRESULT STDMETHODCALLTYPE job_GetReplyFileName(IBackgroundCopyJob5 *iface, LPWSTR *name)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    WCHAR *value = NULL;
    transfer_code code;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, name);
    if (!name) return E_INVALIDARG;
    *name = NULL;
    if (FAILED(hr = check_reply_job(This))) return hr;
    code = job_get_string(This->job, JOB_REPLY_FILE, &value);
    return com_give_string(This->service, code, value, NULL, name);
}

static HRESULT check_credential_key(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    if (target != BG_AUTH_TARGET_SERVER && target != BG_AUTH_TARGET_PROXY) return BG_E_INVALID_AUTH_TARGET;
    if (scheme < BG_AUTH_SCHEME_BASIC || scheme > BG_AUTH_SCHEME_PASSPORT) return BG_E_INVALID_AUTH_SCHEME;
    return S_OK;
}

/* B-176: no user and no password mean the logged-on user where the scheme can do that. */
static HRESULT check_credentials(const BG_AUTH_CREDENTIALS *credentials)
{
    const BG_BASIC_CREDENTIALS *basic = &credentials->Credentials.Basic;
    BOOL implicit = credentials->Scheme == BG_AUTH_SCHEME_NTLM || credentials->Scheme == BG_AUTH_SCHEME_NEGOTIATE;
    HRESULT hr;

    if (FAILED(hr = check_credential_key(credentials->Target, credentials->Scheme))) return hr;
    if (!basic->UserName && !basic->Password) return implicit ? S_OK : E_INVALIDARG;
    if (!basic->UserName || !basic->Password) return E_INVALIDARG;
    if (wcslen(basic->UserName) > MAX_USER_NAME) return BG_E_USERNAME_TOO_LARGE;
    if (wcslen(basic->Password) > MAX_PASSWORD) return BG_E_PASSWORD_TOO_LARGE;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    const BG_BASIC_CREDENTIALS *basic;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, credentials);
    if (!credentials) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_JOB2)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (FAILED(hr = com_check_owner(This->job))) return hr;
    if (FAILED(hr = check_credentials(credentials))) return hr;
    basic = &credentials->Credentials.Basic;
    return com_result(This->service, job_set_credentials(This->job, credentials->Target, credentials->Scheme,
                                                         basic->UserName, basic->Password));
}

HRESULT STDMETHODCALLTYPE job_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
                                                BG_AUTH_SCHEME scheme)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    BOOL found = FALSE;
    HRESULT hr;

    TRACE("(%p, %d, %d)\n", This, target, scheme);
    if (!com_has(This->service, COM_FEATURE_JOB2)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (FAILED(hr = com_check_owner(This->job))) return hr;
    if (FAILED(hr = check_credential_key(target, scheme))) return hr;
    hr = com_result(This->service, job_remove_credentials(This->job, target, scheme, &found));
    return SUCCEEDED(hr) && !found ? S_FALSE : hr;
}

/* --- IBackgroundCopyJob3 ------------------------------------------------------------------------- */

HRESULT STDMETHODCALLTYPE job_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, LPCWSTR from, LPCWSTR to)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    unsigned int matched = 0;
    HRESULT hr;

    TRACE("(%p, %s, %s)\n", This, debug_urlw(from), debug_urlw(to));
    if (!from || !to) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_PREFIX_ACL)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!*from || !*to) return E_INVALIDARG;
    if (job_get_type(This->job) != JOB_DOWNLOAD) return E_NOTIMPL;
    hr = com_result(This->service, job_replace_prefix(This->job, from, to, &matched));
    return SUCCEEDED(hr) && !matched ? S_FALSE : hr;
}

HRESULT STDMETHODCALLTYPE job_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote, LPCWSTR local, DWORD count,
                                                BG_FILE_RANGE *ranges)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct file_spec spec = {.remote = remote, .local = local, .range_count = count};
    struct file_range *copy;
    HRESULT hr;

    TRACE("(%p, %s, %s, %lu, %p)\n", This, debug_urlw(remote), debug_wstr(local), count, ranges);
    if (!remote || !local || (count && !ranges)) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!count && !com_has(This->service, COM_FEATURE_EMPTY_RANGES)) return E_INVALIDARG;
    if (job_get_type(This->job) != JOB_DOWNLOAD) return E_NOTIMPL;
    if (FAILED(hr = com_copy_ranges(ranges, count, &copy))) return hr;
    spec.ranges = copy;
    hr = com_add_files(This->service, This->job, &spec, 1);
    free(copy);
    return hr;
}

HRESULT STDMETHODCALLTYPE job_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %#lx)\n", This, flags);
    if (!com_has(This->service, COM_FEATURE_PREFIX_ACL)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_ACL_FLAGS) return E_INVALIDARG;
    return com_job_set_number(This, JOB_ACL_FLAGS, flags);
}

/* The getters of Job3 and Job4 share this. */
static HRESULT give_feature_number(struct com_job *This, unsigned int feature, enum job_number which, ULONG *out)
{
    if (!out) return E_INVALIDARG;
    if (!com_has(This->service, feature)) return E_NOTIMPL;
    *out = (ULONG)job_get_number(This->job, which);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, flags);
    return give_feature_number(This, COM_FEATURE_PREFIX_ACL, JOB_ACL_FLAGS, flags);
}

/* --- IBackgroundCopyJob4 ---------------------------------------------------------------------------- */

HRESULT STDMETHODCALLTYPE job_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %#lx)\n", This, flags);
    if (!com_has(This->service, COM_FEATURE_JOB4)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_PEER_FLAGS) return E_NOTIMPL;
    return com_job_set_number(This, JOB_PEER_FLAGS, flags);
}

HRESULT STDMETHODCALLTYPE job_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, flags);
    return give_feature_number(This, COM_FEATURE_JOB4, JOB_PEER_FLAGS, flags);
}

HRESULT STDMETHODCALLTYPE job_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, level);
    return give_feature_number(This, COM_FEATURE_JOB4, JOB_OWNER_INTEGRITY, level);
}

HRESULT STDMETHODCALLTYPE job_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *elevated)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, elevated);
    if (!elevated) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_JOB4)) return E_NOTIMPL;
    *elevated = job_get_number(This->job, JOB_OWNER_ELEVATED) != 0;
    return S_OK;
}

/* Not documented for Delivery Optimization, but Office's installer sets it (D-343). */
HRESULT STDMETHODCALLTYPE job_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG timeout)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %lu)\n", This, timeout);
    return com_job_set_number(This, JOB_MAXIMUM_DOWNLOAD_TIME, timeout);
}

HRESULT STDMETHODCALLTYPE job_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *timeout)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, timeout);
    if (!timeout) return E_INVALIDARG;
    *timeout = (ULONG)job_get_number(This->job, JOB_MAXIMUM_DOWNLOAD_TIME);
    return S_OK;
}

/* --- IBackgroundCopyJob5 ------------------------------------------------------------------------------- */

static BOOL knows_property(const struct com_service *service, BITS_JOB_PROPERTY_ID id)
{
    return (unsigned int)id < 32 && (service->profile->job_properties >> id) & 1;
}

static HRESULT set_notification_class(struct com_job *This, const CLSID *clsid)
{
    BOOL none = IsEqualGUID(clsid, &GUID_NULL);
    const struct job_change change = {
        .kind = JOB_CHANGE_BLOB,
        .which = JOB_NOTIFICATION_CLASS,
        .blob = none ? NULL : clsid,
        .size = none ? 0 : sizeof(*clsid),
    };
    HRESULT hr = com_result(This->service, job_set(This->job, &change, 1));

    if (SUCCEEDED(hr)) notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

#define Dword_OF(value) (value).Dword
#define Enable_OF(value) ((value).Enable != FALSE)
#define Uint64_OF(value) (value).Uint64
#define Target_OF(value) (value).Target

#define NO_PROPERTY(...)
#define SET_PROPERTY(name, tag, when, initial, effect, id, member) \
    case id: \
        return com_job_set_number(This, JOB_##name, member##_OF(value));
#define GET_PROPERTY(name, tag, when, initial, effect, id, member) \
    case id: value->member = job_get_number(This->job, JOB_##name); return S_OK;

/* Values that no job may have. */
static HRESULT check_property(BITS_JOB_PROPERTY_ID id, const BITS_JOB_PROPERTY_VALUE *value)
{
    switch (id)
    {
    case BITS_JOB_PROPERTY_ID_COST_FLAGS: return value->Dword & ~ALL_COST_FLAGS ? E_INVALIDARG : S_OK;
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE: return value->Uint64 ? S_OK : BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE;
    case BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS:
        return value->Target == BG_AUTH_TARGET_PROXY ? S_OK : BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED;
    default: return S_OK;
    }
}

/* B-230 to B-238; whether the state and the type of the job allow it is the library's business. */
HRESULT STDMETHODCALLTYPE job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE value)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    TRACE("(%p, %d)\n", This, id);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!knows_property(This->service, id)) return This->service->profile->unknown_job_property;
    if (FAILED(hr = check_property(id, &value))) return hr;
    switch (id)
    {
    case BITS_JOB_PROPERTY_NOTIFICATION_CLSID:
        return set_notification_class(This, &value.ClsID);
        JOB_NUMBERS(NO_PROPERTY, SET_PROPERTY)
    }
    return This->service->profile->unknown_job_property;
}

HRESULT STDMETHODCALLTYPE job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE *value)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    if (!knows_property(This->service, id)) return This->service->profile->unknown_job_property;
    switch (id)
    {
    case BITS_JOB_PROPERTY_NOTIFICATION_CLSID:
        if (!job_get_blob(This->job, JOB_NOTIFICATION_CLASS, &value->ClsID, sizeof(value->ClsID)))
            value->ClsID = GUID_NULL;
        return S_OK;
        JOB_NUMBERS(NO_PROPERTY, GET_PROPERTY)
    }
    return This->service->profile->unknown_job_property;
}

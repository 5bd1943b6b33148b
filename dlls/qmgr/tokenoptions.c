/*
 * Helper token of a job: IBitsTokenOptions (B-240 to B-243).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

#define ALL_TOKEN_FLAGS (BG_TOKEN_LOCAL_FILE | BG_TOKEN_NETWORK)

static struct face_job *impl_from_IBitsTokenOptions(IBitsTokenOptions *iface)
{
    return face_extension_object(iface);
}

static HRESULT STDMETHODCALLTYPE options_SetHelperTokenFlags(IBitsTokenOptions *iface, DWORD flags)
{
    struct face_job *This = impl_from_IBitsTokenOptions(iface);

    TRACE("(%p, %#lx)\n", This, flags);
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_TOKEN_FLAGS) return E_INVALIDARG;
    return face_result(This->face, job_set_number(This->job, JOB_HELPER_TOKEN_FLAGS, flags));
}

static HRESULT STDMETHODCALLTYPE options_GetHelperTokenFlags(IBitsTokenOptions *iface, DWORD *flags)
{
    struct face_job *This = impl_from_IBitsTokenOptions(iface);

    TRACE("(%p, %p)\n", This, flags);
    if (!flags) return E_INVALIDARG;
    *flags = (DWORD)job_get_number(This->job, JOB_HELPER_TOKEN_FLAGS);
    return S_OK;
}

/* Wine's COM does not let a server impersonate its client, so there is no token to take; the code is the one
 * for a client that does not allow impersonation. */
static HRESULT STDMETHODCALLTYPE options_SetHelperToken(IBitsTokenOptions *iface)
{
    struct face_job *This = impl_from_IBitsTokenOptions(iface);
    HRESULT hr;

    TRACE("(%p)\n", This);
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (FAILED(hr = face_check_alive(This->face, This->job))) return hr;
    return CO_E_FAILEDTOIMPERSONATE;
}

static HRESULT STDMETHODCALLTYPE options_ClearHelperToken(IBitsTokenOptions *iface)
{
    struct face_job *This = impl_from_IBitsTokenOptions(iface);

    TRACE("(%p)\n", This);
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    return face_check_alive(This->face, This->job);
}

static HRESULT STDMETHODCALLTYPE options_GetHelperTokenSid(IBitsTokenOptions *iface, LPWSTR *sid)
{
    TRACE("(%p, %p)\n", iface, sid);
    if (!sid) return E_INVALIDARG;
    *sid = NULL;
    return S_OK;
}

/* clang-format off */
const IBitsTokenOptionsVtbl token_options_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IBitsTokenOptions),
    options_SetHelperTokenFlags,
    options_GetHelperTokenFlags,
    options_SetHelperToken,
    options_ClearHelperToken,
    options_GetHelperTokenSid,
};
/* clang-format on */

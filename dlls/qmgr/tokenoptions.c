/*
 * Helper token of a job: IBitsTokenOptions (B-240 to B-243).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

#define ALL_TOKEN_FLAGS (BG_TOKEN_LOCAL_FILE | BG_TOKEN_NETWORK)

static struct com_job *impl_from_IBitsTokenOptions(IBitsTokenOptions *iface)
{
    return com_extension_object(iface);
}

static HRESULT STDMETHODCALLTYPE options_SetHelperTokenFlags(IBitsTokenOptions *iface, DWORD flags)
{
    struct com_job *This = impl_from_IBitsTokenOptions(iface);

    TRACE("(%p, %#lx)\n", This, flags);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_TOKEN_FLAGS) return E_INVALIDARG;
    return com_result(This->service, job_set_number(This->job, JOB_HELPER_TOKEN_FLAGS, flags));
}

static HRESULT STDMETHODCALLTYPE options_GetHelperTokenFlags(IBitsTokenOptions *iface, DWORD *flags)
{
    struct com_job *This = impl_from_IBitsTokenOptions(iface);

    TRACE("(%p, %p)\n", This, flags);
    if (!flags) return E_INVALIDARG;
    *flags = (DWORD)job_get_number(This->job, JOB_HELPER_TOKEN_FLAGS);
    return S_OK;
}

/* Wine's COM does not let a server impersonate its client, and has nothing to take a token from.  It does not need to:
 * the service, its clients and the owners of jobs are one user of Unix, whose rights the transfer has anyway.  So the
 * helper is the owner. */
static HRESULT set_token(struct com_job *This, BOOL set)
{
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_set_helper_token(This->job, set));
}

static HRESULT STDMETHODCALLTYPE options_SetHelperToken(IBitsTokenOptions *iface)
{
    TRACE("(%p)\n", iface);
    return set_token(impl_from_IBitsTokenOptions(iface), TRUE);
}

static HRESULT STDMETHODCALLTYPE options_ClearHelperToken(IBitsTokenOptions *iface)
{
    TRACE("(%p)\n", iface);
    return set_token(impl_from_IBitsTokenOptions(iface), FALSE);
}

static HRESULT STDMETHODCALLTYPE options_GetHelperTokenSid(IBitsTokenOptions *iface, LPWSTR *sid)
{
    struct com_job *This = impl_from_IBitsTokenOptions(iface);
    WCHAR *owner = NULL;
    transfer_code code;

    TRACE("(%p, %p)\n", This, sid);
    if (!sid) return E_INVALIDARG;
    *sid = NULL;
    if (!job_has_helper_token(This->job)) return S_OK;
    code = job_get_string(This->job, JOB_OWNER, &owner);
    return com_give_string(This->service, code, owner, NULL, sid);
}

/* clang-format off */
const IBitsTokenOptionsVtbl token_options_vtbl =
{
    COM_EXTENSION_UNKNOWN(IBitsTokenOptions),
    options_SetHelperTokenFlags,
    options_GetHelperTokenFlags,
    options_SetHelperToken,
    options_ClearHelperToken,
    options_GetHelperTokenSid,
};
/* clang-format on */

/*
 * HTTP options of a job: IBackgroundCopyJobHttpOptions to IBackgroundCopyJobHttpOptions3.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "certificate.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

#define MAX_STORE_NAME 255 /* B-261: 256 with the terminator */
#define MAX_SUBJECT 256
#define MAX_HEADERS 16383 /* B-260: 16384 with the terminator */
#define CERTIFICATE_CHECKS \
    (BG_SSL_ENABLE_CRL_CHECK | BG_SSL_IGNORE_CERT_CN_INVALID | BG_SSL_IGNORE_CERT_DATE_INVALID | \
     BG_SSL_IGNORE_UNKNOWN_CA | BG_SSL_IGNORE_CERT_WRONG_USAGE)
#define ALL_SECURITY_FLAGS \
    (CERTIFICATE_CHECKS | BG_HTTP_REDIRECT_POLICY_MASK | BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP)

static struct com_job *impl_from_IBackgroundCopyJobHttpOptions3(IBackgroundCopyJobHttpOptions3 *iface)
{
    return com_extension_object(iface);
}

/* Certificate and headers are for the owner alone (B-763). */
static HRESULT check_owner(struct com_job *This)
{
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_check_owner(This->job);
}

/* --- IBackgroundCopyJobHttpOptions: client certificate ---------------------------------------- */

static HRESULT check_store(BG_CERT_STORE_LOCATION location, const WCHAR *store)
{
    if ((unsigned int)location > BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE) return E_NOTIMPL;
    return wcslen(store) > MAX_STORE_NAME ? BG_E_STRING_TOO_LONG : S_OK;
}

/* What is stored is the certificate that was found, whichever way it was named. */
static HRESULT set_certificate(struct com_job *This, BG_CERT_STORE_LOCATION location, const WCHAR *store,
                               const BYTE *hash, const WCHAR *subject)
{
    struct client_certificate certificate;
    struct job_change changes[] = {
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_CERTIFICATE_STORE_LOCATION, .number = location},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CERTIFICATE_STORE, .string = store},
        {.kind = JOB_CHANGE_BLOB,
         .which = JOB_CERTIFICATE_HASH,
         .blob = certificate.hash,
         .size = CERTIFICATE_HASH_SIZE},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CERTIFICATE_SUBJECT},
    };
    HRESULT hr;

    if (FAILED(hr = com_check_alive(This->service, This->job))) return hr;
    if (FAILED(hr = certificate_find(location, store, hash, subject, &certificate))) return hr;
    changes[3].string = certificate.subject;
    hr = com_result(This->service, job_set(This->job, changes, ARRAYSIZE(changes)));
    free(certificate.subject);
    return hr;
}

static HRESULT STDMETHODCALLTYPE options_SetClientCertificateByID(IBackgroundCopyJobHttpOptions3 *iface,
                                                                  BG_CERT_STORE_LOCATION location, LPCWSTR store,
                                                                  byte *hash)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    HRESULT hr;

    TRACE("(%p, %d, %s, %p)\n", This, location, debug_wstr(store), hash);
    if (!store || !hash) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    if (FAILED(hr = check_owner(This))) return hr;
    if (FAILED(hr = check_store(location, store))) return hr;
    return set_certificate(This, location, store, hash, NULL);
}

static HRESULT STDMETHODCALLTYPE options_SetClientCertificateByName(IBackgroundCopyJobHttpOptions3 *iface,
                                                                    BG_CERT_STORE_LOCATION location, LPCWSTR store,
                                                                    LPCWSTR subject)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    HRESULT hr;

    TRACE("(%p, %d, %s, %s)\n", This, location, debug_wstr(store), debug_wstr(subject));
    if (!store || !subject) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    if (FAILED(hr = check_owner(This))) return hr;
    if (FAILED(hr = check_store(location, store))) return hr;
    if (!*subject) return E_INVALIDARG;
    if (wcslen(subject) > MAX_SUBJECT) return BG_E_STRING_TOO_LONG;
    return set_certificate(This, location, store, NULL, subject);
}

static HRESULT STDMETHODCALLTYPE options_RemoveClientCertificate(IBackgroundCopyJobHttpOptions3 *iface)
{
    static const struct job_change changes[] = {
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_CERTIFICATE_STORE_LOCATION},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CERTIFICATE_STORE},
        {.kind = JOB_CHANGE_BLOB, .which = JOB_CERTIFICATE_HASH},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CERTIFICATE_SUBJECT},
    };
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    WCHAR *store = NULL;
    BOOL had_one;
    HRESULT hr;

    TRACE("(%p)\n", This);
    if (FAILED(hr = check_owner(This))) return hr;
    if (FAILED(hr = com_result(This->service, job_get_string(This->job, JOB_CERTIFICATE_STORE, &store)))) return hr;
    had_one = store != NULL;
    free(store);
    hr = com_result(This->service, job_set(This->job, changes, ARRAYSIZE(changes)));
    return SUCCEEDED(hr) && !had_one ? S_FALSE : hr;
}

static HRESULT give_certificate(struct com_job *This, LPWSTR *store, byte **hash, LPWSTR *subject)
{
    WCHAR *value = NULL;
    transfer_code code;
    HRESULT hr;

    code = job_get_string(This->job, JOB_CERTIFICATE_STORE, &value);
    if (FAILED(hr = com_give_string(This->service, code, value, NULL, store))) return hr;
    if (!*store) return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    value = NULL;
    code = job_get_string(This->job, JOB_CERTIFICATE_SUBJECT, &value);
    if (FAILED(hr = com_give_string(This->service, code, value, L"", subject))) return hr;
    if (!(*hash = CoTaskMemAlloc(CERTIFICATE_HASH_SIZE))) return E_OUTOFMEMORY;
    if (!job_get_blob(This->job, JOB_CERTIFICATE_HASH, *hash, CERTIFICATE_HASH_SIZE)) return E_UNEXPECTED;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE options_GetClientCertificate(IBackgroundCopyJobHttpOptions3 *iface,
                                                              BG_CERT_STORE_LOCATION *location, LPWSTR *store,
                                                              byte **hash, LPWSTR *subject)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    HRESULT hr;

    TRACE("(%p, %p, %p, %p, %p)\n", This, location, store, hash, subject);
    if (!location || !store || !hash || !subject) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    *location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    *store = *subject = NULL;
    *hash = NULL;
    if (FAILED(check_owner(This))) return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (SUCCEEDED(hr = give_certificate(This, store, hash, subject)))
    {
        *location = (BG_CERT_STORE_LOCATION)job_get_number(This->job, JOB_CERTIFICATE_STORE_LOCATION);
        return S_OK;
    }
    CoTaskMemFree(*store);
    CoTaskMemFree(*subject);
    CoTaskMemFree(*hash);
    *store = *subject = NULL;
    *hash = NULL;
    return hr;
}

/* --- IBackgroundCopyJobHttpOptions: headers and checks --------------------------------------------- */

/* The text is kept out of the log: it may hold secrets. */
static HRESULT STDMETHODCALLTYPE options_SetCustomHeaders(IBackgroundCopyJobHttpOptions3 *iface, LPCWSTR headers)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    HRESULT hr;

    TRACE("(%p, %p)\n", This, headers);
    if (FAILED(hr = check_owner(This))) return hr;
    if (headers && wcslen(headers) > MAX_HEADERS) return BG_E_STRING_TOO_LONG;
    return com_result(This->service, job_set_string(This->job, JOB_CUSTOM_HEADERS, headers));
}

static HRESULT STDMETHODCALLTYPE options_GetCustomHeaders(IBackgroundCopyJobHttpOptions3 *iface, LPWSTR *headers)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    WCHAR *value = NULL;
    transfer_code code;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, headers);
    if (!headers) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    *headers = NULL;
    if (FAILED(hr = check_owner(This))) return hr;
    if (job_get_number(This->job, JOB_HEADERS_WRITE_ONLY)) return E_ACCESSDENIED;
    code = job_get_string(This->job, JOB_CUSTOM_HEADERS, &value);
    hr = com_give_string(This->service, code, value, NULL, headers);
    return SUCCEEDED(hr) && !*headers ? S_FALSE : hr;
}

static HRESULT STDMETHODCALLTYPE options_SetSecurityFlags(IBackgroundCopyJobHttpOptions3 *iface, ULONG flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    ULONG redirects = flags & BG_HTTP_REDIRECT_POLICY_MASK;

    TRACE("(%p, %#lx)\n", This, flags);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_SECURITY_FLAGS) return E_NOTIMPL;
    if (redirects != BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT && redirects != BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT &&
        redirects != BG_HTTP_REDIRECT_POLICY_DISALLOW)
        return E_NOTIMPL;
    return com_result(This->service, job_set_number(This->job, JOB_SECURITY_FLAGS, flags));
}

static HRESULT STDMETHODCALLTYPE options_GetSecurityFlags(IBackgroundCopyJobHttpOptions3 *iface, ULONG *flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);

    TRACE("(%p, %p)\n", This, flags);
    if (!flags) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    *flags = (ULONG)job_get_number(This->job, JOB_SECURITY_FLAGS);
    return S_OK;
}

/* --- IBackgroundCopyJobHttpOptions2 -------------------------------------------------------------------- */

static const WCHAR *default_method(struct job *job)
{
    return job_get_type(job) == JOB_DOWNLOAD ? L"GET" : L"BITS_POST";
}

/* A method is a token (RFC 9110, section 9.1): anything else could put a line of its own into a request. */
static BOOL is_token(const WCHAR *text)
{
    const WCHAR *c;

    for (c = text; *c; c++)
    {
        BOOL letter = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');

        if (!letter && !wcschr(L"!#$%&'*+-.^_`|~", *c)) return FALSE;
    }
    return c != text;
}

static HRESULT STDMETHODCALLTYPE options_SetHttpMethod(IBackgroundCopyJobHttpOptions3 *iface, LPCWSTR method)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);

    TRACE("(%p, %s)\n", This, debug_wstr(method));
    if (!method) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!is_token(method)) return E_INVALIDARG;
    if (!wcscmp(method, default_method(This->job))) method = NULL;
    return com_result(This->service, job_set_string(This->job, JOB_HTTP_METHOD, method));
}

static HRESULT STDMETHODCALLTYPE options_GetHttpMethod(IBackgroundCopyJobHttpOptions3 *iface, LPWSTR *method)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);
    WCHAR *value = NULL;
    transfer_code code;

    TRACE("(%p, %p)\n", This, method);
    if (!method) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    code = job_get_string(This->job, JOB_HTTP_METHOD, &value);
    return com_give_string(This->service, code, value, default_method(This->job), method);
}

/* --- IBackgroundCopyJobHttpOptions3 ---------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE options_SetServerCertificateValidationInterface(IBackgroundCopyJobHttpOptions3 *iface,
                                                                                 IUnknown *object)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);

    TRACE("(%p, %p)\n", This, object);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return certificate_callback_set(This->service, This->job, object);
}

static HRESULT STDMETHODCALLTYPE options_MakeCustomHeadersWriteOnly(IBackgroundCopyJobHttpOptions3 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJobHttpOptions3(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_set_number(This->job, JOB_HEADERS_WRITE_ONLY, TRUE));
}

/* clang-format off */
const IBackgroundCopyJobHttpOptions3Vtbl http_options_vtbl =
{
    COM_EXTENSION_UNKNOWN(IBackgroundCopyJobHttpOptions3),
    options_SetClientCertificateByID,
    options_SetClientCertificateByName,
    options_RemoveClientCertificate,
    options_GetClientCertificate,
    options_SetCustomHeaders,
    options_GetCustomHeaders,
    options_SetSecurityFlags,
    options_GetSecurityFlags,
    options_SetHttpMethod,
    options_GetHttpMethod,
    options_SetServerCertificateValidationInterface,
    options_MakeCustomHeadersWriteOnly,
};
/* clang-format on */

/*
 * Asking a client whether it accepts a server's certificate: IBackgroundCopyServerCertificateValidationCallback.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>
#include <wincrypt.h>

#include "base/debug.h"
#include "certificate.h"
#include "com/call_pool.h"
#include "service/identity.h"

DEBUG_CHANNEL(qmgr);

struct check
{
    LONG refs;
    struct com_service *service;
    DWORD client; /* process */
    IBackgroundCopyServerCertificateValidationCallback *callback;
};

/* --- asking ---------------------------------------------------------------------------------- */

/* The certificate and those that the server sent along, in a store of their own: that of the connection lives in the
 * system's hands, and may be empty. */
static HCERTSTORE collect(const CERT_CONTEXT *certificate)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    const CERT_CONTEXT *other = NULL;

    if (!store) return NULL;
    CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_ALWAYS, NULL);
    while (certificate->hCertStore && (other = CertEnumCertificatesInStore(certificate->hCertStore, other)))
        CertAddCertificateContextToStore(store, other, CERT_STORE_ADD_NEW, NULL);
    return store;
}

/* That store as bytes; *data for free(). */
static HRESULT serialize(const CERT_CONTEXT *certificate, BYTE **data, DWORD *size)
{
    HCERTSTORE store = collect(certificate);
    CRYPT_DATA_BLOB blob = {0};
    HRESULT hr = S_OK;

    *data = NULL;
    *size = 0;
    if (!store) return E_OUTOFMEMORY;
    if (!CertSaveStore(store, X509_ASN_ENCODING, CERT_STORE_SAVE_AS_STORE, CERT_STORE_SAVE_TO_MEMORY, &blob, 0))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (!(blob.pbData = malloc(blob.cbData))) hr = E_OUTOFMEMORY;
    else if (!CertSaveStore(store, X509_ASN_ENCODING, CERT_STORE_SAVE_AS_STORE, CERT_STORE_SAVE_TO_MEMORY, &blob, 0))
        hr = HRESULT_FROM_WIN32(GetLastError());
    CertCloseStore(store, 0);
    if (FAILED(hr))
    {
        free(blob.pbData);
        return hr;
    }
    *data = blob.pbData;
    *size = blob.cbData;
    return S_OK;
}

static HRESULT call_client(struct check *check, IBackgroundCopyJob *job, IBackgroundCopyFile *file,
                           const CERT_CONTEXT *certificate)
{
    BYTE *store;
    DWORD size;
    HRESULT hr;

    if (FAILED(hr = serialize(certificate, &store, &size)))
    {
        WARN("the server's certificates cannot be handed on, hr %#lx\n", hr);
        return hr;
    }
    hr = IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(
        check->callback, job, file, certificate->cbCertEncoded, certificate->pbCertEncoded,
        certificate->dwCertEncodingType, size, store);
    TRACE("the client answers %#lx\n", hr);
    free(store);
    return hr;
}

static transfer_code ask(void *context, struct file *file, const CERT_CONTEXT *certificate)
{
    struct check *check = context;
    IBackgroundCopyFile *file_object = NULL;
    IBackgroundCopyJob *job_object = NULL;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = com_job_create(check->service, file_get_job(file), &IID_IBackgroundCopyJob, (void **)&job_object);
    if (SUCCEEDED(hr)) hr = com_file_create(check->service, file, &IID_IBackgroundCopyFile, (void **)&file_object);
    if (SUCCEEDED(hr)) hr = call_client(check, job_object, file_object, certificate);
    if (file_object) IBackgroundCopyFile_Release(file_object);
    if (job_object) IBackgroundCopyJob_Release(job_object);
    CoUninitialize();
    if (call_client_is_gone(hr)) return TRANSFER_E_NO_CERTIFICATE_CHECK;
    return FAILED(hr) ? (transfer_code)hr : TRANSFER_OK; /* B-540 */
}

/* --- life -------------------------------------------------------------------------------------- */

static void check_addref(void *context)
{
    struct check *check = context;

    InterlockedIncrement(&check->refs);
}

static void check_release(void *context)
{
    struct check *check = context;

    if (InterlockedDecrement(&check->refs)) return;
    call_pool_release(check->service->calls, check->client, (IUnknown *)check->callback);
    free(check);
}

HRESULT certificate_callback_set(struct com_service *service, struct job *job, IUnknown *object)
{
    struct job_certificate_check client = {.check = ask, .addref = check_addref, .release = check_release};
    struct check *check;

    if (!object) return com_result(service, job_set_certificate_check(job, NULL));
    if (!(check = calloc(1, sizeof(*check)))) return E_OUTOFMEMORY;
    if (FAILED(IUnknown_QueryInterface(object, &IID_IBackgroundCopyServerCertificateValidationCallback,
                                       (void **)&check->callback)))
    {
        free(check);
        return E_NOINTERFACE; /* B-205 */
    }
    check->refs = 1;
    check->service = service;
    check->client = identity_caller_process();
    client.context = check;
    return com_result(service, job_set_certificate_check(job, &client));
}

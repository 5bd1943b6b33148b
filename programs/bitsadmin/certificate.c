/*
 * The switches about the client certificate of a job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "bitsmsg.h"
#include "commands.h"
#include "output.h"
#include "session.h"

static HRESULT query_options(struct session *session, IBackgroundCopyJobHttpOptions **options)
{
    return query_job(session, &IID_IBackgroundCopyJobHttpOptions, options);
}

static void print_certificate(BG_CERT_STORE_LOCATION location, const WCHAR *store, const byte *hash,
                              const WCHAR *subject)
{
    unsigned int i;

    print(L"Certificate store location: %hs\n", word_text(store_words, location));
    print(L"Certificate store name: %ls\n", store ? store : L"NULL");
    print(L"Certificate hash: ");
    for (i = 0; hash && i < HASH_SIZE; i++) print(L"%02X", hash[i]);
    print(L"\nCertificate subject name: %ls\n", subject ? subject : L"NULL");
}

COMMAND(cmd_get_client_certificate)
{
    WCHAR *store = NULL, *subject = NULL;
    IBackgroundCopyJobHttpOptions *options;
    BG_CERT_STORE_LOCATION location = 0;
    byte *hash = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &hash, &subject);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (hr == HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)) /* its documented meaning here */
        return fail_because(L"get client certificate", hr, L"The job has no client certificate.");
    if (FAILED(hr)) return fail(session, L"get client certificate", hr);
    print_certificate(location, store, hash, subject);
    CoTaskMemFree(store);
    CoTaskMemFree(subject);
    CoTaskMemFree(hash);
    return RESULT_DONE;
}

COMMAND(cmd_set_client_certificate_by_id)
{
    WCHAR *store = wide(call->args[2].text);
    IBackgroundCopyJobHttpOptions *options;
    uint8_t hash[HASH_SIZE];
    HRESULT hr = E_INVALIDARG;

    if (parse_hash(call->args[3].text, hash) && SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, call->args[1].number, store, hash);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return confirm(session, L"set client certificate", hr, L"Client certificate set.");
}

COMMAND(cmd_set_client_certificate_by_name)
{
    WCHAR *store = wide(call->args[2].text), *subject = wide(call->args[3].text);
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, call->args[1].number, store, subject);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return confirm(session, L"set client certificate", hr, L"Client certificate set.");
}

COMMAND(cmd_remove_client_certificate)
{
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (hr == S_FALSE) return refuse(L"The job has no client certificate.");
    return confirm(session, L"remove client certificate", hr, L"Client certificate removed.");
}

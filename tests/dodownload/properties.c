/*
 * Properties, activation, blankets, enumeration.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

#define READ 1
#define WRITE 2

static const struct
{
    DODownloadProperty id;
    VARTYPE type;
    unsigned int access;
    HRESULT fresh; /* GetProperty of a new download */
    ULONG preset;
} table[] = /* D-073: all of them */
    {
        {DODownloadProperty_Id, VT_BSTR, READ, S_OK},                             /* D-043 */
        {DODownloadProperty_Uri, VT_BSTR, READ | WRITE, E_NOT_SET},               /* D-044 */
        {DODownloadProperty_ContentId, VT_BSTR, READ | WRITE, E_NOT_SET},         /* D-045 */
        {DODownloadProperty_DisplayName, VT_BSTR, READ | WRITE, E_NOT_SET},       /* D-046 */
        {DODownloadProperty_LocalPath, VT_BSTR, READ | WRITE, E_NOT_SET},         /* D-047 */
        {DODownloadProperty_HttpCustomHeaders, VT_BSTR, READ | WRITE, E_NOT_SET}, /* D-048 */
        /* D-049 */
        {DODownloadProperty_CostPolicy, VT_UI4, READ | WRITE, S_OK, DODownloadCostPolicy_Standard},
        {DODownloadProperty_SecurityFlags, VT_UI4, WRITE, DO_E_WRITE_ONLY_PROPERTY},              /* D-050 */
        {DODownloadProperty_CallbackFreqPercent, VT_UI4, READ | WRITE, E_NOT_SET},                /* D-051 */
        {DODownloadProperty_CallbackFreqSeconds, VT_UI4, READ | WRITE, S_OK, 1},                  /* D-052 */
        {DODownloadProperty_NoProgressTimeoutSeconds, VT_UI4, READ | WRITE, S_OK, 0},             /* D-053 */
        {DODownloadProperty_ForegroundPriority, VT_BOOL, READ | WRITE, S_OK, FALSE},              /* D-054 */
        {DODownloadProperty_BlockingMode, VT_BOOL, READ | WRITE, S_OK, FALSE},                    /* D-055 */
        {DODownloadProperty_CallbackInterface, VT_UNKNOWN, READ | WRITE, E_NOT_SET},              /* D-056 */
        {DODownloadProperty_StreamInterface, VT_UNKNOWN, READ | WRITE, E_NOT_SET},                /* D-057 */
        {DODownloadProperty_SecurityContext, VT_ARRAY | VT_UI1, WRITE, DO_E_WRITE_ONLY_PROPERTY}, /* D-058 */
        {DODownloadProperty_NetworkToken, VT_BOOL, WRITE, DO_E_WRITE_ONLY_PROPERTY},              /* D-059 */
        {DODownloadProperty_CorrelationVector, VT_BSTR, READ | WRITE, E_NOT_SET},                 /* D-060 */
        {DODownloadProperty_DecryptionInfo, VT_BSTR, WRITE, DO_E_WRITE_ONLY_PROPERTY},            /* D-061 */
        {DODownloadProperty_IntegrityCheckInfo, VT_BSTR, WRITE, DO_E_WRITE_ONLY_PROPERTY},        /* D-062 */
        {DODownloadProperty_IntegrityCheckMandatory, VT_BOOL, READ | WRITE, S_OK, FALSE},         /* D-063 */
        {DODownloadProperty_TotalSizeBytes, VT_UI8, READ | WRITE, E_NOT_SET},                     /* D-064 */
        {DODownloadProperty_DisallowOnCellular, VT_BOOL, READ | WRITE, S_OK, FALSE},              /* D-065 */
        {DODownloadProperty_HttpCustomAuthHeaders, VT_BSTR, READ | WRITE, E_NOT_SET},             /* D-066 */
        /* D-067 */
        {DODownloadProperty_HttpAllowSecureToNonSecureRedirect, VT_BOOL, READ | WRITE, S_OK, FALSE},
        {DODownloadProperty_NonVolatile, VT_BOOL, READ | WRITE, S_OK, FALSE}, /* D-068 */
        {DODownloadProperty_HttpRedirectionTarget, VT_BSTR, READ, E_NOT_SET}, /* D-069 */
        {DODownloadProperty_HttpResponseHeaders, VT_BSTR, READ, E_NOT_SET},   /* D-070 */
        {DODownloadProperty_HttpServerIPAddress, VT_BSTR, READ, E_NOT_SET},   /* D-071 */
        {DODownloadProperty_HttpStatusCode, VT_UI4, READ, E_NOT_SET},         /* D-072 */
};

static void check_fresh(IDODownload *object, unsigned int i)
{
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    hr = IDODownload_GetProperty(object, table[i].id, &value);
    /* D-074, D-077 */
    ok(hr == table[i].fresh, "property %d: %#lx instead of %#lx", table[i].id, hr, table[i].fresh);
    if (SUCCEEDED(hr))
    {
        ok(V_VT(&value) == table[i].type, "property %d: type %d", table[i].id, V_VT(&value));
        if (table[i].type == VT_UI4) ok_int(V_UI4(&value), table[i].preset);
        if (table[i].type == VT_BOOL) ok_int(V_BOOL(&value), table[i].preset ? VARIANT_TRUE : VARIANT_FALSE);
    }
    VariantClear(&value);
}

/* A value of the right type that reads back (D-076: every other type is refused). */
static void check_round_trip(IDODownload *object, unsigned int i)
{
    VARIANT value, back, reference;
    HRESULT hr;

    V_VT(&value) = VT_R8;
    V_R8(&value) = 1;
    hr = IDODownload_SetProperty(object, table[i].id, &value);
    if (!(table[i].access & WRITE))
    {
        ok(hr == DO_E_READ_ONLY_PROPERTY, "property %d: %#lx", table[i].id, hr); /* D-075 */
        return;
    }
    ok(hr == E_INVALIDARG, "property %d takes a double: %#lx", table[i].id, hr);

    V_VT(&value) = table[i].type;
    switch (table[i].type)
    {
    case VT_UI4: V_UI4(&value) = table[i].id == DODownloadProperty_NoProgressTimeoutSeconds ? 60 : 2; break;
    case VT_UI8: V_UI8(&value) = 0x123456789ull; break;
    case VT_BOOL: V_BOOL(&value) = VARIANT_TRUE; break;
    default: return;
    }
    V_VT(&reference) = V_VT(&value) | VT_BYREF;
    V_BYREF(&reference) = &V_UI8(&value);
    hr = IDODownload_SetProperty(object, table[i].id, &reference);
    ok(hr == S_OK, "property %d by reference: %#lx", table[i].id, hr);
    hr = IDODownload_SetProperty(object, table[i].id, &value);
    ok(hr == S_OK, "property %d: %#lx", table[i].id, hr);
    if (!(table[i].access & READ)) return;
    VariantInit(&back);
    hr = IDODownload_GetProperty(object, table[i].id, &back);
    ok(hr == S_OK && V_VT(&back) == table[i].type, "property %d: %#lx, type %d", table[i].id, hr, V_VT(&back));
    if (table[i].type == VT_UI8) ok(V_UI8(&back) == V_UI8(&value), "property %d reads %llu", table[i].id, V_UI8(&back));
    else if (table[i].type == VT_BOOL) ok_int(V_BOOL(&back), VARIANT_TRUE);
    else ok_int(V_UI4(&back), V_UI4(&value));
    VariantClear(&back);
}

static void check_texts(IDODownload *object)
{
    static const DODownloadProperty plain[] = {
        DODownloadProperty_DisplayName,           DODownloadProperty_ContentId,
        DODownloadProperty_HttpCustomHeaders,     DODownloadProperty_CorrelationVector,
        DODownloadProperty_HttpCustomAuthHeaders,
    };
    WCHAR signed_url[600];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(plain); i++)
    {
        ok_hr(set_text(object, plain[i], L"some t\x00e9xt"), S_OK);
        ok_str(get_text(object, plain[i]), L"some t\x00e9xt");
    }
    /* D-385, D-469 */
    ok_hr(set_text(object, DODownloadProperty_Uri, L""), E_INVALIDARG);
    ok_hr(set_text(object, DODownloadProperty_Uri, L"ftp://server/file"), 0x800c0002);
    ok_hr(set_text(object, DODownloadProperty_Uri, L"no address"), 0x800c0002);
    ok_hr(set_text(object, DODownloadProperty_Uri, L"https://server/file?x=1"), S_OK);
    ok_str(get_text(object, DODownloadProperty_Uri), L"https://server/file?x=1");
    /* B-257: what a URL is signed with is no part of its path */
    for (i = wcslen(wcscpy(signed_url, L"https://server/file?Signature=")); i < 500; i++)
        signed_url[i] = i % 7 ? 'a' + i % 26 : '/';
    signed_url[i] = 0;
    ok_hr(set_text(object, DODownloadProperty_Uri, signed_url), S_OK);
    ok_str(get_text(object, DODownloadProperty_Uri), signed_url);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, L""), E_INVALIDARG);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, L"file.bin"), E_INVALIDARG);
    /* D-062 */
    ok_hr(set_text(object, DODownloadProperty_IntegrityCheckInfo, L"not JSON"), E_INVALIDARG);
    ok_hr(set_text(object, DODownloadProperty_IntegrityCheckInfo,
                   L"{\"PiecesHashFileUrl\":\"http://127.0.0.1/phf\",\"HashOfHashes\":\"AAAA\"}"),
          S_OK);
}

/* C-18 and C-03. */
void check_properties(struct fixture *fixture)
{
    IDODownload *object = download_new(fixture);
    DO_DOWNLOAD_STATUS status;
    unsigned int i;
    VARIANT value;
    GUID id;

    if (!object) return;
    status = download_status(object); /* D-087 */
    ok_int(status.State, DODownloadState_Created);
    ok_int(status.BytesTotal, 0);
    ok_int(status.BytesTransferred, 0);
    ok_hr(status.Error, S_OK);
    ok_hr(status.ExtendedError, S_OK);
    ok_hr(CLSIDFromString((WCHAR *)get_text(object, DODownloadProperty_Id), &id), S_OK);

    for (i = 0; i < ARRAYSIZE(table); i++) check_fresh(object, i);
    for (i = 0; i < ARRAYSIZE(table); i++) check_round_trip(object, i);
    check_texts(object);
    ok_hr(get_result(object, 30), DO_E_UNKNOWN_PROPERTY_ID);
    VariantInit(&value);
    ok_hr(IDODownload_SetProperty(object, 30, &value), DO_E_UNKNOWN_PROPERTY_ID);

    ok_hr(set_number(object, DODownloadProperty_NoProgressTimeoutSeconds, 59), E_INVALIDARG);
    ok_hr(set_number(object, DODownloadProperty_NoProgressTimeoutSeconds, 0), S_OK);
    ok_hr(set_number(object, DODownloadProperty_CostPolicy, 6), E_INVALIDARG);

    ok_hr(IDODownload_Abort(object), S_OK);
    ok_hr(set_text(object, DODownloadProperty_DisplayName, L"late"), DO_E_INVALID_STATE); /* D-078 */
    ok_str(get_text(object, DODownloadProperty_DisplayName), L"some t\x00e9xt");          /* D-086 */
    IDODownload_Release(object);
}

/* C-17 */
void check_certificate(struct fixture *fixture)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, 64);
    IDODownload *object = download_new(fixture);
    VARIANT value;
    void *data;

    if (!object) return;
    SafeArrayAccessData(array, &data);
    memset(data, 0x5a, 64);
    SafeArrayUnaccessData(array);
    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = array;
    ok_hr(IDODownload_SetProperty(object, DODownloadProperty_SecurityContext, &value), 0x80092003);
    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
    SafeArrayDestroy(array);
}

static void check_blanket(IDODownload *object, DWORD authorization, DWORD capabilities)
{
    HRESULT hr = CoSetProxyBlanket((IUnknown *)object, RPC_C_AUTHN_DEFAULT, authorization, COLE_DEFAULT_PRINCIPAL,
                                   RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, capabilities);

    ok(hr == S_OK, "authorization %#lx, capabilities %#lx: %#lx", authorization, capabilities, hr);
}

/* C-02, C-16 and the sinks. */
void check_interfaces(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    struct sink_stream *stream = sink_stream_create();
    IDODownload *object = download_new(fixture);
    WCHAR path[MAX_PATH];
    VARIANT value;

    if (!object) return;
    check_blanket(object, RPC_C_AUTHZ_DEFAULT, EOAC_DEFAULT); /* D-023 */
    check_blanket(object, RPC_C_AUTHZ_NONE, EOAC_STATIC_CLOAKING);
    check_blanket(object, RPC_C_AUTHZ_DEFAULT, EOAC_STATIC_CLOAKING);

    V_VT(&value) = VT_DISPATCH; /* D-056 */
    V_DISPATCH(&value) = NULL;
    ok_hr(IDODownload_SetProperty(object, DODownloadProperty_CallbackInterface, &value), E_INVALIDARG);
    ok_hr(set_object(object, DODownloadProperty_CallbackInterface, &callback->IDODownloadStatusCallback_iface), S_OK);
    VariantInit(&value);
    ok_hr(IDODownload_GetProperty(object, DODownloadProperty_CallbackInterface, &value), S_OK);
    ok_int(V_VT(&value), VT_UNKNOWN);
    VariantClear(&value);
    ok_hr(IDODownload_SetProperty(object, DODownloadProperty_CallbackInterface, &value), S_OK);
    ok_hr(get_result(object, DODownloadProperty_CallbackInterface), E_NOT_SET);
    ok_hr(set_object(object, DODownloadProperty_CallbackInterface, &callback->IDODownloadStatusCallback_iface), S_OK);
    ok_hr(set_object(object, DODownloadProperty_CallbackInterface, NULL), S_OK);
    ok_hr(set_object(object, DODownloadProperty_CallbackInterface, &stream->IStream_iface), E_NOINTERFACE);

    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &callback->IDODownloadStatusCallback_iface),
          E_NOINTERFACE);
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &stream->IStream_iface), S_OK);
    ok_hr(get_result(object, DODownloadProperty_StreamInterface), S_OK);
    client_path(path);
    /* D-057 */
    ok_hr(set_text(object, DODownloadProperty_LocalPath, path), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, NULL), S_OK);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, path), S_OK);
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &stream->IStream_iface),
          DO_E_FILE_DOWNLOADSINK_ALREADY_SET);

    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
    status_callback_destroy(callback);
    sink_stream_destroy(stream);
}

static HRESULT enumerate(struct fixture *fixture, DODownloadProperty id, const WCHAR *text, IEnumUnknown **downloads)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {id, text};

    *downloads = NULL;
    return IDOManager_EnumDownloads(fixture->manager, &category, downloads);
}

/* The only download of that category. */
static IDODownload *find_one(struct fixture *fixture, DODownloadProperty id, const WCHAR *text)
{
    IDODownload *object = NULL;
    IEnumUnknown *downloads;
    IUnknown *unknown = NULL;
    ULONG fetched = 0;

    ok_hr(enumerate(fixture, id, text, &downloads), S_OK);
    if (!downloads) return NULL;
    ok_hr(IEnumUnknown_Next(downloads, 1, &unknown, &fetched), S_OK);
    ok_int(fetched, 1);
    if (unknown)
    {
        ok_hr(IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&object), S_OK); /* D-129 */
        IUnknown_Release(unknown);
    }
    ok_hr(IEnumUnknown_Next(downloads, 1, &unknown, &fetched), S_FALSE); /* D-130 */
    ok_int(fetched, 0);
    IEnumUnknown_Release(downloads);
    return object;
}

/* C-15 */
void check_enumeration(struct fixture *fixture)
{
    struct download download;
    IEnumUnknown *downloads;
    IDODownload *same;
    WCHAR id[64];

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!download_begin(&download, fixture, L"/file")) return;
    lstrcpyW(id, get_text(download.object, DODownloadProperty_Id));
    if ((same = find_one(fixture, DODownloadProperty_Id, id))) /* D-127 */
    {
        check_blanket(same, RPC_C_AUTHZ_NONE, EOAC_STATIC_CLOAKING); /* D-022 */
        ok_str(get_text(same, DODownloadProperty_Id), id);           /* D-131 */
        ok_hr(download_start(same), S_OK);
        IDODownload_Release(same);
    }
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    if ((same = find_one(fixture, DODownloadProperty_LocalPath, download.local))) IDODownload_Release(same);
    if ((same = find_one(fixture, DODownloadProperty_Uri, download.url))) IDODownload_Release(same);
    /* D-124 */
    ok_hr(enumerate(fixture, DODownloadProperty_HttpStatusCode, L"200", &downloads), E_INVALIDARG);
    ok_hr(IDOManager_EnumDownloads(fixture->manager, NULL, &downloads), S_OK); /* D-123 */
    if (downloads) IEnumUnknown_Release(downloads);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    /* D-126, D-128 */
    ok_hr(enumerate(fixture, DODownloadProperty_Id, id, &downloads), DO_E_NO_DOWNLOADS);
    download_end(&download);

    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(IDODownload_Abort(download.object), S_OK);
    ok_hr(enumerate(fixture, DODownloadProperty_LocalPath, download.local, &downloads), DO_E_NO_DOWNLOADS);
    download_end(&download);
}

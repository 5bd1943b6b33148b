/*
 * The properties of a download (section 4 of the rules): types, access, when they may be set, defaults.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>
#include <wincrypt.h>
#include <winhttp.h>

#include "base/debug.h"
#include "base/json.h"
#include "clientstream.h"
#include "download.h"
#include "watch.h"
#include "transfer/conditions/policy.h"

DEBUG_CHANNEL(dosvc);

#define INVALID_URL ((HRESULT)0x800c0002)     /* INET_E_INVALID_URL, D-385 */
#define BAD_CERTIFICATE ((HRESULT)0x80092003) /* CRYPT_E_FILE_ERROR, D-058 */

#define MINIMUM_NO_PROGRESS 60 /* seconds, D-053 */

/* Job flags that the properties 7 and 24 stand for (B-201, B-561). */
#define FLAG_CHECK_REVOCATION 0x001
#define FLAG_IGNORE_NAME 0x002
#define FLAG_IGNORE_DATE 0x004
#define FLAG_IGNORE_CA 0x008
#define FLAG_IGNORE_USAGE 0x010
#define FLAG_REDIRECT_TO_HTTP 0x800

#define READ 0x1
#define WRITE 0x2

/* D-078 */
enum when
{
    WHEN_CREATED,
    WHEN_STOPPED, /* the next start takes it over */
    WHEN_ALIVE,
};

struct property
{
    VARTYPE type;
    BYTE access;
    BYTE when;       /* it may be set */
    BOOL has_preset; /* a value before it is set (D-077) */
    ULONG preset;
};

#define BYTES (VT_ARRAY | VT_UI1)

static const struct property properties[] = {
    [DODownloadProperty_Id] = {VT_BSTR, READ},
    [DODownloadProperty_Uri] = {VT_BSTR, READ | WRITE, WHEN_STOPPED},
    [DODownloadProperty_ContentId] = {VT_BSTR, READ | WRITE, WHEN_CREATED},
    [DODownloadProperty_DisplayName] = {VT_BSTR, READ | WRITE, WHEN_ALIVE},
    [DODownloadProperty_LocalPath] = {VT_BSTR, READ | WRITE, WHEN_CREATED},
    [DODownloadProperty_HttpCustomHeaders] = {VT_BSTR, READ | WRITE, WHEN_STOPPED},
    [DODownloadProperty_CostPolicy] = {VT_UI4, READ | WRITE, WHEN_ALIVE},
    [DODownloadProperty_SecurityFlags] = {VT_UI4, WRITE, WHEN_STOPPED},
    [DODownloadProperty_CallbackFreqPercent] = {VT_UI4, READ | WRITE, WHEN_ALIVE},
    [DODownloadProperty_CallbackFreqSeconds] = {VT_UI4, READ | WRITE, WHEN_ALIVE, TRUE, 1},
    [DODownloadProperty_NoProgressTimeoutSeconds] = {VT_UI4, READ | WRITE, WHEN_ALIVE, TRUE, 0},
    [DODownloadProperty_ForegroundPriority] = {VT_BOOL, READ | WRITE, WHEN_ALIVE, TRUE, FALSE},
    [DODownloadProperty_BlockingMode] = {VT_BOOL, READ | WRITE, WHEN_ALIVE, TRUE, FALSE},
    [DODownloadProperty_CallbackInterface] = {VT_UNKNOWN, READ | WRITE, WHEN_ALIVE},
    [DODownloadProperty_StreamInterface] = {VT_UNKNOWN, READ | WRITE, WHEN_CREATED},
    [DODownloadProperty_SecurityContext] = {BYTES, WRITE, WHEN_STOPPED},
    [DODownloadProperty_NetworkToken] = {VT_BOOL, WRITE, WHEN_STOPPED},
    [DODownloadProperty_CorrelationVector] = {VT_BSTR, READ | WRITE, WHEN_STOPPED},
    [DODownloadProperty_DecryptionInfo] = {VT_BSTR, WRITE, WHEN_CREATED},
    [DODownloadProperty_IntegrityCheckInfo] = {VT_BSTR, WRITE, WHEN_CREATED},
    [DODownloadProperty_IntegrityCheckMandatory] = {VT_BOOL, READ | WRITE, WHEN_CREATED, TRUE, FALSE},
    [DODownloadProperty_TotalSizeBytes] = {VT_UI8, READ | WRITE, WHEN_ALIVE},
    [DODownloadProperty_DisallowOnCellular] = {VT_BOOL, READ | WRITE, WHEN_ALIVE, TRUE, FALSE},
    [DODownloadProperty_HttpCustomAuthHeaders] = {VT_BSTR, READ | WRITE, WHEN_STOPPED},
    [DODownloadProperty_HttpAllowSecureToNonSecureRedirect] = {VT_BOOL, READ | WRITE, WHEN_STOPPED, TRUE, FALSE},
    [DODownloadProperty_NonVolatile] = {VT_BOOL, READ | WRITE, WHEN_ALIVE, TRUE, FALSE},
    [DODownloadProperty_HttpRedirectionTarget] = {VT_BSTR, READ},
    [DODownloadProperty_HttpResponseHeaders] = {VT_BSTR, READ},
    [DODownloadProperty_HttpServerIPAddress] = {VT_BSTR, READ},
    [DODownloadProperty_HttpStatusCode] = {VT_UI4, READ},
};

/* --- values ------------------------------------------------------------------------- */

static HRESULT give_text(const WCHAR *text, size_t length, VARIANT *value)
{
    if (!(V_BSTR(value) = SysAllocStringLen(text, length))) return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT give_number(const struct property *property, ULONG number, VARIANT *value)
{
    V_VT(value) = property->type;
    if (property->type == VT_BOOL) V_BOOL(value) = number ? VARIANT_TRUE : VARIANT_FALSE;
    else V_UI4(value) = number;
    return S_OK;
}

static HRESULT give_note(struct do_download *This, DODownloadProperty id, VARIANT *value)
{
    const struct property *property = &properties[id];
    HRESULT hr = S_OK;
    void *data;
    size_t size;

    if (job_get_note(This->job, id, &data, &size)) return E_OUTOFMEMORY;
    if (!data) return property->has_preset ? give_number(property, property->preset, value) : E_NOT_SET;
    switch (property->type)
    {
    case VT_BSTR: hr = give_text(data, size / sizeof(WCHAR), value); break;
    case VT_UI8:
        V_VT(value) = VT_UI8;
        memcpy(&V_UI8(value), data, sizeof(V_UI8(value)));
        break;
    default: give_number(property, *(ULONG *)data, value); break;
    }
    free(data);
    return hr;
}

/* --- getting ----------------------------------------------------------------------------------- */

static HRESULT give_id(struct do_download *This, VARIANT *value)
{
    WCHAR text[39];
    GUID id;

    job_get_id(This->job, &id);
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    return give_text(text, wcslen(text), value);
}

static HRESULT give_size(struct do_download *This, VARIANT *value)
{
    struct job_status status;

    job_get_status(This->job, &status);
    if (status.remote_size == TRANSFER_SIZE_UNKNOWN) return give_note(This, DODownloadProperty_TotalSizeBytes, value);
    V_VT(value) = VT_UI8;
    V_UI8(value) = status.remote_size;
    return S_OK;
}

/* A cost policy in the states of a network that it allows, as BITS numbers them (D-079, D-209).  What Wine knows of a
 * network has no place for cellular ones. */
static ULONG cost_flags(ULONG policy)
{
    switch (policy)
    {
    case DODownloadCostPolicy_Always: return COST_ALWAYS;
    case DODownloadCostPolicy_Unrestricted: return COST_UNRESTRICTED;
    case DODownloadCostPolicy_NoRoaming: return COST_NOT_ROAMING;
    case DODownloadCostPolicy_NoSurcharge: return COST_NO_SURCHARGE;
    default: return COST_STANDARD;
    }
}

/* What is set, or what the documents name for the priority (D-049). */
static ULONG cost_policy(struct job *job)
{
    BOOL foreground = download_get_number(job, DODownloadProperty_ForegroundPriority, FALSE);
    ULONG preset = foreground ? DODownloadCostPolicy_Always : DODownloadCostPolicy_Standard;

    return download_get_number(job, DODownloadProperty_CostPolicy, preset);
}

static HRESULT give_cost_policy(struct do_download *This, VARIANT *value)
{
    return give_number(&properties[DODownloadProperty_CostPolicy], cost_policy(This->job), value);
}

static HRESULT give_object(struct do_download *This, DODownloadProperty id, VARIANT *value)
{
    IUnknown *object = NULL;
    HRESULT hr;

    if (id == DODownloadProperty_StreamInterface) hr = client_stream_get(This->job, &object);
    else hr = watch_get_callback(This->job, &object);
    if (FAILED(hr)) return hr;
    V_VT(value) = VT_UNKNOWN;
    V_UNKNOWN(value) = object;
    return S_OK;
}

/* What the last answer of the server said. */
static HRESULT give_answer(struct do_download *This, DODownloadProperty id, VARIANT *value)
{
    static const enum file_string strings[] = {FILE_REDIRECTION_TARGET, FILE_RESPONSE_HEADERS, FILE_SERVER_ADDRESS};
    struct file *file = job_get_file(This->job, 0);
    unsigned int status;
    WCHAR *text = NULL;
    HRESULT hr = S_OK;

    if (!file) return E_NOT_SET;
    if (id == DODownloadProperty_HttpStatusCode)
    {
        if ((status = file_get_http_status(file))) give_number(&properties[id], status, value);
        else hr = E_NOT_SET;
    }
    else if (file_get_string(file, strings[id - DODownloadProperty_HttpRedirectionTarget], &text)) hr = E_OUTOFMEMORY;
    else hr = text ? give_text(text, wcslen(text), value) : E_NOT_SET;
    free(text);
    file_release(file);
    return hr;
}

HRESULT download_get_property(struct do_download *This, DODownloadProperty id, VARIANT *value)
{
    if ((unsigned int)id >= ARRAYSIZE(properties)) return DO_E_UNKNOWN_PROPERTY_ID;
    if (!(properties[id].access & READ)) return DO_E_WRITE_ONLY_PROPERTY;
    switch (id)
    {
    case DODownloadProperty_Id: return give_id(This, value);
    case DODownloadProperty_CostPolicy: return give_cost_policy(This, value);
    case DODownloadProperty_CallbackInterface:
    case DODownloadProperty_StreamInterface: return give_object(This, id, value);
    case DODownloadProperty_TotalSizeBytes: return give_size(This, value);
    case DODownloadProperty_HttpRedirectionTarget:
    case DODownloadProperty_HttpResponseHeaders:
    case DODownloadProperty_HttpServerIPAddress:
    case DODownloadProperty_HttpStatusCode: return give_answer(This, id, value);
    default: return give_note(This, id, value);
    }
}

/* --- setting ---------------------------------------------------------------------------------------- */

static HRESULT check_when(struct do_download *This, DODownloadProperty id)
{
    DO_DOWNLOAD_STATUS status;

    download_get_status(This->service, This->job, &status);
    switch (status.State)
    {
    case DODownloadState_Created: return S_OK;
    case DODownloadState_Paused:
    case DODownloadState_Transferred: return properties[id].when == WHEN_CREATED ? DO_E_INVALID_STATE : S_OK;
    case DODownloadState_Transferring: return properties[id].when == WHEN_ALIVE ? S_OK : DO_E_INVALID_STATE;
    default: return DO_E_INVALID_STATE;
    }
}

BOOL do_is_json(const WCHAR *text, size_t length)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, length, NULL, 0, NULL, NULL);
    struct json_value value;
    BOOL is_json = FALSE;
    char *utf8;

    if (!length || !(utf8 = malloc(size))) return FALSE;
    WideCharToMultiByte(CP_UTF8, 0, text, length, utf8, size, NULL, NULL);
    is_json = json_parse(utf8, size, &value) && value.type == JSON_OBJECT;
    free(utf8);
    return is_json;
}

/* D:\dir\file or \\server\share\file (D-469); what else may be wrong with it turns up in the transfer. */
static BOOL is_absolute(const WCHAR *path)
{
    if (path[0] == '\\' && path[1] == '\\') return path[2] != 0;
    return iswalpha(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/') && path[3];
}

/* No file may have such a name (D-099): found out in the transfer, as on Windows.  \\?\ begins one that may. */
static BOOL is_malformed(const WCHAR *path)
{
    if (!wcsncmp(path, L"\\\\?\\", 4)) path += 4;
    for (; *path; path++)
        if (*path < ' ' || wcschr(L"*?<>|\"", *path)) return TRUE;
    return FALSE;
}

static HRESULT check_text(struct do_download *This, DODownloadProperty id, const WCHAR *text, size_t length)
{
    if (wcslen(text) != length) return E_INVALIDARG;
    switch (id)
    {
    case DODownloadProperty_Uri:
        if (!length) return E_INVALIDARG;
        return transfer_is_http_url(text) ? S_OK : INVALID_URL;
    case DODownloadProperty_ContentId: return length ? S_OK : DO_E_INVALID_CONTENT_ID;
    case DODownloadProperty_LocalPath:
        if (!is_absolute(text) && !is_malformed(text)) return E_INVALIDARG;
        return client_stream_is_set(This->job) ? DO_E_FILE_DOWNLOADSINK_ALREADY_SET : S_OK;
    case DODownloadProperty_DecryptionInfo:
    case DODownloadProperty_IntegrityCheckInfo: return do_is_json(text, length) ? S_OK : E_INVALIDARG; /* D-062 */
    default: return S_OK;
    }
}

static HRESULT check_number(DODownloadProperty id, ULONG number)
{
    switch (id)
    {
    case DODownloadProperty_CostPolicy: return number <= DODownloadCostPolicy_NoCellular ? S_OK : E_INVALIDARG;
    case DODownloadProperty_CallbackFreqPercent: return number <= 100 ? S_OK : E_INVALIDARG;
    case DODownloadProperty_NoProgressTimeoutSeconds:
        return !number || number >= MINIMUM_NO_PROGRESS ? S_OK : E_INVALIDARG;
    default: return S_OK;
    }
}

/* Set a note together with the number of the job that follows from it. */
static HRESULT set_note(struct do_download *This, DODownloadProperty id, const void *data, size_t size, ULONG number)
{
    struct job_change changes[2] = {
        {.kind = JOB_CHANGE_NOTE, .which = id, .blob = data, .size = size},
        {.kind = JOB_CHANGE_NUMBER},
    };
    unsigned int count = 2;
    HRESULT hr;

    switch (id)
    {
    case DODownloadProperty_CallbackFreqPercent:
        /* Only for its sake the library reports every step. */
        changes[1].which = JOB_NOTIFY_FLAGS;
        changes[1].number = number ? JOB_EVENT_MODIFIED : 0;
        break;
    case DODownloadProperty_NoProgressTimeoutSeconds:
        changes[1].which = JOB_NO_PROGRESS_TIMEOUT;
        changes[1].number = number ? number : SINGLE_NO_PROGRESS;
        break;
    case DODownloadProperty_ForegroundPriority:
        changes[1].which = JOB_PRIORITY;
        changes[1].number = number ? JOB_FOREGROUND : JOB_NORMAL;
        break;
    case DODownloadProperty_CostPolicy:
        changes[1].which = JOB_COST_FLAGS;
        changes[1].number = cost_flags(number);
        break;
    case DODownloadProperty_NonVolatile:
        changes[1].which = JOB_VOLATILE;
        changes[1].number = !number;
        break;
    default: count = 1; break;
    }
    hr = com_result(This->service, job_set(This->job, changes, count));
    if (SUCCEEDED(hr) && (id == DODownloadProperty_CallbackFreqPercent || id == DODownloadProperty_CallbackFreqSeconds))
        watch_settings_changed(This->job);
    return hr;
}

static HRESULT set_text(struct do_download *This, DODownloadProperty id, BSTR value)
{
    const WCHAR *text = value ? value : L"";
    size_t length = SysStringLen(value);
    HRESULT hr = check_text(This, id, text, length);

    return FAILED(hr) ? hr : set_note(This, id, text, length * sizeof(*text), 0);
}

static HRESULT set_object(struct do_download *This, DODownloadProperty id, IUnknown *object)
{
    WCHAR *path;
    HRESULT hr;

    if (id == DODownloadProperty_CallbackInterface) return watch_set_callback(This->job, object);
    if (object)
    {
        if (FAILED(hr = download_get_text(This->job, DODownloadProperty_LocalPath, &path))) return hr;
        free(path);
        if (path) return DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
    }
    return client_stream_set(This->service, This->job, object);
}

/* A certificate context as Windows serializes it, or the certificate alone. */
static const CERT_CONTEXT *parse_certificate(const BYTE *data, DWORD size)
{
    const void *context = NULL;

    if (CertAddSerializedElementToStore(NULL, data, size, CERT_STORE_ADD_NEW, 0, CERT_STORE_CERTIFICATE_CONTEXT_FLAG,
                                        NULL, &context))
        return context;
    return CertCreateCertificateContext(X509_ASN_ENCODING, data, size);
}

static HRESULT set_certificate(struct do_download *This, SAFEARRAY *array)
{
    const CERT_CONTEXT *certificate = NULL;
    LONG lower = 0, upper = -1;
    HRESULT hr;
    void *data;

    if (!array || SafeArrayGetDim(array) != 1) return E_INVALIDARG;
    SafeArrayGetLBound(array, 1, &lower);
    SafeArrayGetUBound(array, 1, &upper);
    if (upper < lower) return BAD_CERTIFICATE;
    if (FAILED(hr = SafeArrayAccessData(array, &data))) return hr;
    if (!(certificate = parse_certificate(data, upper - lower + 1))) hr = BAD_CERTIFICATE;
    else hr = set_note(This, DODownloadProperty_SecurityContext, data, upper - lower + 1, 0);
    if (certificate) CertFreeCertificateContext(certificate);
    SafeArrayUnaccessData(array);
    return hr;
}

/* value is no reference any more. */
static HRESULT set_value(struct do_download *This, DODownloadProperty id, const VARIANT *value)
{
    BOOL is_object = properties[id].type == VT_UNKNOWN;
    ULONG number;
    HRESULT hr;

    /* D-076 */
    if (V_VT(value) != properties[id].type && !(is_object && V_VT(value) == VT_EMPTY)) return E_INVALIDARG;
    if (FAILED(hr = check_when(This, id))) return hr;
    if (is_object) return set_object(This, id, V_VT(value) == VT_EMPTY ? NULL : V_UNKNOWN(value));
    switch (properties[id].type)
    {
    case VT_BSTR: return set_text(This, id, V_BSTR(value));
    case BYTES: return set_certificate(This, V_ARRAY(value));
    case VT_UI8: return set_note(This, id, &V_UI8(value), sizeof(V_UI8(value)), 0);
    default:
        number = V_VT(value) == VT_BOOL ? V_BOOL(value) != VARIANT_FALSE : V_UI4(value);
        hr = check_number(id, number);
        return FAILED(hr) ? hr : set_note(This, id, &number, sizeof(number), number);
    }
}

HRESULT download_set_property(struct do_download *This, DODownloadProperty id, const VARIANT *value)
{
    VARIANT plain;
    HRESULT hr;

    if ((unsigned int)id >= ARRAYSIZE(properties)) return DO_E_UNKNOWN_PROPERTY_ID;
    if (!(properties[id].access & WRITE)) return DO_E_READ_ONLY_PROPERTY;
    if (!(V_VT(value) & VT_BYREF)) return set_value(This, id, value);
    VariantInit(&plain);
    if (FAILED(VariantCopyInd(&plain, (VARIANT *)value))) return E_INVALIDARG;
    hr = set_value(This, id, &plain);
    VariantClear(&plain);
    return hr;
}

/* --- what the transfer must know ----------------------------------------------------------------------- */

static ULONG security_flags(struct job *job)
{
    ULONG given = download_get_number(job, DODownloadProperty_SecurityFlags, 0), flags = 0;

    /* the others do not count then (D-050) */
    if (given & WINHTTP_ENABLE_SSL_REVOCATION) flags |= FLAG_CHECK_REVOCATION;
    else
    {
        if (given & SECURITY_FLAG_IGNORE_UNKNOWN_CA) flags |= FLAG_IGNORE_CA;
        if (given & SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE) flags |= FLAG_IGNORE_USAGE;
        if (given & SECURITY_FLAG_IGNORE_CERT_CN_INVALID) flags |= FLAG_IGNORE_NAME;
        if (given & SECURITY_FLAG_IGNORE_CERT_DATE_INVALID) flags |= FLAG_IGNORE_DATE;
    }
    if (download_get_number(job, DODownloadProperty_HttpAllowSecureToNonSecureRedirect, FALSE))
        flags |= FLAG_REDIRECT_TO_HTTP;
    return flags;
}

static HRESULT apply_certificate(struct job *job)
{
    const CERT_CONTEXT *certificate = NULL;
    void *data;
    size_t size;

    if (job_get_note(job, DODownloadProperty_SecurityContext, &data, &size)) return E_OUTOFMEMORY;
    if (data && !(certificate = parse_certificate(data, size)))
    {
        free(data);
        return BAD_CERTIFICATE;
    }
    job_set_certificate(job, certificate);
    if (certificate) CertFreeCertificateContext(certificate);
    free(data);
    return S_OK;
}

HRESULT download_apply_properties(struct do_download *This)
{
    struct job_change changes[] = {
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_SECURITY_FLAGS, .number = security_flags(This->job)},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CUSTOM_HEADERS},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CHALLENGE_HEADERS},
        {.kind = JOB_CHANGE_STRING, .which = JOB_CORRELATION_VECTOR},
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_COST_FLAGS, .number = cost_flags(cost_policy(This->job))},
    };
    WCHAR *custom = NULL, *challenge = NULL, *vector = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = download_get_text(This->job, DODownloadProperty_HttpCustomHeaders, &custom)) &&
        SUCCEEDED(hr = download_get_text(This->job, DODownloadProperty_HttpCustomAuthHeaders, &challenge)))
        hr = download_get_text(This->job, DODownloadProperty_CorrelationVector, &vector);
    changes[1].string = custom;
    changes[2].string = challenge;
    changes[3].string = vector && *vector ? vector : NULL;
    if (SUCCEEDED(hr)) hr = apply_certificate(This->job);
    if (SUCCEEDED(hr)) hr = com_result(This->service, job_set(This->job, changes, ARRAYSIZE(changes)));
    free(custom);
    free(challenge);
    free(vector);
    return hr;
}

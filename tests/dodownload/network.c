/*
 * Where bytes come from and how fast: cache servers, limits of bandwidth, client certificates.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "httpclient/tlsservers.h"
#include "wine/test.h"

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\DeliveryOptimization"

static HKEY open_policies(void)
{
    HKEY key;

    if (winetest_is_wine() &&
        !RegCreateKeyExW(HKEY_LOCAL_MACHINE, POLICIES, 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL))
        return key;
    skip("no right to set policies");
    return NULL;
}

static void set_number_policy(HKEY key, const WCHAR *name, DWORD value)
{
    ok(!RegSetValueExW(key, name, 0, REG_DWORD, (BYTE *)&value, sizeof(value)), "%ls is not set", name);
}

/* host:port of a server. */
static WCHAR *authority(const struct server *server, WCHAR *buffer)
{
    WCHAR url[128];

    server_url(server, L"", url, ARRAYSIZE(url));
    return lstrcpyW(buffer, url + 7);
}

static void fetch(struct fixture *fixture, const WCHAR *path)
{
    struct download download;

    winetest_push_context("%ls", path);
    if (download_begin(&download, fixture, path))
    {
        ok_hr(download_start(download.object), S_OK);
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(download.object), S_OK);
        pattern_check_file(download.local, SMALL_SIZE, 0);
        download_end(&download);
    }
    winetest_pop_context();
}

/* D-303, D-368, D-394, D-425, D-426 */
void check_cache(struct fixture *fixture)
{
    struct server *cache = server_create(), *failing = server_create();
    WCHAR host[64], hosts[160], origin[64];
    const struct server_request *request;
    HKEY key = open_policies();
    char target[256];

    if (!key) return;
    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/other", &(struct route){.size = SMALL_SIZE});
    server_route(cache, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(failing, "/file", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_CUT, .cut_at = 20000});

    /* The cache server is asked, and nobody else. */
    wsprintfW(hosts, L" %s", authority(cache, host));
    RegSetValueExW(key, L"DOCacheHost", 0, REG_SZ, (BYTE *)hosts, (lstrlenW(hosts) + 1) * sizeof(WCHAR));
    fetch(fixture, L"/file?a=b");
    ok_int(server_count(fixture->server, NULL, NULL), 0);
    if (ok((request = server_request(cache, "GET", "/file", 0)) != NULL, "the cache server was not asked"))
    {
        snprintf(target, sizeof(target), "/file?a=b&cacheHostOrigin=%ls", authority(fixture->server, origin));
        ok(!strcmp(request->target, target), "asked for %s instead of %s", request->target, target);
    }
    /* What it does not have comes from where it belongs; then it is left alone for a while. */
    fetch(fixture, L"/other");
    ok_int(server_count(cache, "GET", "/other"), 1);
    ok_int(server_count(fixture->server, "GET", "/other"), 1);
    fetch(fixture, L"/file");
    ok_int(server_count(cache, "GET", "/file"), 1);

    /* One that breaks off in the middle: the rest comes from the server itself. */
    authority(failing, host);
    RegSetValueExW(key, L"DOCacheHost", 0, REG_SZ, (BYTE *)host, (lstrlenW(host) + 1) * sizeof(WCHAR));
    fetch(fixture, L"/file");
    ok_int(server_count(failing, "GET", "/file"), 1);
    if ((request = server_request(fixture->server, "GET", "/file", server_count(fixture->server, "GET", "/file") - 1)))
    {
        server_header(request, "Range", target, sizeof(target));
        ok(!strncmp(target, "bytes=20000-", 12), "the rest was asked for with \"%s\"", target);
    }
    RegDeleteValueW(key, L"DOCacheHost");
    RegCloseKey(key);
    server_destroy(cache);
    server_destroy(failing);
}

/* D-424: the time to wait for peers is for downloads that may have some: here none may (D-212), HTTP is used now. */
void check_delay(struct fixture *fixture)
{
    static const WCHAR *const names[] = {L"DODelayForegroundDownloadFromHttp", L"DODelayBackgroundDownloadFromHttp"};
    struct download download;
    HKEY key = open_policies();
    unsigned int i;

    if (!key) return;
    server_route(fixture->server, "/file", &(struct route){.size = 1000});
    for (i = 0; i < ARRAYSIZE(names); i++) set_number_policy(key, names[i], 4294967); /* the longest time */
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(names[i]));
        if (download_begin(&download, fixture, L"/file"))
        {
            ok_hr(set_bool(download.object, DODownloadProperty_ForegroundPriority, !i), S_OK);
            ok_hr(download_start(download.object), S_OK);
            download_wait(download.object, DODownloadState_Transferred, SOON_MS);
            download_end(&download);
        }
        winetest_pop_context();
    }
    for (i = 0; i < ARRAYSIZE(names); i++) RegDeleteValueW(key, names[i]);
    RegCloseKey(key);
}

/* D-422: two downloads of the background share what it may take. */
void check_bandwidth(struct fixture *fixture)
{
    struct download first, second;
    HKEY key = open_policies();
    ULONGLONG start, taken;

    if (!key) return;
    server_route(fixture->server, "/file", &(struct route){.size = 150000});
    set_number_policy(key, L"DOMaxBackgroundDownloadBandwidth", 100);
    start = GetTickCount64();
    if (download_begin(&first, fixture, L"/file") && download_begin(&second, fixture, L"/file"))
    {
        ok_hr(download_start(first.object), S_OK);
        ok_hr(download_start(second.object), S_OK);
        download_wait(first.object, DODownloadState_Transferred, SOON_MS);
        download_wait(second.object, DODownloadState_Transferred, SOON_MS);
        taken = GetTickCount64() - start;
        ok(taken >= 1800, "300 kB at 100 kB a second took %llu ms", taken);
        download_end(&first);
        download_end(&second);
    }
    /* The foreground has a limit of its own: none. */
    start = GetTickCount64();
    if (download_begin(&first, fixture, L"/file"))
    {
        ok_hr(set_bool(first.object, DODownloadProperty_ForegroundPriority, TRUE), S_OK);
        ok_hr(download_start(first.object), S_OK);
        download_wait(first.object, DODownloadState_Transferred, SOON_MS);
        taken = GetTickCount64() - start;
        ok(taken < 1300, "the foreground took %llu ms", taken); /* D-054 */
        download_end(&first);
    }
    RegDeleteValueW(key, L"DOMaxBackgroundDownloadBandwidth");
    RegCloseKey(key);
}

/* The client's certificate as Windows serializes it, with the name of its private key (D-159). */
static SAFEARRAY *serialize_certificate(void)
{
    const CERT_CONTEXT *certificate = CertDuplicateCertificateContext(tlsservers_client());
    CRYPT_KEY_PROV_INFO info = {0};
    DWORD size = 0, spec = 0;
    SAFEARRAY *array = NULL;
    WCHAR wide[256];
    HCRYPTPROV provider;
    char name[256];
    BOOL free_it;
    void *data;

    if (CryptAcquireCertificatePrivateKey(certificate, 0, NULL, &provider, &spec, &free_it))
    {
        size = sizeof(name);
        if (CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)name, &size, 0))
        {
            MultiByteToWideChar(CP_ACP, 0, name, -1, wide, ARRAYSIZE(wide));
            info.pwszContainerName = wide;
            info.dwProvType = PROV_RSA_FULL;
            info.dwKeySpec = spec;
            CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
        }
    }
    size = 0;
    CertSerializeCertificateStoreElement(certificate, 0, NULL, &size);
    if (ok(size, "the certificate cannot be serialized") && (array = SafeArrayCreateVector(VT_UI1, 0, size)))
    {
        SafeArrayAccessData(array, &data);
        CertSerializeCertificateStoreElement(certificate, 0, data, &size);
        SafeArrayUnaccessData(array);
    }
    CertFreeCertificateContext(certificate);
    return array;
}

static IDODownload *begin_tls(struct fixture *fixture, const char *server, WCHAR *local)
{
    IDODownload *object = download_new(fixture);
    WCHAR url[128];

    if (!object) return NULL;
    wsprintfW(url, L"https://localhost:%u/", tlsservers_port(server));
    ok_hr(set_text(object, DODownloadProperty_Uri, url), S_OK);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, client_path(local)), S_OK);
    return object;
}

/* D-050, D-058, D-159, D-367 */
void check_tls(struct fixture *fixture)
{
    WCHAR local[MAX_PATH];
    IDODownload *object;
    const char *why;
    VARIANT value;

    if (!tlsservers_start(&why))
    {
        skip("TLS servers: %s", why);
        return;
    }
    /* Nobody knows the authority, */
    if ((object = begin_tls(fixture, "optional", local)))
    {
        ok_hr(download_start(object), S_OK);
        download_wait(object, DODownloadState_Paused, SOON_MS);
        ok_hr(download_status(object).Error, DO_E_HTTP_CERT_VALIDATION);
        /* which does not matter to who says so. */
        ok_hr(set_number(object, DODownloadProperty_SecurityFlags, 0x100), S_OK);
        ok_hr(IDODownload_Start(object, NULL), S_OK);
        download_wait(object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Abort(object), S_OK);
        IDODownload_Release(object);
    }
    /* A server that wants the client's certificate. */
    if ((object = begin_tls(fixture, "client", local)))
    {
        ok_hr(set_number(object, DODownloadProperty_SecurityFlags, 0x100), S_OK);
        V_VT(&value) = VT_ARRAY | VT_UI1;
        if ((V_ARRAY(&value) = serialize_certificate()))
        {
            ok_hr(IDODownload_SetProperty(object, DODownloadProperty_SecurityContext, &value), S_OK);
            SafeArrayDestroy(V_ARRAY(&value));
            ok_hr(download_start(object), S_OK);
            download_wait(object, DODownloadState_Transferred, SOON_MS);
        }
        ok_hr(IDODownload_Abort(object), S_OK);
        IDODownload_Release(object);
    }
    tlsservers_stop();
}

/*
 * Which proxies a URL is reached through.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Scripts and automatic detection are WinHTTP's business; it may take its time, so that happens in a task
 * that can be left behind.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/errors.h"
#include "http/proxy.h"
#include "http/proxymemory.h"
#include "http/redact.h"
#include "http/task.h"

#include "base/debug.h"
#include "base/library.h"

DEBUG_CHANNEL(bitshttp);

/* ms for finding, fetching and running a script; afterwards the connection is made as if there were none. */
#define SCRIPT_TIMEOUT 60000

static const WCHAR settings_key[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";
static const WCHAR connections_key[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections";

void http_route_list_init(struct http_route_list *routes)
{
    memset(routes, 0, sizeof(*routes));
    http_proxy_list_init(&routes->list);
}

void http_route_list_cleanup(struct http_route_list *routes)
{
    free(routes->origin);
    http_proxy_list_cleanup(&routes->list);
    memset(routes, 0, sizeof(*routes));
    http_proxy_list_init(&routes->list);
}

const struct http_proxy *http_route_list_next(const struct http_route_list *routes, const struct http_proxy *previous)
{
    return routes->direct ? NULL : http_proxy_list_next(&routes->list, routes->scheme, previous);
}

/* --- lists --- */

static char *to_utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *utf8 = malloc(size);

    if (utf8) WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, size, NULL, NULL);
    return utf8;
}

static uint32_t list_error(enum http_parse_error error)
{
    if (error && error != HTTP_PARSE_NO_MEMORY) WARN("a malformed list, parser says %d\n", error);
    return http_win32_error(error, ERROR_INVALID_PARAMETER);
}

static uint32_t match_bypass(const WCHAR *text, const struct http_url *url, bool *matches)
{
    struct http_proxy_bypass bypass;
    char *utf8 = NULL;
    uint32_t error;

    http_proxy_bypass_init(&bypass);
    error = ERROR_NOT_ENOUGH_MEMORY;
    if ((utf8 = to_utf8(text)) && !(error = list_error(http_proxy_bypass_parse(&bypass, utf8, strlen(utf8)))))
        *matches = http_proxy_bypass_match(&bypass, url);
    http_proxy_bypass_cleanup(&bypass);
    free(utf8);
    return error;
}

/* Makes the lists the ways to the URL; either may be NULL. */
static uint32_t use_lists(struct http_route_list *routes, const WCHAR *list, const WCHAR *bypass,
                          const struct http_url *url)
{
    uint32_t error;
    char *utf8;

    routes->direct = !list;
    if (bypass && (error = match_bypass(bypass, url, &routes->direct))) return error;
    if (!list || routes->direct) return 0;
    if (!(utf8 = to_utf8(list))) return ERROR_NOT_ENOUGH_MEMORY;
    error = list_error(http_proxy_list_parse(&routes->list, utf8, strlen(utf8)));
    free(utf8);
    return error;
}

/* --- scripts --- */

struct script_task
{
    struct http_task task;
    WCHAR *url;
    WCHAR *script; /* its URL; NULL: detect it */
    BOOL found;
    WINHTTP_PROXY_INFO info;
};

static void script_task_run(struct http_task *task)
{
    struct script_task *work = CONTAINING_RECORD(task, struct script_task, task);
    __typeof__(&WinHttpOpen) open = library_function(L"winhttp.dll", "WinHttpOpen");
    __typeof__(&WinHttpCloseHandle) close = library_function(L"winhttp.dll", "WinHttpCloseHandle");
    __typeof__(&WinHttpGetProxyForUrl) get = library_function(L"winhttp.dll", "WinHttpGetProxyForUrl");
    WINHTTP_AUTOPROXY_OPTIONS options = {0};
    HINTERNET session;

    if (!open || !close || !get) return;
    if (!(session = open(L"wine-bits", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0))) return;
    if (work->script)
    {
        options.dwFlags = WINHTTP_AUTOPROXY_CONFIG_URL;
        options.lpszAutoConfigUrl = work->script;
    }
    else
    {
        options.dwFlags = WINHTTP_AUTOPROXY_AUTO_DETECT;
        options.dwAutoDetectFlags = WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A;
    }
    options.fAutoLogonIfChallenged = TRUE;
    work->found = get(session, work->url, &options, &work->info);
    if (!work->found && work->script)
        WARN("the proxy script %s cannot be used, error %lu\n", debug_urlw(work->script), GetLastError());
    if (!work->found && !work->script) TRACE("no proxy script was detected, error %lu\n", GetLastError());
    close(session);
}

static void script_task_destroy(struct http_task *task)
{
    struct script_task *work = CONTAINING_RECORD(task, struct script_task, task);

    if (work->info.lpszProxy) GlobalFree(work->info.lpszProxy);
    if (work->info.lpszProxyBypass) GlobalFree(work->info.lpszProxyBypass);
    free(work->script);
    free(work->url);
    free(work);
}

/* What a script is told of a URL: as browsers do, of https the server alone, and never a password. */
static WCHAR *url_text(const struct http_url *url)
{
    char *host = http_url_to_host(url), *text = NULL;
    WCHAR *wide = NULL;
    size_t length;
    int size;

    if (url->scheme == HTTP_SCHEME_HTTP) text = http_url_to_string(url, 0);
    else if (host)
    {
        length = strlen(host) + sizeof("https:///");
        if ((text = malloc(length))) snprintf(text, length, "https://%s/", host);
    }
    free(host);
    if (text)
    {
        size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
        if ((wide = malloc(size * sizeof(*wide)))) MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
        free(text);
    }
    return wide;
}

/* What WinHTTP found out. */
static uint32_t keep_answer(const struct script_task *work, struct http_proxy_answer *answer)
{
    bool named = work->info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY;

    answer->found = work->found;
    if (!work->found || !named) return 0;
    if (work->info.lpszProxy && !(answer->list = _wcsdup(work->info.lpszProxy))) return ERROR_NOT_ENOUGH_MEMORY;
    if (work->info.lpszProxyBypass && !(answer->bypass = _wcsdup(work->info.lpszProxyBypass)))
        return ERROR_NOT_ENOUGH_MEMORY;
    TRACE("the script says %s\n", debug_wstr(answer->list));
    return 0;
}

/* Has a script run.  answer->found stays false when it cannot be asked. */
static uint32_t ask_script(const WCHAR *script, const struct http_url *url, const struct http_cancel *cancel,
                           struct http_proxy_answer *answer)
{
    struct script_task *work;
    uint32_t error;

    if (!(work = calloc(1, sizeof(*work)))) return ERROR_NOT_ENOUGH_MEMORY;
    work->task.run = script_task_run;
    work->task.destroy = script_task_destroy;
    if (!(work->url = url_text(url)) || (script && !(work->script = _wcsdup(script))))
    {
        script_task_destroy(&work->task);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if ((error = http_task_run(&work->task, SCRIPT_TIMEOUT, cancel))) return error == ERROR_WINHTTP_TIMEOUT ? 0 : error;
    error = keep_answer(work, answer);
    http_task_release(&work->task);
    return error;
}

/* The ways that a script says, or has said lately.  *found stays false when it cannot be asked. */
static uint32_t use_script(struct http_route_list *routes, const WCHAR *script, const struct http_url *url,
                           const struct http_cancel *cancel, bool *found)
{
    struct http_proxy_answer answer;
    WCHAR origin[HTTP_URL_HOST_MAX + 32];
    uint32_t error = 0;

    _snwprintf(origin, ARRAYSIZE(origin), L"%d %hs %u", url->scheme, url->host, url->port);
    if (!http_proxy_memory_get(script, origin, &answer) && !(error = ask_script(script, url, cancel, &answer)) &&
        (answer.found || !script))
        http_proxy_memory_put(script, origin, &answer);
    if (!error && (*found = answer.found)) error = use_lists(routes, answer.list, answer.bypass, url);
    http_proxy_answer_cleanup(&answer);
    return error;
}

/* --- the user's settings --- */

struct proxy_settings
{
    bool detect;
    WCHAR *script, *list, *bypass; /* allocated or NULL */
};

static void free_settings(struct proxy_settings *settings)
{
    free(settings->script);
    free(settings->list);
    free(settings->bypass);
}

static WCHAR *read_value(HKEY key, const WCHAR *name)
{
    WCHAR *text = NULL;
    DWORD size = 0;

    if (RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, NULL, &size) || size <= sizeof(WCHAR)) return NULL;
    if (!(text = malloc(size))) return NULL;
    if (!RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text, &size) && text[0]) return text;
    free(text);
    return NULL;
}

/* What the control panel writes, and what administrators and scripts set. */
static void read_registry(struct proxy_settings *settings)
{
    DWORD enabled = 0, size = sizeof(enabled);
    HKEY key;

    if (RegOpenKeyExW(HKEY_CURRENT_USER, settings_key, 0, KEY_READ, &key)) return;
    if (!settings->script) settings->script = read_value(key, L"AutoConfigURL");
    if (!settings->list && !RegGetValueW(key, NULL, L"ProxyEnable", RRF_RT_REG_DWORD, NULL, &enabled, &size) && enabled)
    {
        settings->list = read_value(key, L"ProxyServer");
        free(settings->bypass);
        settings->bypass = read_value(key, L"ProxyOverride");
    }
    RegCloseKey(key);
}

static WCHAR *take_global(WCHAR *text)
{
    WCHAR *copy = text && text[0] ? _wcsdup(text) : NULL;

    if (text) GlobalFree(text);
    return copy;
}

/* Whether anything was ever set for the system's function to tell: Windows always has that value, Wine does not. */
static bool has_connection_settings(void)
{
    HKEY key;
    bool found;

    if (RegOpenKeyExW(HKEY_CURRENT_USER, connections_key, 0, KEY_READ, &key)) return false;
    found = !RegQueryValueExW(key, L"DefaultConnectionSettings", NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return found;
}

/* Detection looks for wpad in the machine's domain. */
static bool has_domain(void)
{
    WCHAR domain[256];
    DWORD size = ARRAYSIZE(domain);

    return GetComputerNameExW(ComputerNamePhysicalDnsDomain, domain, &size) ? domain[0] != 0
                                                                            : GetLastError() == ERROR_MORE_DATA;
}

/*
 * The system's own view first: on Windows it is complete.  Wine's does not know the other values of the registry. 
 * Where
 * nothing was ever set it asks for detection, as Windows does: that costs a search of the network, which is spared a
 * machine where it finds nothing.
 */
static void read_settings(struct proxy_settings *settings)
{
    __typeof__(&WinHttpGetIEProxyConfigForCurrentUser) get = NULL;
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config = {0};

    memset(settings, 0, sizeof(*settings));
    if (has_connection_settings() || has_domain())
        get = library_function(L"winhttp.dll", "WinHttpGetIEProxyConfigForCurrentUser");
    if (get && get(&config))
    {
        settings->detect = config.fAutoDetect;
        settings->script = take_global(config.lpszAutoConfigUrl);
        settings->list = take_global(config.lpszProxy);
        settings->bypass = take_global(config.lpszProxyBypass);
    }
    read_registry(settings);
}

/* The order is that of WinHTTP's automatic proxy (B-565): detection, script, list. */
static uint32_t use_settings(struct http_route_list *routes, const struct http_url *url,
                             const struct http_cancel *cancel)
{
    struct proxy_settings settings;
    bool found = false;
    uint32_t error = 0;

    read_settings(&settings);
    if (settings.detect) error = use_script(routes, NULL, url, cancel, &found);
    if (!error && !found && settings.script) error = use_script(routes, settings.script, url, cancel, &found);
    if (!error && !found) error = use_lists(routes, settings.list, settings.bypass, url);
    free_settings(&settings);
    return error;
}

/* --- all together --- */

static uint32_t find_routes(struct http_route_list *routes, const struct http_options *options,
                            const struct http_url *url, const struct http_cancel *cancel)
{
    bool found = false;

    routes->scheme = url->scheme;
    routes->direct = true;
    switch (options->proxy_mode)
    {
    case HTTP_PROXY_LIST: return use_lists(routes, options->proxy_list, options->proxy_bypass, url);
    case HTTP_PROXY_AUTODETECT: return use_script(routes, NULL, url, cancel, &found);
    case HTTP_PROXY_PRECONFIG: return use_settings(routes, url, cancel);
    case HTTP_PROXY_NONE: break;
    }
    return 0;
}

uint32_t http_route_list_find(struct http_route_list *routes, const struct http_options *options,
                              const struct http_url *url, const struct http_cancel *cancel, bool *changed)
{
    char origin[HTTP_URL_HOST_MAX + 32];
    uint32_t error;

    snprintf(origin, sizeof(origin), "%d %s %u", url->scheme, url->host, url->port);
    *changed = false;
    if (routes->origin && !strcmp(routes->origin, origin)) return 0;
    http_route_list_cleanup(routes);
    *changed = true;
    error = find_routes(routes, options, url, cancel);
    if (!error && !(routes->origin = _strdup(origin))) error = ERROR_NOT_ENOUGH_MEMORY;
    return error;
}

/*
 * What the administrator wants of Delivery Optimization (section 15 of the rules).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values are read when they are needed: a change counts at once.  What is about peers has no meaning here.
 */

#include <stdlib.h>
#include <windows.h>

#include "domsg.h"
#include "dosvc.h"

#define MODE_BYPASS 100

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define CONFIG L"Software\\Microsoft\\Windows\\CurrentVersion\\DeliveryOptimization\\Config"

static BOOL read_number(const WCHAR *key, const WCHAR *name, DWORD *value)
{
    DWORD size = sizeof(*value);

    return !RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, value, &size);
}

/* The policy goes before the local setting (D-398, D-399, D-403). */
HRESULT do_check_mode(void)
{
    DWORD mode = 0;

    if (!read_number(POLICIES, L"DODownloadMode", &mode)) read_number(CONFIG, L"DODownloadMode", &mode);
    return mode == MODE_BYPASS ? DO_E_NO_DOWNLOAD_EXTSETTINGS : S_OK; /* D-429 */
}

static BOOL read_text(const WCHAR *name, WCHAR **text)
{
    const DWORD flags = RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY;
    DWORD size = 0;

    *text = NULL;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, POLICIES, name, flags, NULL, NULL, &size) || size < 2 * sizeof(WCHAR) ||
        !(*text = malloc(size)))
        return FALSE;
    if (!RegGetValueW(HKEY_LOCAL_MACHINE, POLICIES, name, flags, NULL, *text, &size)) return TRUE;
    free(*text);
    *text = NULL;
    return FALSE;
}

/* D-394, D-425, D-426 */
WCHAR *do_cache_hosts(BOOL foreground, uint32_t *patience)
{
    DWORD delay = 0;
    WCHAR *hosts;

    if (!read_text(L"DOCacheHost", &hosts)) return NULL;
    read_number(POLICIES,
                foreground ? L"DODelayCacheServerFallbackForeground" : L"DODelayCacheServerFallbackBackground", &delay);
    *patience = delay; /* -1 is for ever here as well */
    return hosts;
}

/* D-422: kilobytes, 0 = as much as there is. */
uint64_t do_bandwidth(BOOL foreground)
{
    DWORD limit = 0;

    read_number(POLICIES, foreground ? L"DOMaxForegroundDownloadBandwidth" : L"DOMaxBackgroundDownloadBandwidth",
                &limit);
    return limit ? (uint64_t)limit * 1024 : UINT64_MAX;
}

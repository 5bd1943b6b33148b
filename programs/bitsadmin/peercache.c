/*
 * /PEERCACHING, /CACHE and /PEERS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * BITS 4.0 and later share nothing with peers by these means: their methods say S_FALSE and hand out defaults
 * and empty lists.  Those are shown; a change that was not made is a failure.
 */

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

static bool open_administration(struct session *session, IBitsPeerCacheAdministration **admin)
{
    HRESULT hr;

    if (!session_open(session)) return false;
    hr = IBackgroundCopyManager_QueryInterface(session->manager, &IID_IBitsPeerCacheAdministration, (void **)admin);
    if (SUCCEEDED(hr)) return true;
    fail(session, L"open peer cache", hr);
    return false;
}

int refuse_without_peer_cache(void)
{
    return refuse(L"This version of BITS has no peer cache. Nothing was changed.");
}

/* The end of a switch that changes something. */
static int finish_change(struct session *session, IBitsPeerCacheAdministration *admin, const WCHAR *what, HRESULT hr,
                         const WCHAR *done)
{
    IBitsPeerCacheAdministration_Release(admin);
    if (hr == S_FALSE) return refuse_without_peer_cache();
    return confirm(session, what, hr, L"%ls", done);
}

/* --- /PEERCACHING ----------------------------------------------------------------------------- */

COMMAND(cmd_set_configuration_flags)
{
    /* The documentation has a job before the value. */
    const char *text = call->args[call->args[1].given].text;
    IBitsPeerCacheAdministration *admin;
    uint64_t flags;
    HRESULT hr;

    if (!parse_number(text, UINT32_MAX, &flags))
    {
        print(L"Invalid argument: '%ls' is not a number.\n", wide(text));
        return RESULT_USAGE;
    }
    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_SetConfigurationFlags(admin, (DWORD)flags);
    return finish_change(session, admin, L"set configuration flags", hr, L"Configuration flags set.");
}

/* --- records ---------------------------------------------------------------------------------- */

static HRESULT show_record(IBitsPeerCacheRecord *record, bool verbose)
{
    WCHAR id[GUID_TEXT_SIZE], size[SIZE_TEXT_SIZE], modified[TIME_TEXT_SIZE], used[TIME_TEXT_SIZE];
    FILETIME modification = {0}, last_use = {0};
    UINT64 bytes = BG_SIZE_UNKNOWN;
    WCHAR *url = NULL;
    bool valid;
    HRESULT hr;
    GUID guid;

    if (FAILED(hr = IBitsPeerCacheRecord_GetId(record, &guid))) return hr;
    if (FAILED(hr = IBitsPeerCacheRecord_GetOriginUrl(record, &url))) return hr;
    IBitsPeerCacheRecord_GetFileSize(record, &bytes);
    StringFromGUID2(&guid, id, ARRAYSIZE(id));
    print(L"%ls %ls %ls\n", id, format_size(bytes, size), url ? url : L"NULL");
    CoTaskMemFree(url);
    if (!verbose) return S_OK;
    IBitsPeerCacheRecord_GetFileModificationTime(record, &modification);
    IBitsPeerCacheRecord_GetLastAccessTime(record, &last_use);
    valid = IBitsPeerCacheRecord_IsFileValidated(record) == S_OK;
    print(L"MODIFICATION TIME: %ls LAST ACCESS TIME: %ls VALIDATED: %ls\n", format_time(&modification, modified),
          format_time(&last_use, used), valid ? L"true" : L"false");
    return S_OK;
}

COMMAND(cmd_cache_list)
{
    IBitsPeerCacheAdministration *admin;
    IEnumBitsPeerCacheRecords *records;
    IBitsPeerCacheRecord *record;
    unsigned int count = 0;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_EnumRecords(admin, &records);
    IBitsPeerCacheAdministration_Release(admin);
    if (FAILED(hr)) return fail(session, L"enum records", hr);
    while ((hr = IEnumBitsPeerCacheRecords_Next(records, 1, &record, NULL)) == S_OK)
    {
        if (SUCCEEDED(show_record(record, call->options & OPTION_VERBOSE))) count++;
        IBitsPeerCacheRecord_Release(record);
    }
    IEnumBitsPeerCacheRecords_Release(records);
    if (FAILED(hr)) return fail(session, L"enum records", hr);
    print(L"Listed %u cache record(s).\n", count);
    return RESULT_DONE;
}

static bool get_record_id(const struct call *call, GUID *guid)
{
    struct id id;

    if (!parse_id(call->args[0].text, &id)) return false;
    make_guid(&id, guid);
    return true;
}

COMMAND(cmd_cache_info)
{
    IBitsPeerCacheAdministration *admin;
    IBitsPeerCacheRecord *record;
    HRESULT hr;
    GUID id;

    if (!get_record_id(call, &id)) return fail(session, L"get record", E_INVALIDARG);
    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_GetRecord(admin, &id, &record);
    IBitsPeerCacheAdministration_Release(admin);
    if (FAILED(hr)) return fail(session, L"get record", hr);
    hr = show_record(record, call->options & OPTION_VERBOSE);
    IBitsPeerCacheRecord_Release(record);
    return FAILED(hr) ? fail(session, L"get record", hr) : RESULT_DONE;
}

/* What is empty anyway has been emptied, whatever the version of BITS. */
COMMAND(cmd_cache_clear)
{
    IBitsPeerCacheAdministration *admin;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_ClearRecords(admin);
    IBitsPeerCacheAdministration_Release(admin);
    return confirm(session, L"clear cache", hr, L"The cache is empty.");
}

COMMAND(cmd_cache_delete)
{
    IBitsPeerCacheAdministration *admin;
    HRESULT hr;
    GUID id;

    if (!get_record_id(call, &id)) return fail(session, L"delete record", E_INVALIDARG);
    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_DeleteRecord(admin, &id);
    return finish_change(session, admin, L"delete record", hr, L"Record deleted.");
}

COMMAND(cmd_cache_delete_url)
{
    IBitsPeerCacheAdministration *admin;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_DeleteUrl(admin, wide(call->args[0].text));
    return finish_change(session, admin, L"delete URL", hr, L"Records of the URL deleted.");
}

/* --- /PEERS ----------------------------------------------------------------------------------- */

COMMAND(cmd_peers_discover)
{
    IBitsPeerCacheAdministration *admin;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_DiscoverPeers(admin);
    return finish_change(session, admin, L"discover peers", hr, L"Discovery of peers started.");
}

COMMAND(cmd_peers_list)
{
    IBitsPeerCacheAdministration *admin;
    BOOL authenticated, available;
    IEnumBitsPeers *peers;
    unsigned int count = 0;
    IBitsPeer *peer;
    WCHAR *name;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_EnumPeers(admin, &peers);
    IBitsPeerCacheAdministration_Release(admin);
    if (FAILED(hr)) return fail(session, L"enum peers", hr);
    for (; (hr = IEnumBitsPeers_Next(peers, 1, &peer, NULL)) == S_OK; count++)
    {
        name = NULL;
        authenticated = available = FALSE;
        IBitsPeer_GetPeerName(peer, &name);
        IBitsPeer_IsAuthenticated(peer, &authenticated);
        IBitsPeer_IsAvailable(peer, &available);
        print(L"%ls AUTHENTICATED: %ls AVAILABLE: %ls\n", name ? name : L"UNKNOWN", authenticated ? L"true" : L"false",
              available ? L"true" : L"false");
        CoTaskMemFree(name);
        IBitsPeer_Release(peer);
    }
    IEnumBitsPeers_Release(peers);
    if (FAILED(hr)) return fail(session, L"enum peers", hr);
    print(L"Listed %u peer(s).\n", count);
    return RESULT_DONE;
}

COMMAND(cmd_peers_clear)
{
    IBitsPeerCacheAdministration *admin;
    HRESULT hr;

    if (!open_administration(session, &admin)) return RESULT_FAILED;
    hr = IBitsPeerCacheAdministration_ClearPeers(admin);
    IBitsPeerCacheAdministration_Release(admin);
    return confirm(session, L"clear peers", hr, L"No peers are known.");
}

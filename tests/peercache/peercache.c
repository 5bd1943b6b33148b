/*
 * Administration of the peer cache: there is none (B-245 to B-249, B-605).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

/* P-004, P-168: what BITS 4.0 and later say to everything, with every out parameter filled. */
#define ok_none(hr) ok_result(__LINE__, #hr, (hr))
static void ok_result(int line, const char *what, HRESULT hr)
{
    winetest_ok(__FILE__, line, hr == S_FALSE || broken(hr == S_OK || FAILED(hr)), "%s is %#lx", what,
                (unsigned long)hr);
}

static IBitsPeerCacheAdministration *cache;

/* B-245, B-246, B-247, B-814, B-815, P-128, P-129 */
static void test_settings(void)
{
    DWORD percent = 0, flags = 1;
    ULONG age = 0;

    ok_none(IBitsPeerCacheAdministration_GetMaximumCacheSize(cache, &percent));
    ok(percent == 1 || broken(TRUE), "the maximum is %lu percent", percent);
    ok_none(IBitsPeerCacheAdministration_SetMaximumCacheSize(cache, 5));
    ok_none(IBitsPeerCacheAdministration_GetMaximumContentAge(cache, &age));
    ok(age == 7776000 || broken(TRUE), "the maximum is %lu seconds", age);
    ok_none(IBitsPeerCacheAdministration_SetMaximumContentAge(cache, 86400));
    ok_none(IBitsPeerCacheAdministration_GetConfigurationFlags(cache, &flags));
    ok(flags == 0 || broken(TRUE), "the flags are %#lx", flags);
    ok_none(IBitsPeerCacheAdministration_SetConfigurationFlags(cache, 0));
    ok_null(IBitsPeerCacheAdministration_GetMaximumCacheSize(cache, NULL));
    ok_null(IBitsPeerCacheAdministration_GetMaximumContentAge(cache, NULL));
    ok_null(IBitsPeerCacheAdministration_GetConfigurationFlags(cache, NULL));
}

/* B-248 */
static void test_records(void)
{
    static const GUID id = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    IBitsPeerCacheRecord *record = (IBitsPeerCacheRecord *)1;
    IEnumBitsPeerCacheRecords *records = NULL, *copy = NULL;
    ULONG count = 1, fetched = 1;
    HRESULT hr;

    ok_none(IBitsPeerCacheAdministration_EnumRecords(cache, &records));
    if (records)
    {
        ok_hr(IEnumBitsPeerCacheRecords_GetCount(records, &count), S_OK);
        ok_int(count, 0);
        ok_hr(IEnumBitsPeerCacheRecords_Next(records, 1, &record, &fetched), S_FALSE);
        ok_int(fetched, 0);
        ok_hr(IEnumBitsPeerCacheRecords_Skip(records, 1), S_FALSE);
        ok_hr(IEnumBitsPeerCacheRecords_Reset(records), S_OK);
        ok_hr(IEnumBitsPeerCacheRecords_Clone(records, &copy), S_OK);
        if (copy) IEnumBitsPeerCacheRecords_Release(copy);
        IEnumBitsPeerCacheRecords_Release(records);
    }
    record = (IBitsPeerCacheRecord *)1;
    hr = IBitsPeerCacheAdministration_GetRecord(cache, &id, &record);
    ok(hr != S_OK && !record, "got a record: %#lx", hr);
    ok_none(IBitsPeerCacheAdministration_ClearRecords(cache));
    ok_none(IBitsPeerCacheAdministration_DeleteRecord(cache, &id));
    ok_none(IBitsPeerCacheAdministration_DeleteUrl(cache, L"http://127.0.0.1/unknown"));
}

/* B-249 */
static void test_peers(void)
{
    IEnumBitsPeers *peers = NULL, *copy = NULL;
    IBitsPeer *peer = NULL;
    ULONG count = 1, fetched = 1;

    ok_none(IBitsPeerCacheAdministration_EnumPeers(cache, &peers));
    if (peers)
    {
        ok_hr(IEnumBitsPeers_GetCount(peers, &count), S_OK);
        ok_int(count, 0);
        ok_hr(IEnumBitsPeers_Next(peers, 1, &peer, &fetched), S_FALSE);
        ok_int(fetched, 0);
        ok_hr(IEnumBitsPeers_Skip(peers, 1), S_FALSE);
        ok_hr(IEnumBitsPeers_Reset(peers), S_OK);
        ok_hr(IEnumBitsPeers_Clone(peers, &copy), S_OK);
        if (copy) IEnumBitsPeers_Release(copy);
        IEnumBitsPeers_Release(peers);
    }
    ok_none(IBitsPeerCacheAdministration_ClearPeers(cache));
    ok_none(IBitsPeerCacheAdministration_DiscoverPeers(cache));
}

START_TEST(peercache)
{
    if (tests_begin() && (cache = query(manager, IBitsPeerCacheAdministration)))
    {
        winetest_run(test_settings);
        winetest_run(test_records);
        winetest_run(test_peers);
        IBitsPeerCacheAdministration_Release(cache);
    }
    tests_end();
}

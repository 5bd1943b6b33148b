/*
 * Policies: values of the registry and their defaults (section 9).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/conditions/policy.h"

static uint32_t read_policy(const WCHAR *name, uint32_t minimum, uint32_t maximum, uint32_t preset)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\Policies\\Microsoft\\Windows\\BITS", name,
                     RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &value, &size))
        return preset;
    return value < minimum || value > maximum ? preset : value;
}

void policy_read_limits(struct policy_limits *limits)
{
    limits->jobs_per_machine = read_policy(L"MaxJobsPerMachine", 1, UINT32_MAX, 300);
    limits->jobs_per_user = read_policy(L"MaxJobsPerUser", 1, UINT32_MAX, 60);
    limits->files_per_job = read_policy(L"MaxFilesPerJob", 1, UINT32_MAX, 200);
    limits->ranges_per_file = read_policy(L"MaxRangesPerFile", 1, UINT32_MAX, 500);
}

uint32_t policy_time_slice(void)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits", L"TimeSlice", RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY,
                     NULL, &value, &size) ||
        value < 1 || value > 24 * 60 * 60)
        return 5 * 60;
    return value;
}

/* --- bandwidth ------------------------------------------------------------------------------- */

#define THROTTLING L"Software\\Policies\\Microsoft\\Windows\\BITS\\Throttling"

static uint32_t read_number(const WCHAR *key, const WCHAR *name, uint32_t preset)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &value, &size))
        return preset;
    return value;
}

/* The limit of one priority in a profile: a number with a unit of its own (B-821). */
static bool read_level(const WCHAR *key, const WCHAR *level, uint64_t *limit)
{
    WCHAR name[40];
    uint32_t value;

    lstrcpyW(name, level);
    lstrcatW(name, L"BandwidthLimit");
    value = read_number(key, name, 0);
    lstrcpyW(name, level);
    lstrcatW(name, L"BandwidthType");
    switch (read_number(key, name, 3))
    {
    case 1: *limit = bandwidth_of_kbits(value); return true;
    case 2: *limit = bandwidth_of_kbits((uint64_t)value * 1000); return true;
    case 3: *limit = BANDWIDTH_UNLIMITED; return true;
    default: return false;
    }
}

static void read_profile(const WCHAR *key, bool timed, struct bandwidth_profile *profile)
{
    static const WCHAR *const levels[BANDWIDTH_LEVELS] = {L"High", L"Normal", L"Low"};
    unsigned int i;
    HKEY handle;

    memset(profile, 0, sizeof(*profile));
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ | KEY_WOW64_64KEY, &handle)) return;
    RegCloseKey(handle);
    profile->present = true;
    if (timed)
    {
        profile->start_day = read_number(key, L"StartDay", 7);
        profile->end_day = read_number(key, L"EndDay", 7);
        profile->start_hour = read_number(key, L"StartHour", 24);
        profile->end_hour = read_number(key, L"EndHour", 24);
    }
    for (i = 0; i < BANDWIDTH_LEVELS && profile->present; i++)
        profile->present = read_level(key, levels[i], &profile->limits[i]);
    if (profile->present && bandwidth_profile_is_valid(profile)) return;
    profile->present = false;
    log_event("the bandwidth profile of a policy makes no sense and is ignored");
}

void policy_read_bandwidth(struct bandwidth_policy *policy)
{
    memset(policy, 0, sizeof(*policy));
    policy->simple = read_policy(L"EnableBITSMaxBandwidth", 0, 1, 0) != 0;
    policy->from_hour = read_policy(L"MaxBandwidthValidFrom", 0, 23, 8);
    policy->to_hour = read_policy(L"MaxBandwidthValidTo", 0, 23, 17);
    policy->on_schedule = bandwidth_of_kbits(read_policy(L"MaxTransferRateOnSchedule", 0, 4294967200u, 1000));
    policy->off_schedule = BANDWIDTH_UNLIMITED;
    if (!read_policy(L"UseSystemMaximum", 0, 1, 1))
        policy->off_schedule = bandwidth_of_kbits(read_policy(L"MaxTransferRateOffSchedule", 0, 4294967200u, 1000));
    policy->profiles = read_number(THROTTLING, L"EnableBandwidthLimits", 0) == 1;
    policy->maintenance_profile = read_number(THROTTLING, L"EnableMaintenanceLimits", 0) == 1;
    policy->not_on_subnet = read_number(THROTTLING, L"IgnoreBandwidthLimitsOnLan", 0) == 1;
    if (policy->profiles)
    {
        read_profile(THROTTLING L"\\WorkSchedule", true, &policy->work);
        read_profile(THROTTLING L"\\NonWorkSchedule", false, &policy->other);
    }
    if (policy->maintenance_profile) read_profile(THROTTLING L"\\MaintenanceSchedule", true, &policy->maintenance);
}

/* --- costs ---------------------------------------------------------------------------------------- */

void policy_read_costs(uint32_t costs[POLICY_PRIORITIES])
{
    static const WCHAR key[] = L"Software\\Policies\\Microsoft\\Windows\\BITS\\TransferPolicy";
    static const WCHAR *const names[] = {
        L"ForegroundTransferPolicy",
        L"HighTransferPolicy",
        L"NormalTransferPolicy",
        L"LowTransferPolicy",
    };
    /* B-586: 0 is not set */
    static const uint32_t named[] = {COST_ALWAYS,       COST_ALWAYS,   COST_NOT_ROAMING,
                                     COST_NO_SURCHARGE, COST_STANDARD, COST_UNRESTRICTED};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        uint32_t value = read_number(key, names[i], 0);

        if (value < ARRAYSIZE(named)) value = named[value];
        costs[i] = value & ~COST_ALWAYS ? COST_ALWAYS : value; /* what makes no sense restricts nothing */
    }
}

/* --- the rest ----------------------------------------------------------------------------------- */

uint32_t policy_inactivity_days(void)
{
    return read_policy(L"JobInactivityTimeout", 1, 999, 90);
}

uint32_t policy_maximum_download_time(void)
{
    return read_policy(L"MaxDownloadTime", 1, 2147483648u, 7776000);
}

/*
 * Policies: values of the registry and their defaults (section 9).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "transfer/internal.h"

static uint32_t read_policy(const WCHAR *name, uint32_t minimum, uint32_t maximum, uint32_t preset)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\Policies\\Microsoft\\Windows\\BITS", name,
                     RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &value, &size)) return preset;
    return value < minimum || value > maximum ? preset : value;
}

void policy_read_limits(struct policy_limits *limits)
{
    limits->jobs_per_machine = read_policy(L"MaxJobsPerMachine", 1, UINT32_MAX, 300);
    limits->jobs_per_user = read_policy(L"MaxJobsPerUser", 1, UINT32_MAX, 60);
    limits->files_per_job = read_policy(L"MaxFilesPerJob", 1, UINT32_MAX, 200);
    limits->ranges_per_file = read_policy(L"MaxRangesPerFile", 1, UINT32_MAX, 500);
}

uint32_t policy_inactivity_days(void)
{
    return read_policy(L"JobInactivityTimeout", 1, 999, 90);
}

uint32_t policy_maximum_download_time(void)
{
    return read_policy(L"MaxDownloadTime", 1, 2147483648u, 7776000);
}

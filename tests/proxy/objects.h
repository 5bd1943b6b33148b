/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of the server's side: those made by generate, and what server.c has for them. */

#ifndef WINE_BITS_PROXY_OBJECTS_H
#define WINE_BITS_PROXY_OBJECTS_H

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "proxy/proxy_test.h"

/* facility 0xabc, code = line */
#define CHECK(condition) \
    do { \
        if (!(condition)) return MAKE_HRESULT(1, 0xabc, __LINE__); \
    } while (0)

/* Every interface but IUnknown and those of the system; the last has no iid. */
struct server_interface
{
    const IID *iid;
    void *iface;
};
extern const struct server_interface server_interfaces[];

extern IBackgroundCopyManager manager;
extern IBackgroundCopyJob5 job;
extern IBackgroundCopyFile6 file;
extern IBackgroundCopyError error;
extern IEnumBackgroundCopyJobs enum_jobs;
extern IEnumBackgroundCopyFiles enum_files;
extern IBackgroundCopyJobHttpOptions3 options;
extern IBitsTokenOptions token_options;
extern IBitsPeer peer;
extern IEnumBitsPeers enum_peers;
extern IBitsPeerCacheRecord record;
extern IEnumBitsPeerCacheRecords enum_records;
extern IBitsPeerCacheAdministration administration;
extern IBackgroundCopyQMgr qmgr;
extern IBackgroundCopyGroup group;
extern IBackgroundCopyJob1 job1;
extern IEnumBackgroundCopyGroups enum_groups;
extern IEnumBackgroundCopyJobs1 enum_jobs1;
extern IDeliveryOptimizationJob do_job;
extern IDeliveryOptimizationJob2 do_job2;
extern IDeliveryOptimizationFile do_file;
extern IDeliveryOptimizationFile2 do_file2;
extern IDOManager do_manager;
extern IWineBitsJobWait job_wait;
extern IDODownload download;

/* IUnknown of all objects. */
HRESULT WINAPI server_query_interface(void *iface, REFIID iid, void **out);
ULONG WINAPI server_add_ref(void *iface);
ULONG WINAPI server_release(void *iface);

/* Has the client asked the methods that are generated to fail? */
BOOL server_fails(void);

/* A copy as COM hands it out. */
HRESULT copy_string(const WCHAR *string, LPWSTR *out);

#endif

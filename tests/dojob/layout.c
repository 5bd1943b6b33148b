/*
 * Numbers and layouts as the documents have them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stddef.h>
#include "dojob.h"
#include "wine/test.h"

#define SLOT(interface_name, method) (int)(offsetof(interface_name##Vtbl, method) / sizeof(void *))
#define ok_slot(interface_name, method, slot) \
    ok(SLOT(interface_name, method) == (slot), #interface_name "::" #method " is at %d", SLOT(interface_name, method))

/* D-026, D-027, D-030, D-040 to D-042, D-203 to D-214 */
static void check_numbers(void)
{
    ok_int(DO_ZONE_MASK, 0xf000); /* D-026 */
    ok_int(DO_TRANSIENT_ZONE_MASK, 0xf800);
    ok_int(DO_TRANSIENT_ZONE, 0x3800);
    ok_int(HRESULT_FACILITY(DO_E_NO_SERVICE), 208); /* D-027 */
    ok_hr(DO_E_NO_SERVICE, 0x80d01001);
    ok_hr(DO_E_DOWNLOAD_NO_PROGRESS, 0x80d02002); /* D-313 */
    ok_hr(DO_E_NETWORK_ACCESS_CONSENT_NEEDED, 0x80d0201e);
    ok_hr(DO_E_DOWNLOAD_RANGES_EXPECTED, 0x80d02204);
    ok_hr(DO_E_BLOCKED_BY_COST_TRANSFER_POLICY, 0x80d03801); /* D-317 */
    ok_hr(DO_E_BLOCKED_BY_NO_NETWORK, 0x80d03805);           /* D-316 */
    ok_hr(DO_E_UNEXPECTED_HTTP_STATUS_2XX, 0x80d0380d);
    ok_hr(DO_E_INSUFFICIENT_RANGE_SUPPORT, 0x80d05011); /* D-312 */
    ok_hr(DO_E_METAINFO_FILE_SIZE, 0x80d06822);
    ok_hr(E_NOT_SET, 0x80070490);       /* D-030 */
    ok_int(DODownloadState_Created, 0); /* D-040 */
    ok_int(DODownloadState_Transferring, 1);
    ok_int(DODownloadState_Transferred, 2);
    ok_int(DODownloadState_Finalized, 3);
    ok_int(DODownloadState_Aborted, 4);
    ok_int(DODownloadState_Paused, 5);
    ok_int(DODownloadCostPolicy_NoCellular, 5);         /* D-041 */
    ok_int(DODownloadProperty_HttpStatusCode, 29);      /* D-042 */
    ok_int(DOFilePropertyId_TotalSizeBytes, 6);         /* D-210 */
    ok_int(DOJobPropertyId_ExtendedErrorInfo, 0);       /* D-211 */
    ok_int(DODownloadPropertyEx_TempLocalFileUsage, 6); /* D-165 */
}

/* D-036 to D-039, D-215 to D-217, D-220 */
static void check_structures(void)
{
    ok_int(offsetof(DO_DOWNLOAD_RANGE, Length), 8);       /* D-036 */
    ok_int(offsetof(DO_DOWNLOAD_RANGES_INFO, Ranges), 8); /* D-037 */
    ok_int(sizeof(DO_DOWNLOAD_RANGES_INFO), 24);
    ok_int(offsetof(DO_DOWNLOAD_STATUS, State), 16); /* D-038 */
    ok_int(offsetof(DO_DOWNLOAD_STATUS, ExtendedError), 24);
    ok_int(sizeof(DO_DOWNLOAD_STATUS), 32);
    ok_int(sizeof(DO_DOWNLOAD_ENUM_CATEGORY), 2 * sizeof(void *)); /* D-039 */
    ok_int(sizeof(BG_FILE_RANGE), 16);                             /* D-215 */
    ok_int(offsetof(BG_FILE_PROGRESS, Completed), 16);             /* D-216 */
    ok_int(offsetof(BG_JOB_PROGRESS, FilesTransferred), 20);       /* D-217 */
    ok_int(sizeof(BITS_FILE_PROPERTY_VALUE), sizeof(void *));      /* D-220 */
}

/* D-033 to D-035, D-181 to D-191 */
static void check_slots(void)
{
    ok_slot(IDOManager, CreateDownload, 3); /* D-033 */
    ok_slot(IDOManager, EnumDownloads, 4);
    ok_slot(IDODownload, Start, 3); /* D-034 */
    ok_slot(IDODownload, Finalize, 6);
    ok_slot(IDODownload, SetProperty, 9);
    ok_slot(IDODownloadStatusCallback, OnStatusChange, 3);   /* D-035 */
    ok_slot(IBackgroundCopyManager, GetErrorDescription, 6); /* D-181 */
    ok_slot(IBackgroundCopyJob, AddFileSet, 3);              /* D-182 */
    ok_slot(IBackgroundCopyJob, GetError, 15);
    ok_slot(IBackgroundCopyJob, TakeOwnership, 34);
    ok_slot(IBackgroundCopyJob5, AddFileWithRanges, 44); /* D-183 */
    ok_slot(IBackgroundCopyJob5, GetProperty, 54);
    ok_slot(IBackgroundCopyError, GetProtocol, 7); /* D-171 */
    ok_slot(IEnumBackgroundCopyFiles, Next, 3);    /* D-175 */
    ok_slot(IEnumBackgroundCopyFiles, GetCount, 7);
    ok_slot(IBackgroundCopyCallback, JobTransferred, 3); /* D-176, D-187 */
    ok_slot(IBackgroundCopyCallback, JobModification, 5);
    ok_slot(IDeliveryOptimizationJob, AddFileWithRanges, 3); /* D-188 */
    ok_slot(IDeliveryOptimizationJob2, AddFile, 3);          /* D-189 */
    ok_slot(IDeliveryOptimizationJob2, SetProperty, 5);
    ok_slot(IDeliveryOptimizationFile, GetStats, 3);
    ok_slot(IDeliveryOptimizationFile2, GetProperty, 3); /* D-191 */
    ok_slot(IDeliveryOptimizationFile2, SetProperty, 4);
}

void check_layout(struct jobs *jobs)
{
    check_numbers();
    check_structures();
    check_slots();
}

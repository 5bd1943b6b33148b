/*
 * What the job behind a download says of it: its status, and properties as they were set.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "state.h"

/* --- status -------------------------------------------------------------------------------- */

BOOL download_is_transient(HRESULT hr)
{
    return HRESULT_FACILITY(hr) == FACILITY_DELIVERY_OPTIMIZATION && (hr & DO_TRANSIENT_ZONE_MASK) == DO_TRANSIENT_ZONE;
}

/* What is tried again soon is still being transferred (D-119); what waits for better conditions is paused
 * (D-116). */
static void set_waiting(DO_DOWNLOAD_STATUS *status, HRESULT error)
{
    status->ExtendedError = error;
    status->State = download_is_transient(error) ? DODownloadState_Paused : DODownloadState_Transferring;
}

/* Downloads have a code of their own where jobs have that of Win32 (D-318, D-362). */
static HRESULT result_of(const struct com_service *service, transfer_code code)
{
    return code == TRANSFER_E_MISSING_SIZE ? DO_E_FILE_SIZE_UNKNOWN_HTTP_200 : com_result(service, code);
}

static void set_failed(const struct com_service *service, DO_DOWNLOAD_STATUS *status, const struct job_status *job)
{
    status->State = DODownloadState_Paused; /* D-115 */
    status->Error = result_of(service, job->error);
    if (job->cause) status->ExtendedError = result_of(service, job->cause); /* D-117 */
}

void download_get_status(const struct com_service *service, struct job *job, DO_DOWNLOAD_STATUS *status)
{
    struct job_status now;

    job_get_status(job, &now);
    memset(status, 0, sizeof(*status));
    if (now.total != TRANSFER_SIZE_UNKNOWN) status->BytesTotal = now.total;
    status->BytesTransferred = now.transferred;
    switch (now.state)
    {
    case JOB_SUSPENDED: status->State = now.resumed ? DODownloadState_Paused : DODownloadState_Created; break;
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING: status->State = DODownloadState_Transferring; break;
    case JOB_TRANSIENT_ERROR: set_waiting(status, result_of(service, now.error)); break;
    case JOB_ERROR: set_failed(service, status, &now); break;
    case JOB_TRANSFERRED: status->State = DODownloadState_Transferred; break;
    case JOB_ACKNOWLEDGED: status->State = DODownloadState_Finalized; break;
    default: status->State = DODownloadState_Aborted; break;
    }
}

/* --- properties -------------------------------------------------------------------------------- */

HRESULT download_get_text(struct job *job, DODownloadProperty id, WCHAR **text)
{
    size_t size;

    return job_get_note(job, id, (void **)text, &size) ? E_OUTOFMEMORY : S_OK;
}

ULONG download_get_number(struct job *job, DODownloadProperty id, ULONG preset)
{
    ULONG *value, number = preset;
    size_t size;

    if (job_get_note(job, id, (void **)&value, &size) || !value) return preset;
    if (size == sizeof(*value)) number = *value;
    free(value);
    return number;
}

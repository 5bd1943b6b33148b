/*
 * What the objects of BITS 1.0 share: results, ids, progress.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "bits1.h"
#include "bitsmsg.h"

#define NOTE_IDS 0 /* struct bits1_ids */

HRESULT bits1_result(const struct com_service *service, transfer_code code)
{
    switch (code)
    {
    case TRANSFER_E_INVALID_STATE: return QM_E_INVALID_STATE;
    case TRANSFER_E_NOT_FOUND: return QM_E_ITEM_NOT_FOUND;
    case TRANSFER_S_PARTIAL:
    case TRANSFER_S_FILES_LEFT: return S_OK;
    default: return com_result(service, code);
    }
}

HRESULT bits1_get_ids(const struct com_service *service, struct job *job, struct bits1_ids *ids)
{
    void *note = NULL;
    size_t size = 0;
    HRESULT hr = com_result(service, job_get_note(job, NOTE_IDS, &note, &size));

    if (FAILED(hr)) return hr;
    if (note && size == sizeof(*ids)) memcpy(ids, note, sizeof(*ids));
    else hr = S_FALSE;
    free(note);
    return hr;
}

HRESULT bits1_set_ids(const struct com_service *service, struct job *job, const struct bits1_ids *ids)
{
    const struct job_change change = {.kind = JOB_CHANGE_NOTE, .which = NOTE_IDS, .blob = ids, .size = sizeof(*ids)};

    return bits1_result(service, job_set(job, &change, 1));
}

DWORD bits1_size(uint64_t size)
{
    if (size == TRANSFER_SIZE_UNKNOWN) return 0;
    return size > MAXDWORD ? MAXDWORD : (DWORD)size;
}

HRESULT bits1_get_progress(struct job *job, DWORD what, DWORD *progress)
{
    struct job_progress now;

    if (!progress) return E_INVALIDARG;
    *progress = 0;
    job_get_progress(job, &now);
    switch (what)
    {
    case QM_PROGRESS_PERCENT_DONE:
        if (now.total && now.total != TRANSFER_SIZE_UNKNOWN) *progress = (DWORD)(100.0 * now.transferred / now.total);
        return S_OK;
    case QM_PROGRESS_SIZE_DONE: *progress = bits1_size(now.transferred); return S_OK;
    case QM_PROGRESS_TIME_DONE: return E_NOTIMPL;
    }
    return E_INVALIDARG;
}

void bits1_get_results(const struct com_service *service, const struct transfer_failure *failure, DWORD *win32,
                       DWORD *transport)
{
    DWORD code = (DWORD)com_result(service, failure->code);
    BOOL in_transport = failure->where == TRANSFER_WHERE_REMOTE_FILE || failure->where == TRANSFER_WHERE_TRANSPORT ||
                        failure->where == TRANSFER_WHERE_REMOTE_APPLICATION;

    *win32 = in_transport ? 0 : code;
    *transport = in_transport ? code : 0;
}

/*
 * The interfaces of BITS 1.0 as a face over the jobs of today: a group is a job, and has one job of its own.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGR_LEGACY_H
#define WINE_BITS_QMGR_LEGACY_H

#include "qmgr.h"

/* The ids that clients of BITS 1.0 choose; stored with the job as they are here. */
struct legacy_ids
{
    GUID group;
    GUID job; /* GUID_NULL: the group has no job yet */
};

/* S_FALSE: the job is not a group. */
HRESULT legacy_get_ids(const struct face *face, struct job *job, struct legacy_ids *ids);
HRESULT legacy_set_ids(const struct face *face, struct job *job, const struct legacy_ids *ids);

/* A result of the library in the numbers of BITS 1.0. */
HRESULT legacy_result(const struct face *face, transfer_code code);

/* IBackgroundCopyGroup::GetProgress and IBackgroundCopyJob1::GetProgress. */
HRESULT legacy_get_progress(struct job *job, DWORD what, DWORD *progress);

/* A number of 64 bits for clients that know 32; unknown sizes are 0. */
DWORD legacy_size(uint64_t size);

/* What went wrong: one of the two is the code, the other 0. */
void legacy_get_results(const struct face *face, const struct transfer_failure *failure, DWORD *win32,
                        DWORD *transport);

HRESULT legacy_group_create(struct face *face, struct job *job, enum face_access access, IBackgroundCopyGroup **out);
HRESULT legacy_job_create(struct face *face, struct job *job, enum face_access access, IBackgroundCopyJob1 **out);

/* Enumerators of ids, which they copy. */
HRESULT legacy_enum_groups_create(const GUID *ids, ULONG count, IEnumBackgroundCopyGroups **out);
HRESULT legacy_enum_jobs_create(const GUID *ids, ULONG count, IEnumBackgroundCopyJobs1 **out);

#endif

/*
 * What the worker thread hands to the window.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "monitor.h"

struct snapshot *snapshot_create(void)
{
    return calloc(1, sizeof(struct snapshot));
}

static void job_cleanup(struct job *job)
{
    free(job->name);
    free(job->error_text);
    free(job->url);
    free(job->path);
}

void snapshot_destroy(struct snapshot *snapshot)
{
    unsigned int i;

    if (!snapshot) return;
    for (i = 0; i < snapshot->count; i++) job_cleanup(&snapshot->jobs[i]);
    for (i = 0; i < SOURCE_COUNT; i++) free(snapshot->error_text[i]);
    free(snapshot->jobs);
    free(snapshot);
}

struct job *snapshot_add(struct snapshot *snapshot, enum source_index source, const GUID *id)
{
    unsigned int capacity = snapshot->capacity ? 2 * snapshot->capacity : 16;
    struct job *jobs, *job;

    if (snapshot->count == snapshot->capacity)
    {
        if (!(jobs = realloc(snapshot->jobs, capacity * sizeof(*jobs)))) return NULL;
        snapshot->jobs = jobs;
        snapshot->capacity = capacity;
    }
    job = &snapshot->jobs[snapshot->count++];
    memset(job, 0, sizeof(*job));
    job->source = source;
    job->id = *id;
    job->total = UNKNOWN_SIZE;
    return job;
}

void snapshot_drop_last(struct snapshot *snapshot)
{
    job_cleanup(&snapshot->jobs[--snapshot->count]);
}

struct job *snapshot_find(const struct snapshot *snapshot, enum source_index source, const GUID *id)
{
    unsigned int i;

    for (i = 0; snapshot && i < snapshot->count; i++)
    {
        struct job *job = &snapshot->jobs[i];

        if (job->source == source && IsEqualGUID(&job->id, id)) return job;
    }
    return NULL;
}

unsigned int actions_of_state(enum state state)
{
    switch (state)
    {
    case STATE_CREATED:
    case STATE_PAUSED: return 1 << ACTION_RESUME | 1 << ACTION_CANCEL;
    case STATE_QUEUED:
    case STATE_CONNECTING:
    case STATE_TRANSFERRING: return 1 << ACTION_PAUSE | 1 << ACTION_CANCEL;
    case STATE_RETRYING: return 1 << ACTION_PAUSE | 1 << ACTION_RETRY | 1 << ACTION_CANCEL;
    case STATE_ERROR: return 1 << ACTION_RETRY | 1 << ACTION_CANCEL;
    case STATE_TRANSFERRED: return 1 << ACTION_COMPLETE | 1 << ACTION_CANCEL;
    case STATE_COMPLETED:
    case STATE_CANCELLED: break;
    }
    return 0;
}

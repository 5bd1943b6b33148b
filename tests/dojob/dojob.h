/*
 * What the parts of this test share: a job of Delivery Optimization with its interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_DOJOB_H
#define WINE_BITS_TESTS_DOJOB_H

#include "../dodownload/dodownload.h"

struct jobs
{
    struct server *server;
    IBackgroundCopyManager *manager;
};

/* A suspended job of the foreground, with every interface of its own. */
struct do_job
{
    struct jobs *jobs;
    IBackgroundCopyJob *job;
    IDeliveryOptimizationJob *files;
    IDeliveryOptimizationJob2 *files2;
};

BOOL do_job_begin(struct do_job *job, struct jobs *jobs);
/* Cancel where that makes sense, release. */
void do_job_end(struct do_job *job);
/* The whole file of a path of the server, to local: a buffer that receives a new path. */
HRESULT do_job_add(struct do_job *job, const WCHAR *path, WCHAR *local);
/* One without a sink; NULL after a failed test. */
IDeliveryOptimizationFile2 *do_job_add_sinkless(struct do_job *job, const WCHAR *path);
/* An interface of the job's first file; NULL after a failed test. */
void *do_job_file(struct do_job *job, REFIID iid);

HRESULT file_set_text(IDeliveryOptimizationFile2 *file, DOFilePropertyId id, const WCHAR *text);
HRESULT file_set_object(IDeliveryOptimizationFile2 *file, void *unknown);
HRESULT file_get(IDeliveryOptimizationFile2 *file, DOFilePropertyId id, VARIANT *value);

void check_layout(struct jobs *jobs);
void check_contract(struct jobs *jobs);
void check_undocumented(struct jobs *jobs);
void check_new_job(struct jobs *jobs);
void check_settings(struct jobs *jobs);
void check_enumerators(struct jobs *jobs);
void check_states(struct jobs *jobs);
void check_errors(struct jobs *jobs);
void check_error_without_file(struct jobs *jobs);
void check_times(struct jobs *jobs);
void check_path_sink(struct jobs *jobs);
void check_stream_sink(struct jobs *jobs);
void check_sink_errors(struct jobs *jobs);
void check_stats(struct jobs *jobs);
void check_job_ranges(struct jobs *jobs);
void check_remote_name(struct jobs *jobs);
void check_worlds(struct jobs *jobs);
void check_bypass(struct jobs *jobs);
void check_killed(struct jobs *jobs);

#endif

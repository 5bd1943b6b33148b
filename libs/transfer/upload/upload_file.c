/*
 * Moving the file of an upload to where it belongs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size, struct transfer_failure *failure)
{
    struct upload upload;

    if (!upload_init(&upload, run, file, failure) || !upload_connect(&upload))
        upload_fail_file(&upload, ERROR_OUTOFMEMORY);
    else
    {
        upload.buffer = buffer;
        upload.buffer_size = buffer_size;
        upload.paced = name_is_http(file->remote);
        if (!name_is_http(file->remote)) upload_copy(&upload);
        else if (upload.method) upload_plain(&upload);
        else upload_protocol_run(&upload);
    }
    if (failure->code && failure->code != ERROR_OPERATION_ABORTED)
        WARN("%s: code %#x, %s\n", debug_guid(&run->job->id), failure->code,
             failure->transient ? "transient" : "fatal");
    upload_cleanup(&upload);
}

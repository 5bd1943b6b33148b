/*
 * The end of a cancelled upload: its session with the server, or its partial copy on a share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "transfer/attempt/http_session.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/upload.h"

#define SESSION_CANCEL_CONNECT_MS 10000
#define SESSION_CANCEL_ACK_MS 30000

BOOL upload_cancel_session(struct run *run)
{
    struct transfer_failure failure;
    struct upload upload;
    BOOL done = FALSE;

    if (!name_is_http(run->job->files[0]->remote)) return upload_copy_delete(run->job, run->job->files[0]);
    if (upload_init(&upload, run, run->job->files[0], &failure))
    {
        upload.settings.options.connect_timeout = SESSION_CANCEL_CONNECT_MS;
        upload.settings.options.receive_timeout = SESSION_CANCEL_ACK_MS;
        if (upload_connect(&upload)) done = upload_session_cancel(&upload);
    }
    upload_cleanup(&upload);
    return done;
}

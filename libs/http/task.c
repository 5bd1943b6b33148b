/*
 * Work that cannot be interrupted, done on another thread so that it can be left behind.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/task.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

void http_task_release(struct http_task *task)
{
    HANDLE done = task->done;

    if (InterlockedDecrement(&task->references)) return;
    task->destroy(task);
    CloseHandle(done);
}

static void CALLBACK run_task(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct http_task *task = context;

    CallbackMayRunLong(instance);
    task->run(task);
    SetEvent(task->done);
    http_task_release(task);
}

uint32_t http_task_run(struct http_task *task, uint32_t timeout, const struct http_cancel *cancel)
{
    HANDLE handles[2];
    DWORD wait;

    if (!(task->done = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        task->destroy(task);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    task->references = 2;
    if (!TrySubmitThreadpoolCallback(run_task, task, NULL))
    {
        ERR("no thread for the task, error %lu\n", GetLastError());
        task->references = 1;
        http_task_release(task);
        return ERROR_NOT_ENOUGH_MEMORY;
    }

    handles[0] = cancel->event;
    handles[1] = task->done;
    wait = WaitForMultipleObjects(2, handles, FALSE, timeout ? timeout : INFINITE);
    if (wait == WAIT_OBJECT_0 + 1) return 0;
    http_task_release(task);
    return wait == WAIT_OBJECT_0 ? ERROR_OPERATION_ABORTED : ERROR_WINHTTP_TIMEOUT;
}

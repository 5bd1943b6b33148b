/*
 * The client's own check of servers' certificates.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client may be slow or hang.  So it is asked on a thread of its own, which is left behind when the transfer
 * is to end.  What it has accepted is remembered for the job, what it has declined is not (B-578).
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "http/task.h"
#include "transfer/attempt/certcheck.h"
#include "transfer/jobs/certificate_check.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* One question, with references of its own. */
struct question
{
    struct http_task task;
    struct job_certificate_check client;
    struct file *file;
    const CERT_CONTEXT *certificate;
    transfer_code answer;
};

/* --- asking ---------------------------------------------------------------------------------- */

static void question_run(struct http_task *task)
{
    struct question *question = CONTAINING_RECORD(task, struct question, task);

    question->answer = question->client.check(question->client.context, question->file, question->certificate);
}

static void question_destroy(struct http_task *task)
{
    struct question *question = CONTAINING_RECORD(task, struct question, task);

    question->client.release(question->client.context);
    file_release(question->file);
    CertFreeCertificateContext(question->certificate);
    free(question);
}

/* Locked. */
static BOOL is_approved(const struct certificate_check *check, const struct certificate_approval *approval)
{
    unsigned int i;

    for (i = 0; i < check->count; i++)
        if (!memcmp(&check->approvals[i], approval, sizeof(*approval))) return TRUE;
    return FALSE;
}

/* A question for the client there is now; NULL, with *code set: there is nothing to ask, or nobody.  Locked. */
static struct question *prepare_question(struct job *job, const struct certificate_approval *approval,
                                         const CERT_CONTEXT *certificate, transfer_code *code)
{
    struct certificate_check *check = job->certificate_check;
    struct question *question;

    queue_assert_locked(job->queue);
    *code = TRANSFER_E_NO_CERTIFICATE_CHECK; /* B-541: that client is gone */
    if (!check || !job->run || !job->file_count) return NULL;
    *code = TRANSFER_OK;
    if (is_approved(check, approval)) return NULL;
    *code = ERROR_OUTOFMEMORY;
    if (!(question = calloc(1, sizeof(*question)))) return NULL;
    question->task.run = question_run;
    question->task.destroy = question_destroy;
    question->client = check->client;
    question->client.addref(question->client.context);
    question->file = job->run->file ? (struct file *)job->run->file : job->files[0];
    file_addref(question->file);
    question->certificate = CertDuplicateCertificateContext(certificate);
    *code = TRANSFER_OK;
    return question;
}

/* Only while the same client is registered: another one wants to see it too. */
static void note_approval(struct job *job, const void *client, const struct certificate_approval *approval)
{
    struct certificate_check *check;

    EnterCriticalSection(&job->queue->lock);
    check = job->certificate_check;
    if (check && check->client.context == client && check->count < CERTIFICATE_APPROVALS_MAX)
        check->approvals[check->count++] = *approval;
    LeaveCriticalSection(&job->queue->lock);
}

/* Ask, unless the run is to end.  The question is used up. */
static transfer_code ask(struct job *job, struct question *question)
{
    struct http_cancel cancel;
    transfer_code code;

    if (!http_cancel_init(&cancel))
    {
        question_destroy(&question->task);
        return ERROR_OUTOFMEMORY;
    }
    EnterCriticalSection(&job->queue->lock);
    if (job->run)
    {
        job->run->waiting = &cancel;
        if (job->run->stop || job->run->redirected) http_cancel_request(&cancel);
    }
    LeaveCriticalSection(&job->queue->lock);
    if (!(code = http_task_run(&question->task, 0, &cancel)))
    {
        code = question->answer;
        http_task_release(&question->task);
    }
    EnterCriticalSection(&job->queue->lock);
    if (job->run) job->run->waiting = NULL;
    LeaveCriticalSection(&job->queue->lock);
    http_cancel_cleanup(&cancel);
    return code;
}

uint32_t certcheck_ask(void *context, const char *host, uint16_t port, const CERT_CONTEXT *certificate)
{
    struct certificate_approval approval = {.port = port};
    DWORD size = sizeof(approval.hash);
    struct job *job = context;
    struct question *question;
    transfer_code code;
    const void *client;

    if (strlen(host) >= sizeof(approval.host)) return ERROR_INVALID_PARAMETER;
    strcpy(approval.host, host);
    if (!CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, approval.hash, &size))
        return GetLastError();
    EnterCriticalSection(&job->queue->lock);
    question = prepare_question(job, &approval, certificate, &code);
    LeaveCriticalSection(&job->queue->lock);
    if (!question) return code;
    client = question->client.context;
    code = ask(job, question);
    TRACE("%s:%u: the client answers %#x\n", host, port, code);
    if (!code) note_approval(job, client, &approval);
    return code;
}

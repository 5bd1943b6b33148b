/*
 * bitsadmin's conversation with BITS: the manager, the job that a switch is about, and what went wrong.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef BITSADMIN_SESSION_H
#define BITSADMIN_SESSION_H

#include <stdbool.h>
#include <windows.h>

#include "bitsapi.h"
#include "args.h"

struct session
{
    const struct call *call;
    IBackgroundCopyManager *manager; /* NULL until session_open */
    IBackgroundCopyJob *job;         /* of the first argument, where that is a job */
    bool com;
};

/* A new pointer to the manager, NULL on failure. */
HRESULT create_manager(IBackgroundCopyManager **manager);

/* Get the manager, which starts the service; says itself what went wrong. */
bool session_open(struct session *session);

/* Find the job that is named by text, a display name or {GUID}, among those of the user; says itself what
 * went wrong.  Opens the session. */
bool session_find_job(struct session *session, const char *text);

/* Another interface of the session's job, into a pointer of its type. */
HRESULT query_job(struct session *session, REFIID iid, void *out);

void session_close(struct session *session);

/* --- enumerations: call visit for each element until it returns false ------------------------- */

typedef bool (*job_visitor)(struct session *session, IBackgroundCopyJob *job, void *context);
typedef bool (*file_visitor)(struct session *session, IBackgroundCopyFile *file, void *context);

HRESULT visit_jobs(struct session *session, DWORD flags, job_visitor visit, void *context);
HRESULT visit_files(struct session *session, IBackgroundCopyJob *job, file_visitor visit, void *context);

/* The file of a zero-based index, for release. */
HRESULT get_file(struct session *session, DWORD index, IBackgroundCopyFile **file);

/* --- values ------------------------------------------------------------------------------------ */

/* A UTF-8 argument as BITS wants it; NULL stays NULL.  Kept until the program ends. */
WCHAR *wide(const char *text);

/* What ARG_REST took, joined; NULL for the word NULL and for an empty text. Kept until the program ends. */
WCHAR *rest_text(const struct call *call, const char *separator);

void make_guid(const struct id *id, GUID *guid);

/* --- results of switches: each returns the exit code ------------------------------------------ */

/* "Unable to <what> - 0x<code>" and its message. */
int fail(struct session *session, const WCHAR *what, HRESULT hr);

/* The same with a reason of its own in place of the code's message; NULL for none. */
int fail_because(const WCHAR *what, HRESULT hr, const WCHAR *why);

/* One line that says why a request cannot be met. */
int refuse(const WCHAR *format, ...);

/* The confirmation of what was done; fail if it was not. */
int confirm(struct session *session, const WCHAR *what, HRESULT hr, const WCHAR *format, ...);

/* A value that was asked for: alone in its line, and without a line end under /RAWRETURN. */
int give(struct session *session, const WCHAR *what, HRESULT hr, const WCHAR *format, ...);

#endif

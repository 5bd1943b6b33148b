/*
 * Questions whose answer only Windows knows: what the published documents leave open, asked of the service.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An answer is a line of the result file: the rule, the question, what was found.  Nothing is right or wrong here;
 * tests/kit/answers.txt has what wine-bits answers and where that is written, and tools/compare-conformance compares.
 */

#ifndef WINE_BITS_KIT_ASK_H
#define WINE_BITS_KIT_ASK_H

#include "support/server.h"
#include "support/client.h"
#include "wine/test.h"

extern IBackgroundCopyManager *manager;
extern struct server *server;

/* Write down an answer. */
void answer(const char *rule, const char *question, const char *format, ...) __attribute__((format(gnu_printf, 3, 4)));
/* The most frequent kind: a result. */
void answer_hr(const char *rule, const char *question, HRESULT hr);

/* Texts live until eight others were made. */
const char *hr_text(HRESULT hr);
/* A format that is not an answer yet. */
const char *text(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));
const char *narrow(const WCHAR *string);

/* --- jobs; each is cancelled and released by drop ------------------------------------------------------ */

IBackgroundCopyJob *new_job(BG_JOB_TYPE type);
void drop(IBackgroundCopyJob *job);
/* Add the server's path; where it lands is in local_path until the next call. */
HRESULT add_path(IBackgroundCopyJob *job, const WCHAR *path);
extern WCHAR local_path[MAX_PATH];
/* A foreground job with this file, suspended. */
IBackgroundCopyJob *job_of(const WCHAR *path);
/* Wait until it moves no more: TRANSFERRED, ERROR, TRANSIENT_ERROR or a final state. */
BG_JOB_STATE settle(IBackgroundCopyJob *job);
/* job_of, resumed and settled. */
IBackgroundCopyJob *run_path(const WCHAR *path);
IBackgroundCopyJob *transferred(void);
IBackgroundCopyJob *failed(void);
/* The state, and where there is an error, its code and context. */
const char *outcome(IBackgroundCopyJob *job);
/* Another interface of an object, NULL if it has none. */
void *query(void *object, REFIID iid);
IBackgroundCopyFile *first_file(IBackgroundCopyJob *job);

/* Whether this process was started as the command of a job, and has done what it had to. */
BOOL answer_as_command(void);

/* --- the parts ------------------------------------------------------------------------------------------ */

void ask_methods(void);
void ask_states(void);
void ask_requests(void);
void ask_answers(void);
void ask_files(void);
void ask_notifications(void);
void ask_errors(void);
void ask_uploads(void);
void ask_system(void);
void ask_delivery_optimization(void);

#endif

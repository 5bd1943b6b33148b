/*
 * What a job's clients are to be notified of, and what follows from their answers.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A registration is the notifier's part of a job, from its first event to its end.  It decides; it calls nobody.
 * One lock, notifier->lock, protects the notifier and its registrations; that of the queue may be taken inside of it.
 * It is held for moments: no client is called, and no client's object is released, under it.  Functions whose comment
 * says "locked" expect the caller to hold it.
 */

#ifndef WINE_BITS_COM_REGISTRATION_H
#define WINE_BITS_COM_REGISTRATION_H

#include <windows.h>

#include "base/list.h"
#include "com/listener.h"

/* Bits of registration->pending. */
#define NOTIFY_END (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR)
#define NOTIFY_ALL (NOTIFY_END | JOB_EVENT_MODIFIED | JOB_EVENT_FILE | JOB_EVENT_RANGES)

#define NEVER (~(ULONGLONG)0)

/* Who is notified. */
enum channel
{
    CHANNEL_NONE,
    CHANNEL_OBJECT,  /* the registered object, or one of the notification class */
    CHANNEL_COMMAND, /* the command line is run */
};

struct registration
{
    struct list entry;       /* of notifier->registrations, with a reference to the job */
    struct list armed_entry; /* of notifier->armed */
    struct notifier *notifier;
    struct job *job; /* which this is attached to */
    BOOL listed;
    BOOL ended; /* the job is in a final state: nobody is notified any more */

    struct listener *listener; /* NULL: none */
    unsigned int generation;   /* of what the client registered */
    CLSID class_id;            /* GUID_NULL: none */
    BOOL has_command;

    uint32_t pending;
    unsigned int epoch;      /* of the state that pending is about; answers to calls of an older one do not count */
    BOOL class_failed;       /* in this epoch: no object of the class can be had */
    BOOL object_failed;      /* in this epoch: fell back to the command line (B-683) */
    struct command *command; /* running, for this epoch */
    unsigned int failures;   /* in a row */
    ULONGLONG repeat_at;     /* nothing but JobModification and FileRangesTransferred before */
    ULONGLONG modified_at;   /* last JobModification */
    ULONGLONG ranges_at;     /* last FileRangesTransferred */
    struct call *out;        /* the call that is out; others wait for its end */
    DWORD out_process;       /* its client */
};

/* All times are those of GetTickCount64. */
struct notifier
{
    struct com_service *service;
    struct queue *queue;
    CRITICAL_SECTION lock;
    struct list registrations;
    struct list armed;    /* registrations that may have something to do */
    struct list commands; /* running */
    BOOL stopping;
    HANDLE thread;
};

/* The registration of job, made where there is none.  NULL: no memory. */
struct registration *registration_get(struct notifier *notifier, struct job *job);

/* The job has ended: its clients are notified of nothing more, and get their object back. */
void registration_end(struct registration *registration);

/* What the job wants besides an object changed.  Locked. */
void registration_read_settings(struct registration *registration);

/* Something about the registration changed: have the notifier look what is due.  Locked; queue_interrupt_events
 * follows. */
void registration_arm(struct registration *registration);

/* What pending is about is another state now.  Locked. */
void registration_begin_epoch(struct registration *registration);

/* What is due now and who is to be notified, or 0 and when to look again.  Locked. */
uint32_t registration_next_event(struct registration *registration, ULONGLONG now, enum channel *channel,
                                 ULONGLONG *when);

/* What follows from an answer to a call that was made in epoch and generation for process.  Locked.  TRUE: the client
 * knows of the end now. */
BOOL registration_answered(struct registration *registration, uint32_t event, HRESULT hr, unsigned int epoch,
                           unsigned int generation, DWORD process);

/* No object of the class could be had, or it was lost.  Locked. */
void registration_class_failed(struct registration *registration, unsigned int epoch);

/* The command line could not be started, or has ended with code.  Locked; TRUE as above. */
void registration_command_not_started(struct registration *registration, unsigned int epoch);
BOOL registration_command_ended(struct registration *registration, DWORD code, unsigned int epoch,
                                unsigned int generation);

#endif

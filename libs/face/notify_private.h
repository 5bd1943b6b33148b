/*
 * What the files of the notifier share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One lock, notifier->lock, protects the notifier and its registrations; that of the queue may be taken inside of
 * it.  It is held for moments: no client is called, and no client's object is released, under it.  Functions whose
 * comment says "locked" expect the caller to hold it.
 */

#ifndef WINE_BITS_FACE_NOTIFY_PRIVATE_H
#define WINE_BITS_FACE_NOTIFY_PRIVATE_H

#include <windows.h>

#include "base/list.h"
#include "face/notify.h"

/* What is told, as bits of registration->pending. */
#define TELL_END (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR)
#define TELL (TELL_END | JOB_EVENT_MODIFIED | JOB_EVENT_FILE | JOB_EVENT_RANGES)

/* In the place of a client's process: what class servers, and starts of command lines, count as.  No process has
 * such an id. */
#define PROCESS_CLASS_SERVERS 1
#define PROCESS_COMMANDS 2

/* A client's object.  The last reference may go anywhere: the object itself is released on a thread of its own. */
struct listener
{
    LONG refs;
    struct notifier *notifier;
    IUnknown *object; /* as the client gave it */
    IBackgroundCopyCallback *callback;
    IBackgroundCopyCallback2 *callback2; /* NULL: the object has none */
    IBackgroundCopyCallback3 *callback3; /* the same */
    DWORD process;
    BOOL from_class; /* made by us from the notification class (B-674) */
};

/* What a job's clients are to be told, from its first news to its end. */
struct registration
{
    struct list entry;       /* of notifier->registrations, with a reference to the job */
    struct list armed_entry; /* of notifier->armed */
    struct notifier *notifier;
    struct job *job; /* which this is attached to */
    BOOL listed;
    BOOL ended; /* the job is in a final state: nothing is told any more */

    struct listener *listener; /* NULL: none */
    unsigned int generation;   /* of what the client registered */
    CLSID class_id;            /* GUID_NULL: none */
    BOOL has_command;

    uint32_t pending;
    unsigned int epoch;      /* of the state that pending speaks of */
    BOOL class_failed;       /* in this epoch: no object of the class can be had */
    BOOL fallen;             /* in this epoch: the object has failed, the command line's turn (B-683) */
    struct command *command; /* running, for this epoch */
    unsigned int failures;   /* in a row */
    ULONGLONG repeat_at;     /* nothing but JobModification and FileRangesTransferred before */
    ULONGLONG modified_at;   /* last JobModification */
    ULONGLONG ranges_at;     /* last FileRangesTransferred */
    struct call *out;        /* the call that is out; others wait for its end */
    DWORD out_process;       /* its client */
};

struct notifier
{
    struct face *face;
    struct queue *queue;
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE quiet; /* calls and releases went down */
    struct list registrations;
    struct list armed;    /* registrations that may have something to do */
    struct list clients;  /* with calls out */
    struct list commands; /* running */
    unsigned int calls;
    unsigned int releases; /* of clients' objects, under way */
    BOOL stopping;
    HANDLE thread;
    TP_POOL *pool;
    TP_CALLBACK_ENVIRON environment;
};

/* How something is told. */
enum channel
{
    CHANNEL_NONE,
    CHANNEL_OBJECT,
    CHANNEL_COMMAND
};

/* --- notify_listener.c --- */

/* Takes references of its own to object; what its QueryInterface answered where it is no callback. */
HRESULT listener_create(struct notifier *notifier, IUnknown *object, DWORD process, BOOL from_class,
                        struct listener **listener);
struct listener *listener_addref(struct listener *listener);

/* NULL is fine.  Not under the lock. */
void listener_release(struct listener *listener);

/* --- notify_call.c --- */

/* Tell event, or run the command line for it, on another thread.  Locked.  FALSE: not now, since enough of the
 * client's calls are out; *failed: since something is missing here. */
BOOL call_start(struct registration *registration, uint32_t event, enum channel channel, BOOL *failed);

/* Forget the commands that run; they go on. */
void commands_forget(struct notifier *notifier);

/* --- notify.c --- */

/* Something about the registration changed: look what is due.  Locked; queue_interrupt_events follows. */
void registration_arm(struct registration *registration);

/* What follows from an answer to a call that was made in epoch and generation for process.  Locked.  TRUE: the client
 * knows of the end now. */
BOOL registration_answered(struct registration *registration, uint32_t event, HRESULT hr, unsigned int epoch,
                           unsigned int generation, DWORD process);

/* No object of the class could be had, or it was lost.  Locked. */
void registration_class_failed(struct registration *registration, unsigned int epoch);

/* The command line could not be started, or has ended with code.  Locked; the second likewise. */
void registration_command_not_started(struct registration *registration, unsigned int epoch);
BOOL registration_command_ended(struct registration *registration, DWORD code, unsigned int epoch,
                                unsigned int generation);

#endif

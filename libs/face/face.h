/*
 * The COM objects that both services show: manager, jobs, files, errors and enumerators.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each method checks its arguments, makes one call into libs/transfer and translates the answer into the
 * numbers of the service (struct dialect).  An object holds a reference to its job and what its holder may do
 * with it.
 */

#ifndef WINE_BITS_FACE_FACE_H
#define WINE_BITS_FACE_FACE_H

#include <windows.h>
#include <objbase.h>

#include "bitsapi.h"
#include "face/dialect.h"
#include "transfer/transfer.h"

struct notifier;

/* The job objects that somebody holds, by job: all zero is empty. */
#define FACE_JOB_BUCKETS 64

struct face_jobs
{
    SRWLOCK lock;
    struct face_job *buckets[FACE_JOB_BUCKETS];
};

/* One per service, for as long as the service runs. */
struct face
{
    const struct dialect *dialect;
    struct queue *queue;
    struct notifier *notifier;
    HMODULE module;                     /* whose message table has the texts */
    struct face_jobs jobs;
};

/* What the holder of a pointer may do: decided when it is handed out (B-102). */
enum face_access
{
    FACE_ACCESS_NONE,
    FACE_ACCESS_READ,                   /* the owner without the elevation of the job's maker (B-764) */
    FACE_ACCESS_MODIFY,
};

/* What caller may do with job. */
HRESULT face_access_of(const struct caller *caller, struct job *job, enum face_access *access);

/* The same for whoever makes the present COM call; outside of one that is the service itself. */
HRESULT face_access_of_caller(struct job *job, enum face_access *access);

/* S_OK when the calling process belongs to the owner of job; E_ACCESSDENIED even for administrators
 * (B-763). */
HRESULT face_check_owner(struct job *job);

/* --- extensions ------------------------------------------------------------------------ */

#define FACE_EXTENSIONS 2

struct face_extension_iface
{
    const void *vtbl;
    IUnknown *object;                   /* the struct face_job, face_file or face_manager around this */
};

/* Fill an object's extension interfaces in. */
void face_extensions_init(struct face_extension_iface *ifaces, const struct face_extension *extensions,
                          void *object);

/* The interface of object that answers iid, or NULL; no reference is taken. */
void *face_extensions_find(struct face_extension_iface *ifaces, const struct face_extension *extensions,
                           REFIID iid);

/* The object of a method of an extension. */
static inline void *face_extension_object(void *iface)
{
    return ((struct face_extension_iface *)iface)->object;
}

/* IUnknown for the head of an extension's vtable. */
HRESULT STDMETHODCALLTYPE face_extension_QueryInterface(IUnknown *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE face_extension_AddRef(IUnknown *iface);
ULONG STDMETHODCALLTYPE face_extension_Release(IUnknown *iface);

#define FACE_EXTENSION_UNKNOWN(interface_name) \
    (HRESULT (STDMETHODCALLTYPE *)(interface_name *, REFIID, void **))face_extension_QueryInterface, \
    (ULONG (STDMETHODCALLTYPE *)(interface_name *))face_extension_AddRef, \
    (ULONG (STDMETHODCALLTYPE *)(interface_name *))face_extension_Release

/* --- objects ------------------------------------------------------------------------------ */

struct face_manager
{
    IBackgroundCopyManager IBackgroundCopyManager_iface;
    struct face_extension_iface extensions[FACE_EXTENSIONS];
    LONG refs;
    struct face *face;
};

struct face_job
{
    IBackgroundCopyJob5 IBackgroundCopyJob5_iface;
    struct face_extension_iface extensions[FACE_EXTENSIONS];
    LONG refs;
    struct face_job *next;              /* in its bucket of face->jobs, guarded by that lock */
    struct face *face;
    struct job *job;
    enum face_access access;
};

struct face_file
{
    IBackgroundCopyFile6 IBackgroundCopyFile6_iface;
    struct face_extension_iface extensions[FACE_EXTENSIONS];
    LONG refs;
    struct face *face;
    struct file *file;
    enum face_access access;
};

/* The object for job, with a reference to it of its own: the one that somebody holds already, if there is one
 * with these rights, so that a job has one identity. The first form gives every right. */
HRESULT face_job_create(struct face *face, struct job *job, REFIID iid, void **out);
HRESULT face_job_create_with_access(struct face *face, struct job *job, enum face_access access, REFIID iid,
                                    void **out);

/* Likewise for a file. */
HRESULT face_file_create(struct face *face, struct file *file, REFIID iid, void **out);
HRESULT face_file_create_with_access(struct face *face, struct file *file, enum face_access access,
                                     REFIID iid, void **out);

/* Whether file objects have that interface. */
BOOL face_file_answers(const struct face *face, REFIID iid);

/* A snapshot of a failure (B-700). file: the one that is to blame, or NULL. */
HRESULT face_error_create(struct face *face, const struct transfer_failure *failure, struct file *file,
                          IBackgroundCopyError **out);
HRESULT face_error_create_with_access(struct face *face, const struct transfer_failure *failure,
                                      struct file *file, enum face_access access, IBackgroundCopyError **out);

/* The caller's jobs, or everybody's, that caller may at least read. */
HRESULT face_enum_jobs_create(struct face *face, const struct caller *caller, BOOL all_users,
                              IEnumBackgroundCopyJobs **out);

/* The files that job has now. */
HRESULT face_enum_files_create(struct face *face, struct job *job, enum face_access access,
                               IEnumBackgroundCopyFiles **out);

/* A class object whose instances are managers, whatever the class is called. */
HRESULT face_factory_create(struct face *face, IClassFactory **factory);

/* --- for the methods ------------------------------------------------------------------------ */

/* A result of the library in the numbers of the service. */
HRESULT face_result(const struct face *face, transfer_code code);

/* For changes that the library does not see: whether job is in a final state, which nobody changes any more
 * (B-011). */
HRESULT face_check_alive(const struct face *face, struct job *job);

/* Whether the service has a group of methods (enum dialect_feature). */
static inline BOOL face_has(const struct face *face, unsigned int feature)
{
    return (face->dialect->features & feature) != 0;
}

/* A copy from CoTaskMemAlloc; NULL gives NULL. */
HRESULT face_copy_string(const WCHAR *text, WCHAR **out);

/* Hand on what job_get_string or file_get_string answered: frees value.  none stands for an absent string. */
HRESULT face_give_string(const struct face *face, transfer_code code, WCHAR *value, const WCHAR *none,
                         WCHAR **out);

/* Add files in the name of the calling process. */
HRESULT face_add_files(const struct face *face, struct job *job, const struct file_spec *files,
                       unsigned int count);

/* Ranges as the library takes them: *ranges for free(), NULL when count is 0. */
HRESULT face_copy_ranges(const BG_FILE_RANGE *from, DWORD count, struct file_range **ranges);

/* Ranges as clients get them, in one block of CoTaskMemAlloc; NULL when there are none. */
HRESULT face_give_ranges(const struct file_range *ranges, unsigned int count, BG_FILE_RANGE **out);

/* The text of a code in a language: CoTaskMemAlloc, ends in CR LF (B-704, B-705, B-710).  HRESULT of
 * ERROR_RESOURCE_LANG_NOT_FOUND or ERROR_MR_MID_NOT_FOUND; *text is NULL then. */
HRESULT face_text(const struct face *face, HRESULT code, DWORD language, WCHAR **text);

#endif

/*
 * The COM objects that both services show: manager, jobs, files, errors and enumerators.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each method checks its arguments, makes one call into libs/transfer and translates the answer into the
 * numbers of the service (struct com_profile).  An object holds a reference to its job and what its holder may do
 * with it.
 */

#ifndef WINE_BITS_COM_COM_H
#define WINE_BITS_COM_COM_H

#include <windows.h>
#include <objbase.h>

#include "bitsapi.h"
#include "com/profile.h"
#include "transfer/transfer.h"

struct notifier;
struct call_pool;

/* The job objects that somebody holds, by job: all zero is empty. */
#define COM_JOB_BUCKETS 64

struct com_jobs
{
    SRWLOCK lock;
    struct com_job *buckets[COM_JOB_BUCKETS];
};

/* One per service, for as long as the service runs. */
struct com_service
{
    const struct com_profile *profile;
    struct queue *queue;
    struct call_pool *calls; /* to clients */
    struct notifier *notifier;
    HMODULE module; /* whose message table has the texts */
    struct com_jobs jobs;
};

/* What the holder of a pointer may do: decided when it is handed out (B-102). */
enum com_access
{
    COM_ACCESS_NONE,
    COM_ACCESS_READ, /* the owner without the elevation of the job's maker (B-764) */
    COM_ACCESS_MODIFY,
};

/* What caller may do with job. */
HRESULT com_access_of(const struct caller *caller, struct job *job, enum com_access *access);

/* The same for whoever makes the present COM call; outside of one that is the service itself. */
HRESULT com_access_of_caller(struct job *job, enum com_access *access);

/* S_OK when the calling process belongs to the owner of job; E_ACCESSDENIED even for administrators
 * (B-763). */
HRESULT com_check_owner(struct job *job);

/* --- extensions ------------------------------------------------------------------------ */

#define COM_EXTENSIONS 3

struct com_extension_iface
{
    const void *vtbl;
    IUnknown *object; /* the struct com_job, com_file or com_manager around this */
};

/* Fill an object's extension interfaces in. */
void com_extensions_init(struct com_extension_iface *ifaces, const struct com_extension *extensions, void *object);

/* The interface of object that answers iid, or NULL; no reference is taken. */
void *com_extensions_find(struct com_extension_iface *ifaces, const struct com_extension *extensions, REFIID iid);

/* The object of a method of an extension. */
static inline void *com_extension_object(void *iface)
{
    return ((struct com_extension_iface *)iface)->object;
}

/* IUnknown for the head of an extension's vtable. */
HRESULT STDMETHODCALLTYPE com_extension_QueryInterface(IUnknown *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE com_extension_AddRef(IUnknown *iface);
ULONG STDMETHODCALLTYPE com_extension_Release(IUnknown *iface);

#define COM_EXTENSION_UNKNOWN(interface_name) \
    (HRESULT(STDMETHODCALLTYPE *)(interface_name *, REFIID, void **)) com_extension_QueryInterface, \
        (ULONG(STDMETHODCALLTYPE *)(interface_name *))com_extension_AddRef, \
        (ULONG(STDMETHODCALLTYPE *)(interface_name *))com_extension_Release

/* --- objects ------------------------------------------------------------------------------ */

struct com_manager
{
    IBackgroundCopyManager IBackgroundCopyManager_iface;
    struct com_extension_iface extensions[COM_EXTENSIONS];
    LONG refs;
    struct com_service *service;
};

struct com_job
{
    IBackgroundCopyJob5 IBackgroundCopyJob5_iface;
    struct com_extension_iface extensions[COM_EXTENSIONS];
    LONG refs;
    struct com_job *next; /* in its bucket of service->jobs, guarded by that lock */
    struct com_service *service;
    struct job *job;
    enum com_access access;
};

struct com_file
{
    IBackgroundCopyFile6 IBackgroundCopyFile6_iface;
    struct com_extension_iface extensions[COM_EXTENSIONS];
    LONG refs;
    struct com_service *service;
    struct file *file;
    enum com_access access;
};

/* The object for job, with a reference to it of its own: the one that somebody holds already, if there is one
 * with these rights, so that a job has one identity. The first form gives every right. */
HRESULT com_job_create(struct com_service *service, struct job *job, REFIID iid, void **out);
HRESULT com_job_create_with_access(struct com_service *service, struct job *job, enum com_access access, REFIID iid,
                                   void **out);

/* Likewise for a file. */
HRESULT com_file_create(struct com_service *service, struct file *file, REFIID iid, void **out);
HRESULT com_file_create_with_access(struct com_service *service, struct file *file, enum com_access access, REFIID iid,
                                    void **out);

/* Whether file objects have that interface. */
BOOL com_file_answers(const struct com_service *service, REFIID iid);

/* A snapshot of a failure (B-700). file: the one that is to blame, or NULL. */
HRESULT com_error_create(struct com_service *service, const struct transfer_failure *failure, struct file *file,
                         IBackgroundCopyError **out);
HRESULT com_error_create_with_access(struct com_service *service, const struct transfer_failure *failure,
                                     struct file *file, enum com_access access, IBackgroundCopyError **out);

/* The caller's jobs, or everybody's, that caller may at least read. */
HRESULT com_enum_jobs_create(struct com_service *service, const struct caller *caller, BOOL all_users,
                             IEnumBackgroundCopyJobs **out);

/* The files that job has now. */
HRESULT com_enum_files_create(struct com_service *service, struct job *job, enum com_access access,
                              IEnumBackgroundCopyFiles **out);

/* A class object whose instances are managers, whatever the class is called. */
HRESULT com_factory_create(struct com_service *service, IClassFactory **factory);

/* --- for the methods ------------------------------------------------------------------------ */

/* A result of the library in the numbers of the service. */
HRESULT com_result(const struct com_service *service, transfer_code code);

/* For changes that the library does not see: whether job is in a final state, which nobody changes any more
 * (B-011). */
HRESULT com_check_alive(const struct com_service *service, struct job *job);

/* Whether the service has a group of methods (enum com_feature). */
static inline BOOL com_has(const struct com_service *service, unsigned int feature)
{
    return (service->profile->features & feature) != 0;
}

/* A copy from CoTaskMemAlloc; NULL gives NULL. */
HRESULT com_copy_string(const WCHAR *text, WCHAR **out);

/* Hand on what job_get_string or file_get_string answered: frees value.  none stands for an absent string. */
HRESULT com_give_string(const struct com_service *service, transfer_code code, WCHAR *value, const WCHAR *none,
                        WCHAR **out);

/* Add files in the name of the calling process. */
HRESULT com_add_files(const struct com_service *service, struct job *job, const struct file_spec *files,
                      unsigned int count);

/* Ranges as the library takes them: *ranges for free(), NULL when count is 0. */
HRESULT com_copy_ranges(const BG_FILE_RANGE *from, DWORD count, struct file_range **ranges);

/* Ranges as clients get them, in one block of CoTaskMemAlloc; NULL when there are none. */
HRESULT com_give_ranges(const struct file_range *ranges, unsigned int count, BG_FILE_RANGE **out);

/* The text of a code in a language: CoTaskMemAlloc, ends in CR LF (B-704, B-705, B-710).  HRESULT of
 * ERROR_RESOURCE_LANG_NOT_FOUND or ERROR_MR_MID_NOT_FOUND; *text is NULL then. */
HRESULT com_text(const struct com_service *service, HRESULT code, DWORD language, WCHAR **text);

#endif

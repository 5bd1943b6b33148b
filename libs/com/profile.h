/*
 * What the two services say differently with the same interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_PROFILE_H
#define WINE_BITS_COM_PROFILE_H

#include <windows.h>
#include <objbase.h>

#include "bitsapi.h"
#include "transfer/conditions/failure.h"

struct com_service;

/* One code of the library in the service's numbers. */
struct com_code
{
    transfer_code code;
    HRESULT result;
};

/* Interfaces that only one service adds to an object of this library; at most COM_EXTENSIONS of them. */
struct com_extension
{
    const IID *const *iids; /* the interface and those that it derives from, NULL-terminated */
    const void *vtbl;       /* methods find their object with com_extension_object */
};

/* Groups of methods that a service need not know; they answer E_NOTIMPL there. */
enum com_feature
{
    COM_FEATURE_PROXY = 0x01,           /* IBackgroundCopyJob::SetProxySettings, GetProxySettings */
    COM_FEATURE_OWNERSHIP = 0x02,       /* IBackgroundCopyJob::TakeOwnership */
    COM_FEATURE_JOB2 = 0x04,            /* command line, reply, credentials */
    COM_FEATURE_PREFIX_ACL = 0x08,      /* ReplaceRemotePrefix, SetFileACLFlags, GetFileACLFlags */
    COM_FEATURE_JOB4 = 0x10,            /* peer caching, owner */
    COM_FEATURE_FILE_VALIDATION = 0x20, /* validation and peers of IBackgroundCopyFile3, File4 */
    COM_FEATURE_RANDOM_ACCESS = 0x40,   /* IBackgroundCopyFile6 is there at all */
    COM_FEATURE_UPLOADS = 0x80,         /* job types other than download */
    COM_FEATURE_EMPTY_RANGES = 0x100,   /* no ranges mean the whole file (D-230) */
    COM_FEATURE_ERROR_FILE = 0x400,     /* IBackgroundCopyError::GetFile gives the file in any context (D-270) */
    COM_FEATURE_HTTPS_NAMED = 0x200,    /* IBackgroundCopyError::GetProtocol knows "https" (D-347) */
};

struct com_service;

struct com_profile
{
    const struct com_code *codes; /* the end is {0}; what is not there is translated by rule */
    BG_ERROR_CONTEXT (*error_context)(const struct transfer_failure *failure);
    unsigned int features;       /* enum com_feature */
    unsigned int job_properties; /* bit n: IBackgroundCopyJob5 knows property n */

    HRESULT unsupported_value; /* type, priority or flags out of range */
    HRESULT string_too_long;
    HRESULT unknown_job_property;
    HRESULT unknown_file_property;
    HRESULT read_only_property;
    HRESULT file_not_available;
    HRESULT protocol_not_available;

    HRESULT (*check_resume)(void); /* whether jobs may be resumed at all; NULL: they may */

    /* Each ends with an entry without iids; NULL: none. */
    const struct com_extension *manager_extensions;
    const struct com_extension *job_extensions;
    const struct com_extension *file_extensions;

    /* A callback that passes on to a class's object of an earlier kind: E_NOINTERFACE.  NULL: there is no such. */
    HRESULT (*adapt_callback)(struct com_service *service, IUnknown *object, IBackgroundCopyCallback **out);
};

/* A result of the library as HRESULT: the profile's own table, then Win32 errors and HTTP statuses by rule
 * (B-275). */
HRESULT com_profile_result(const struct com_profile *profile, transfer_code code);

#endif

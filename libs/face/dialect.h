/*
 * What the two services say differently with the same interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_FACE_DIALECT_H
#define WINE_BITS_FACE_DIALECT_H

#include <windows.h>
#include <objbase.h>

#include "bitsapi.h"
#include "transfer/failure.h"

struct face;

/* One code of the library in the service's numbers. */
struct dialect_code
{
    transfer_code code;
    HRESULT result;
};

/* Interfaces that only one service adds to an object of this library; at most FACE_EXTENSIONS of them. */
struct face_extension
{
    const IID *const *iids;             /* the interface and those that it derives from, NULL-terminated */
    const void *vtbl;                   /* methods find their object with face_extension_object */
};

/* Groups of methods that a service need not know; they answer E_NOTIMPL there. */
enum dialect_feature
{
    DIALECT_PROXY = 0x01,               /* IBackgroundCopyJob::SetProxySettings, GetProxySettings */
    DIALECT_OWNERSHIP = 0x02,           /* IBackgroundCopyJob::TakeOwnership */
    DIALECT_JOB2 = 0x04,                /* command line, reply, credentials */
    DIALECT_PREFIX_ACL = 0x08,          /* ReplaceRemotePrefix, SetFileACLFlags, GetFileACLFlags */
    DIALECT_JOB4 = 0x10,                /* peer caching, owner */
    DIALECT_FILE_VALIDATION = 0x20,     /* validation and peers of IBackgroundCopyFile3, File4 */
    DIALECT_RANDOM_ACCESS = 0x40,       /* IBackgroundCopyFile6 is there at all */
    DIALECT_UPLOADS = 0x80,             /* job types other than download */
    DIALECT_EMPTY_RANGES = 0x100,       /* no ranges mean the whole file (D-230) */
    DIALECT_HTTPS_NAMED = 0x200,        /* IBackgroundCopyError::GetProtocol knows "https" (D-347) */
};

struct face;

struct dialect
{
    const struct dialect_code *codes;   /* the end is {0}; what is not there is translated by rule */
    BG_ERROR_CONTEXT (*error_context)(const struct transfer_failure *failure);
    unsigned int features;              /* enum dialect_feature */
    unsigned int job_properties;        /* bit n: IBackgroundCopyJob5 knows property n */

    HRESULT unsupported_value;          /* type, priority or flags out of range */
    HRESULT string_too_long;
    HRESULT unknown_job_property;
    HRESULT unknown_file_property;
    HRESULT read_only_property;
    HRESULT file_not_available;
    HRESULT protocol_not_available;

    HRESULT (*check_resume)(void);      /* whether jobs may be resumed at all; NULL: they may */

    /* Each ends with an entry without iids; NULL: none. */
    const struct face_extension *manager_extensions;
    const struct face_extension *job_extensions;
    const struct face_extension *file_extensions;

    /* A callback that passes on to a class's object of an earlier kind: E_NOINTERFACE.  NULL: there is no such. */
    HRESULT (*adapt_callback)(struct face *face, IUnknown *object, IBackgroundCopyCallback **out);
};

/* A result of the library as HRESULT: the dialect's own table, then Win32 errors and HTTP statuses by rule
 * (B-275). */
HRESULT dialect_result(const struct dialect *dialect, transfer_code code);

#endif

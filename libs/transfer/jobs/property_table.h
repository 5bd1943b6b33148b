/*
 * The properties of jobs that are numbers or texts: a property is a line here, and an interface that sets it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each user of a table expands its lines to what it needs.  Columns:
 *
 * name       JOB_name is the property
 * tag        of the field in the job's record (docs/journal-format.md): numbers 100 to 199, texts 200 to 299.  A tag
 *            that was used once is never used for anything else.
 * when       a client may set it, besides never in a final state: the flags of property.c
 * initial    the value of a new job; "profile" is that of the service, "owner" the one who makes it
 * effect     RESCHEDULES: a change may decide which job runs; else NONE
 * id, member of IBackgroundCopyJob5's properties: the BITS_JOB_PROPERTY_ID and the member of its value
 */

#ifndef WINE_BITS_TRANSFER_JOBS_PROPERTY_TABLE_H
#define WINE_BITS_TRANSFER_JOBS_PROPERTY_TABLE_H

/* clang-format off */
#define JOB_NUMBERS(NUMBER, PROPERTY) \
    NUMBER(PRIORITY, 100, ANY_TIME, JOB_NORMAL, RESCHEDULES) \
    NUMBER(NOTIFY_FLAGS, 101, ANY_TIME, JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR, RESCHEDULES) \
    /* seconds; below 5 becomes 5 (B-155) */ \
    NUMBER(MINIMUM_RETRY_DELAY, 102, ANY_TIME, profile->default_retry_delay, NONE) \
    NUMBER(NO_PROGRESS_TIMEOUT, 103, ANY_TIME, profile->default_no_progress, RESCHEDULES) /* seconds */ \
    NUMBER(MAXIMUM_DOWNLOAD_TIME, 104, ANY_TIME, policy_maximum_download_time(), RESCHEDULES) /* seconds */ \
    NUMBER(ERROR_COUNT, 105, READ_ONLY, 0, NONE) \
    NUMBER(PROXY_USAGE, 106, ANY_TIME, JOB_PROXY_USAGE_PRECONFIG, NONE) \
    NUMBER(SECURITY_FLAGS, 107, ANY_TIME, 0, NONE) \
    NUMBER(ACL_FLAGS, 108, BEFORE_TRANSFERRED, 0, NONE) /* B-059 */ \
    NUMBER(PEER_FLAGS, 109, ANY_TIME, 0, NONE) \
    /* until one is set: what the policy says for the priority (B-822) */ \
    PROPERTY(COST_FLAGS, 110, ANY_TIME, COST_BY_POLICY, RESCHEDULES, BITS_JOB_PROPERTY_ID_COST_FLAGS, Dword) \
    /* B-232 */ \
    PROPERTY(DYNAMIC_CONTENT, 111, BEFORE_RESUME | DOWNLOADS_ONLY, 0, NONE, \
             BITS_JOB_PROPERTY_DYNAMIC_CONTENT, Enable) \
    /* B-233 */ \
    PROPERTY(HIGH_PERFORMANCE, 112, BEFORE_FILES | DOWNLOADS_ONLY, 0, NONE, \
             BITS_JOB_PROPERTY_HIGH_PERFORMANCE, Enable) \
    /* B-234 */ \
    PROPERTY(MAXIMUM_SIZE, 113, BEFORE_RESUME | DOWNLOADS_ONLY, UINT64_MAX, NONE, \
             BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, Uint64) \
    PROPERTY(STORED_CREDENTIALS_TARGET, 114, ANY_TIME, 0, NONE, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, Target) \
    /* ms */ \
    PROPERTY(NOTIFY_INTERVAL, 115, ANY_TIME, 500, NONE, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, Dword) \
    /* B-237 */ \
    PROPERTY(ON_DEMAND, 116, BEFORE_RESUME | DOWNLOADS_ONLY, 0, NONE, BITS_JOB_PROPERTY_ON_DEMAND_MODE, Enable) \
    NUMBER(HELPER_TOKEN_FLAGS, 117, ANY_TIME, 0, NONE) \
    NUMBER(HEADERS_WRITE_ONLY, 118, ANY_TIME, 0, NONE) \
    NUMBER(OWNER_INTEGRITY, 119, READ_ONLY, owner->integrity, NONE) \
    NUMBER(OWNER_ELEVATED, 120, READ_ONLY, owner->elevated, NONE) \
    NUMBER(CERTIFICATE_STORE_LOCATION, 121, ANY_TIME, 0, NONE) \
    NUMBER(SINGLE, 122, READ_ONLY, 0, NONE)                /* a download of the IDOManager API */ \
    NUMBER(VOLATILE, 123, ANY_TIME, 0, NONE)               /* ends with the service */ \
    NUMBER(CERTIFICATE_CHECKED, 124, READ_ONLY, 0, NONE)   /* a client wants to see servers' certificates */

#define JOB_STRINGS(STRING) \
    STRING(DISPLAY_NAME, 200, ANY_TIME) \
    STRING(DESCRIPTION, 201, ANY_TIME) \
    STRING(OWNER, 202, READ_ONLY) /* SID */ \
    STRING(COMMAND_PROGRAM, 203, ANY_TIME) \
    STRING(COMMAND_PARAMETERS, 204, ANY_TIME) \
    STRING(PROXY_LIST, 205, ANY_TIME) \
    STRING(PROXY_BYPASS, 206, ANY_TIME) \
    STRING(CUSTOM_HEADERS, 207, ANY_TIME) \
    STRING(HTTP_METHOD, 208, BEFORE_RESUME)     /* B-063; NULL: the default of the job's type */ \
    STRING(REPLY_FILE, 209, BEFORE_TRANSFERRED) /* B-060 */ \
    STRING(CERTIFICATE_STORE, 210, ANY_TIME)    /* NULL: no client certificate */ \
    STRING(CERTIFICATE_SUBJECT, 211, ANY_TIME) \
    STRING(CHALLENGE_HEADERS, 212, ANY_TIME)    /* sent once the server asks for authentication; not stored */ \
    /* what MS-CV begins with (D-060, D-359); NULL: one that is made for the job */ \
    STRING(CORRELATION_VECTOR, 213, ANY_TIME)
/* clang-format on */

#endif

/*
 * Numbers of the monitor's resources. Those of commands are also what a program sends in WM_COMMAND to drive the
 * window, as tests/monitor does.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef MONITOR_RESOURCE_H
#define MONITOR_RESOURCE_H

#define IDI_MONITOR 1
#define IDR_MENU 1
#define IDR_KEYS 1

/* Controls of the window. */
#define IDC_LIST 10
#define IDC_DETAILS 11
#define IDC_STATUS 12

/* Commands. The first ones are in the order of enum action. */
#define IDM_PAUSE 100
#define IDM_RESUME 101
#define IDM_RETRY 102
#define IDM_COMPLETE 103
#define IDM_CANCEL 104
#define IDM_COPY_URL 110
#define IDM_OPEN_FOLDER 111
#define IDM_REFRESH 112
#define IDM_SELECT_ALL 113
#define IDM_CLOSE 114
#define IDM_ABOUT 115

/* Texts; each language has all of them. %1, %2 ... are inserted by FormatMessage. */
#define IDS_TITLE 200
#define IDS_SERVICE_BITS 201
#define IDS_SERVICE_DO 202
#define IDS_SERVICE_JOBS 203    /* %1 service, %2 number */
#define IDS_SERVICE_MISSING 204 /* %1 service, %2 why */
#define IDS_CONNECTING 205
#define IDS_NO_NAME 206

/* The columns, in the order of enum column. */
#define IDS_COLUMN_NAME 210
#define IDS_COLUMN_SERVICE 211
#define IDS_COLUMN_STATE 212
#define IDS_COLUMN_PROGRESS 213
#define IDS_COLUMN_SIZE 214
#define IDS_COLUMN_SPEED 215
#define IDS_COLUMN_TIME_LEFT 216
#define IDS_COLUMN_REASON 217

/* The states, in the order of enum state. */
#define IDS_STATE_CREATED 220
#define IDS_STATE_QUEUED 221
#define IDS_STATE_CONNECTING 222
#define IDS_STATE_TRANSFERRING 223
#define IDS_STATE_PAUSED 224
#define IDS_STATE_RETRYING 225
#define IDS_STATE_ERROR 226
#define IDS_STATE_TRANSFERRED 227
#define IDS_STATE_COMPLETED 228
#define IDS_STATE_CANCELLED 229

/* Why a job is as it is, where no error tells. */
#define IDS_REASON_CREATED 230
#define IDS_REASON_QUEUED 231
#define IDS_REASON_TRANSFERRED 232

#define IDS_SIZE_OF 240    /* %1 so far, %2 all */
#define IDS_PER_SECOND 241 /* %1 size */
#define IDS_ERROR_CODE 242 /* %1 text, %2 code */

#define IDS_DETAILS_URL 250   /* %1 */
#define IDS_DETAILS_FILE 251  /* %1 */
#define IDS_DETAILS_FILES 252 /* %1 number */

#define IDS_CONFIRM_CANCEL_ONE 260  /* %1 name */
#define IDS_CONFIRM_CANCEL_MANY 261 /* %1 number */
#define IDS_FAILED_PAUSE 270        /* %1 name, %2 why; in the order of enum action */
#define IDS_FAILED_RESUME 271
#define IDS_FAILED_RETRY 272
#define IDS_FAILED_COMPLETE 273
#define IDS_FAILED_CANCEL 274
#define IDS_FAILED_FOLDER 275 /* %1 folder */
#define IDS_ABOUT 280         /* %1 version */

#endif

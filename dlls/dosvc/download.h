/*
 * The objects of the IDOManager API: downloads.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A download is a DO download of libs/transfer (a "single" job).  Its properties are the job's notes, by their
 * numbers; what the transfer has to know of them is set in the job when it starts.
 */

#ifndef WINE_BITS_DOSVC_DOWNLOAD_H
#define WINE_BITS_DOSVC_DOWNLOAD_H

#include "state.h"

struct do_download
{
    IDODownload IDODownload_iface;
    LONG refs;
    struct com_service *service;
    struct job *job;
};

/* An object for job, with a reference to it of its own. */
HRESULT download_create(struct com_service *service, struct job *job, REFIID iid, void **out);

/* --- properties ------------------------------------------------------------------------------ */

HRESULT download_get_property(struct do_download *This, DODownloadProperty id, VARIANT *value);
HRESULT download_set_property(struct do_download *This, DODownloadProperty id, const VARIANT *value);

/* The job's settings from the properties, before it starts. */
HRESULT download_apply_properties(struct do_download *This);

/* --- enumeration ---------------------------------------------------------------------------------- */

/* The caller's downloads in a category, NULL: all; DO_E_NO_DOWNLOADS when there is none (D-126). */
HRESULT download_enum_create(struct com_service *service, const DO_DOWNLOAD_ENUM_CATEGORY *category,
                             IEnumUnknown **out);

#endif

/*
 * Clients' streams as destinations of downloads.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions that set one take references of their own, NULL removes it; E_NOINTERFACE where object is no IStream
 * (D-148).  Those that get one give a reference; E_NOT_SET.  The last reference is released on the service's call pool.
 */

#ifndef WINE_BITS_DOSVC_CLIENTSTREAM_H
#define WINE_BITS_DOSVC_CLIENTSTREAM_H

#include "dosvc.h"

/* The stream of a download. */
HRESULT client_stream_set(struct com_service *service, struct job *job, IUnknown *object);
HRESULT client_stream_get(struct job *job, IUnknown **object);
BOOL client_stream_is_set(struct job *job);

/* The stream of a file of a job. */
HRESULT client_stream_set_for_file(struct com_service *service, struct file *file, IUnknown *object);
HRESULT client_stream_get_of_file(struct file *file, IUnknown **object);

#endif

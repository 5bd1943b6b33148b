/*
 * What the parts of the Delivery Optimization service know of each other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_DOSVC_DOSVC_H
#define WINE_BITS_DOSVC_DOSVC_H

#include "com/com.h"

/* Delivery Optimization's numbers, features and further interfaces. */
extern const struct com_profile do_profile;

/* Seconds without a byte after which a download of generation 3 gives up (D-386). */
#define SINGLE_NO_PROGRESS 300

/* Of a property that has no value (D-030). */
#define E_NOT_SET __HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

/* DO_E_NO_DOWNLOAD_EXTSETTINGS while a policy switches Delivery Optimization off (D-429). */
HRESULT do_check_mode(void);

/* Of struct queue_profile. */
WCHAR *do_cache_hosts(BOOL foreground, uint32_t *patience);
uint64_t do_bandwidth(BOOL foreground);

/* Whether the length units of text are one JSON object. */
BOOL do_is_json(const WCHAR *text, size_t length);

/* Of struct com_manager. */
extern const IDOManagerVtbl do_manager_vtbl;

/* Interfaces of the first generation that BITS does not have; of struct com_job and struct com_file. */
extern const IDeliveryOptimizationJobVtbl do_job_vtbl;
extern const IDeliveryOptimizationJob2Vtbl do_job2_vtbl;
extern const IDeliveryOptimizationFileVtbl do_file_vtbl;
extern const IDeliveryOptimizationFile2Vtbl do_file2_vtbl;

#endif

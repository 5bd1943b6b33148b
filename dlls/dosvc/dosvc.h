/*
 * What the parts of the Delivery Optimization service know of each other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_DOSVC_DOSVC_H
#define WINE_BITS_DOSVC_DOSVC_H

#include "face/face.h"

/* Delivery Optimization's numbers, features and further interfaces. */
extern const struct dialect do_dialect;

/* Seconds without a byte after which a download of generation 3 gives up (D-386). */
#define SINGLE_NO_PROGRESS 300

/* Of struct face_manager. */
extern const IDOManagerVtbl do_manager_vtbl;

/* Interfaces of the first generation that BITS does not have; of struct face_job and struct face_file. */
extern const IDeliveryOptimizationJobVtbl do_job_vtbl;
extern const IDeliveryOptimizationJob2Vtbl do_job2_vtbl;
extern const IDeliveryOptimizationFileVtbl do_file_vtbl;
extern const IDeliveryOptimizationFile2Vtbl do_file2_vtbl;

#endif

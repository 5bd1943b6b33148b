/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

#include <stdint.h>

uintptr_t _beginthreadex(void *security, unsigned int stack, unsigned int (*function)(void *context), void *context,
                         unsigned int flags, unsigned int *id);

#endif

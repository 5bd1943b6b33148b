/*
 * The simulated clock for those who ask the C library.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include_next <time.h>

#ifndef SIM_TIME_H
#define SIM_TIME_H

time_t sim_time(time_t *now);
#define time(now) sim_time(now)

#endif

/*
 * The parts of the test of Office's sequence.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_OFFICE_H
#define WINE_BITS_TESTS_OFFICE_H

#include "../dodownload/dodownload.h"

/* The blankets of clients, on an interface or on an identity. */
void office_blankets(void *proxy);

/* The installer's job, the error when its ranges fail, and other clients of the later interfaces. */
void check_installer(struct server *server);
void check_failing_ranges(struct server *server);
void check_other_clients(struct server *server);

/* Identities and blankets on them, class objects, calls that are cancelled. */
void check_identities(struct server *server);
void check_one_job(struct server *server);
void check_class_objects(struct server *server);
void check_cancelled_call(struct server *server);

#endif

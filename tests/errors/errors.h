/*
 * What the parts of the errors test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_ERRORS_H
#define WINE_BITS_TESTS_ERRORS_H

#include "support/server.h"
#include "support/client.h"

/* The texts of error, an IBackgroundCopyError of a job, in every language (B-700, B-704). */
void check_error_texts(IBackgroundCopyError *error, HRESULT code);

/* The text of error, whose code is that of the system, is that of Windows (B-945). */
void check_wording(IBackgroundCopyError *error, HRESULT code);

/* The parts; each is called in a multithreaded apartment. */
void test_tables(void);
void test_network_texts(void);
void test_wordings(void);
void test_related_languages(void);
void test_unknown_languages(void);
void test_own_languages(void);

void test_http_files(void);
void test_local_sources(void);

#endif

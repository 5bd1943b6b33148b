/*
 * The answer of an exchange: taken over, skipped, and its connection afterwards.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_ANSWER_H
#define WINE_BITS_HTTP_ANSWER_H

#include "http/exchange_state.h"

/*
 * Makes what has arrived in exchange->head the answer to a request of that method. 
 * ERROR_WINHTTP_INVALID_SERVER_RESPONSE: its body cannot be told from what follows.
 */
uint32_t http_answer_take(struct http_exchange *exchange, const char *method);

/*
 * Gets rid of the body of an answer that is not the last one.  The connection is kept in the exchange if it can carry
 * the next request, otherwise closed.  ERROR_OPERATION_ABORTED, ERROR_NOT_ENOUGH_MEMORY.
 */
uint32_t http_answer_skip(struct http_exchange *exchange);

/* Fills exchange->response, and the texts that it points to, from the answer.  ERROR_NOT_ENOUGH_MEMORY. */
uint32_t http_answer_describe(struct http_exchange *exchange);

/* Forgets the answer; its connection stays. */
void http_answer_forget(struct http_exchange *exchange);

/* Once the body was read: the connection goes into the pool, or is closed. */
void http_answer_release(struct http_exchange *exchange);

/* Closes the connection, if there is one. */
void http_exchange_close(struct http_exchange *exchange);

#endif

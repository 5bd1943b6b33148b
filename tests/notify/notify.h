/*
 * The parts of the notification test.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_NOTIFY_NOTIFY_H
#define WINE_BITS_TESTS_NOTIFY_NOTIFY_H

/* hostile.c: clients that misbehave, each in a process of its own. */
void test_hostile(void);
/* The other process; TRUE if this is one. */
BOOL hostile_child(int argc, char **argv);

/* class.c: the notification class. */
void test_class(void);
BOOL class_child(int argc, char **argv);

/* security.c: what clients say to CoInitializeSecurity. */
void test_security(void);
BOOL security_child(int argc, char **argv);

#endif

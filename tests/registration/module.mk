# What the service control manager and the registry say of the services.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += registration
registration_dir = tests/registration
registration_sources = registration.c
registration_generated = bitsapi_i.c
registration_uses = testsupport
registration_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32

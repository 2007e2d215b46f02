# SPDX-License-Identifier: Apache-2.0
"""For all tests: a busy machine is no failure, so hypothesis sets no deadlines."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

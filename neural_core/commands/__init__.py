# SPDX-License-Identifier: Apache-2.0
"""One file per command of ``blockout``. What takes long to import is imported when it runs."""

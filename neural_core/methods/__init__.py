# SPDX-License-Identifier: Apache-2.0
"""One folder per method. Methods never import each other."""

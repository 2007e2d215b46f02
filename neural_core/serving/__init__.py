# SPDX-License-Identifier: Apache-2.0
"""The HTTP backend: meshes, jobs with progress and cancel, results; loopback and a token."""

from .server import serve

__all__ = ["serve"]

# SPDX-License-Identifier: Apache-2.0
"""Cameras, primitives, rasterisers and the passes made with them."""

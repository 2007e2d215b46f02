# SPDX-License-Identifier: Apache-2.0
"""Training: the loop, checkpoints, sample sheets, export of what ships."""

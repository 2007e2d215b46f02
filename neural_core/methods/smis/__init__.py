# SPDX-License-Identifier: Apache-2.0
"""SMIS: semantically multi-modal image synthesis (GroupDNet; Zhu et al., CVPR 2020)."""

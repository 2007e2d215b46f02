# SPDX-License-Identifier: Apache-2.0
"""controllable3d: pictures from 3D primitives (Liao et al., CVPR 2020), driven by Blender."""

# SPDX-License-Identifier: Apache-2.0
"""Label files from Frames and their passes: COCO, COCO panoptic, KITTI, YOLO, HDF5.

``docs/annotations.md`` says which file holds what.
"""

from .classes import Categories, things_of
from .folder import FORMATS, AnnotationFolder, Summary, parse_formats, write_annotations
from .labels import FrameLabels, InstanceLabel, Labeller, Shot
from .shard_shots import dataset_shots

__all__ = [
    "FORMATS",
    "AnnotationFolder",
    "Categories",
    "FrameLabels",
    "InstanceLabel",
    "Labeller",
    "Shot",
    "Summary",
    "dataset_shots",
    "parse_formats",
    "things_of",
    "write_annotations",
]

# SPDX-License-Identifier: Apache-2.0
"""Data sets of other people, read as samples of our own form: see docs/foreign_data.md."""

from .ade20k import Ade20kFull, Ade20kSceneParsing
from .base import ForeignDataset, Instances
from .cityscapes import Cityscapes
from .coco_stuff import CocoStuff
from .deepfashion import DeepFashion, PoseTransferPairs
from .opening import FORMATS, open_dataset
from .plain_folder import PlainFolder
from .view import View, ViewOptions

__all__ = [
    "FORMATS",
    "Ade20kFull",
    "Ade20kSceneParsing",
    "Cityscapes",
    "CocoStuff",
    "DeepFashion",
    "ForeignDataset",
    "Instances",
    "PlainFolder",
    "PoseTransferPairs",
    "View",
    "ViewOptions",
    "open_dataset",
]

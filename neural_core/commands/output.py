# SPDX-License-Identifier: Apache-2.0
"""How commands speak: JSON for programs on stdout, progress for people on stderr."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(document, indent=1), flush=True)


def note(text: str) -> None:
    """One line for a person, on standard error."""
    print(text, file=sys.stderr, flush=True)

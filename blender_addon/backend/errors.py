# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with the backend, each told in one sentence with its fix."""

from __future__ import annotations


class BackendError(Exception):
    """The backend cannot do what was asked.

    Attributes:
        problem: what is wrong, one clause.
        fix: what to do about it, one clause.
    """

    def __init__(self, problem: str, fix: str) -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem}. {fix}")


class BackendMissing(BackendError):
    """No backend is installed."""


class BackendGone(BackendError):
    """The backend does not answer, or stopped answering."""


class BackendRefused(BackendError):
    """The backend answered with a problem document.

    Attributes:
        status: HTTP status.
        kind: the problem's type without its prefix.
        document: all members.
    """

    def __init__(self, status: int, document: dict) -> None:
        self.status = status
        self.kind = str(document.get("type", "")).removeprefix("blockout:")
        self.document = document
        field = document.get("field")
        detail = document.get("detail") or f"the backend answered with status {status}"
        problem = f"{field}: {detail}" if field else str(detail)
        super().__init__(problem, str(document.get("fix") or "See the backend's log"))


class Cancelled(Exception):
    """The user stopped it."""

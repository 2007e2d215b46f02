# SPDX-License-Identifier: Apache-2.0
"""Errors on the wire: ``application/problem+json`` with the field, the problem and the fix."""

from __future__ import annotations

from typing import Any

from neural_core.contract import ContractError

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "The request is damaged",
    401: "The token is missing or wrong",
    404: "There is no such thing here",
    405: "The method is not allowed here",
    409: "Something must be done first",
    411: "The length is missing",
    413: "The request is too large",
    422: "The input cannot be used",
    429: "Too many jobs are waiting",
    500: "The backend failed",
    503: "The backend is stopping",
}


class Problem(Exception):
    """An error that the client gets to see.

    Attributes:
        status: HTTP status.
        kind: short name, the ``type`` member.
        detail: what is wrong, one clause.
        field: path of the field at fault, or "".
        fix: what to do about it, one clause.
        extra: further members, e.g. ``missing``.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        fix: str,
        *,
        field: str = "",
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.field = field
        self.fix = fix
        self.extra = extra or {}

    def to_json(self) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": f"blockout:{self.kind}",
            "title": _TITLES.get(self.status, "The request failed"),
            "status": self.status,
            "detail": self.detail,
            "field": self.field,
            "fix": self.fix,
            **self.extra,
        }


def problem_of(error: BaseException) -> Problem:
    """The problem that tells about any exception."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ContractError):
        kind = "contract-version" if error.field == "version" else "input"
        return Problem(422, kind, error.problem, error.fix, field=error.field)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return Problem(
            500,
            "out-of-memory",
            "the backend ran out of memory",
            "Lower the resolution, or close other programs that use the memory",
        )
    return Problem(
        500,
        "internal",
        f"{type(error).__name__}: {error}",
        "See the backend's log; if it happens again, report it with that log",
    )

# SPDX-License-Identifier: Apache-2.0
"""The one error that bad input raises."""

from __future__ import annotations


class ContractError(ValueError):
    """Bad input, told to a person: which field, what is wrong, what to do about it.

    Attributes:
        field: path of the field, e.g. ``objects[3].matrix_world``.
        problem: what is wrong with it.
        fix: what is allowed, or what to change.
    """

    def __init__(self, field: str, problem: str, fix: str) -> None:
        self.field = field
        self.problem = problem
        self.fix = fix
        super().__init__(f"{field}: {problem}. {fix}")

    def __reduce__(self) -> tuple[type[ContractError], tuple[str, str, str]]:
        return type(self), (self.field, self.problem, self.fix)

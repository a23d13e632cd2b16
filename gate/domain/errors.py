"""The errors that a user can do something about. A broken contract is *not* one of them: it is a verdict."""

from typing import ClassVar, Final

BUG_EXIT_CODE: Final = 4
"""The gate itself failed. Not a verdict, and never an allow."""


class GateError(Exception):
    """The gate could not do a part of its work.

    Raised after the settings are read, it makes the verdict `unknown`; it never makes it `allow`.

    Args:
        what: what happened, in one sentence.
        where: the file, address or setting concerned.
        remedy: what the reader can do about it.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return describe(self.where, self.what, self.remedy)


class ConfigurationError(GateError):
    """The gate was asked for something that cannot be done: nothing was started, nothing is decided."""

    exit_code = 2


class ContractError(GateError):
    """A document is no contract, or one that cannot be verified as its author meant it."""


class StoreError(GateError):
    """A store could not say what it was asked, so that what depends on it is unknown."""


class ConflictError(GateError):
    """A store refuses to keep something, as it has something else in its place. A definite no.

    Args:
        details: what is different, for a person; of several lines.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.details = details


class ProviderError(GateError):
    """The provider could not be started or reached, so that nothing can be said about its contracts."""


class EngineError(GateError):
    """The engine itself could not run. A mismatch is not an error but a result."""


class CancelledError(KeyboardInterrupt):
    """The run was told to stop by a signal.

    Not an `Exception`, so that no handler on the way up can mistake it for a fault of its own and go on.
    """

    def __init__(self, signal_name: str) -> None:
        super().__init__(signal_name)
        self.signal_name = signal_name


def describe(where: str, what: str, remedy: str) -> str:
    """Join the three parts of an error, leaving out those that are empty."""
    sentence = f"{where}: {what}" if where else what
    return f"{sentence} {remedy}" if remedy else sentence

"""Why something is done: which beginning it goes back to, and which job or event had it done.

It is said around what a job or a listener does, in the thread that does it, so that nobody in between hands it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is done.

    Args:
        correlation: Shared by all that came of one beginning; "" where this is one.
        causation: Id of the job or event, or of the ledger's entry of the call that it is within; "" where somebody
            asked themselves.
    """

    correlation: str = ""
    causation: str = ""

    def noted(self) -> dict[str, str]:
        """Return it as the note of a job or event has it: nothing where somebody asked themselves."""
        said = {"correlation": self.correlation, "causation": self.causation}
        return {name: value for name, value in said.items() if value}


NONE = Cause()
_now: ContextVar[Cause] = ContextVar("nexus_cause", default=NONE)


def cause_now() -> Cause:
    """Return why what is done here is done; `NONE` where somebody asked."""
    return _now.get()


@contextmanager
def caused_by(cause: Cause) -> Iterator[None]:
    """Do what stands within because of *cause*."""
    token = _now.set(cause)
    try:
        yield
    finally:
        _now.reset(token)

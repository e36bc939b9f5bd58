"""What became of a call that raised: the word and the sentence that close its entry in the ledger."""

from __future__ import annotations

from pydantic import ValidationError

from nexus_admin.domain.audit import Outcome
from nexus_admin.domain.errors import BadRequest, Forbidden, Invalid, NexusError, NotFound, SignInNeeded


def outcome_of(error: BaseException) -> Outcome:
    """Return the word that closes the ledger entry of a call that raised *error*."""
    match meant(error):
        case Forbidden() | SignInNeeded():
            return "denied"
        case Invalid() | BadRequest() | ValidationError():
            return "invalid"
        case _:
            return "failed"


def sentence_of(error: BaseException) -> str:
    """Return what the ledger may say of *error*: our own sentences, and only the kind of a foreign one."""
    error = meant(error)
    return str(error) if isinstance(error, NexusError) else f"{type(error).__name__}."


def meant(error: BaseException) -> BaseException:
    """Return what *error* means: the refusal behind a table or row that is said not to be there."""
    return error.__cause__ if isinstance(error, NotFound) and isinstance(error.__cause__, Forbidden) else error

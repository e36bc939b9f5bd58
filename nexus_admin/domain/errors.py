"""Every error that a caller may meet: what happened, to what, and what to do about it.

Each has an HTTP status and a sentence for people (`str(error)`). The web has one
handler for HTML and one for problem+json; no endpoint catches anything itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nexus_admin.domain.nearest import did_you_mean


class NexusError(Exception):
    """Base of all of them. `status` is what HTTP answers with, `code` what programs compare.

    `plain` is the sentence in the words of a page, where it has others than that for programs.
    """

    status = 500
    code = "error"
    title = "Something went wrong"
    said = ""
    plain = ""

    def extra(self) -> dict[str, Any]:
        """Return what problem+json carries beside the sentence; nothing secret."""
        return {}


class BadRequest(NexusError):
    """The request cannot be understood."""

    status, code, title = 400, "bad_request", "The request cannot be understood"


class BadExpression(BadRequest):
    """A filter, rule or query is wrong; the sentence names the part and its nearest neighbour."""

    code, title = "bad_expression", "The filter cannot be understood"


class UnknownField(BadExpression):
    """A field or relation that the resource does not have, or that the actor may not know of.

    Args:
        name: What was asked for.
        resource: Of what.
        known: What there is, for the nearest neighbour.
        source: Where *known* is all that there is: whoever shows the error to somebody narrows it to what is theirs.
    """

    code = "unknown_field"

    def __init__(self, name: str, resource: str, known: Iterable[str], source: str = "") -> None:
        self.name, self.resource, self.known, self.source = name, resource, tuple(known), source
        super().__init__(f"{resource} has no field called {name!r}.{did_you_mean(name, self.known)}")


class UnknownOperator(BadExpression):
    """An operator that the field's kind does not have."""

    code = "unknown_operator"

    def __init__(self, operator: str, field: str, kind: str, known: Iterable[str]) -> None:
        known = list(known)
        hint = did_you_mean(operator, known, f"It has: {', '.join(known)}.")
        super().__init__(f"{field} ({kind}) cannot be compared with {operator!r}.{hint}")


@contextmanager
def titled(title: str) -> Iterator[None]:
    """Give a wrong expression the title of the part of the request that it stood in; it is a filter otherwise."""
    try:
        yield
    except BadExpression as error:
        error.title = title
        raise


class InvalidId(BadRequest):
    """A text that is neither a ULID nor a UUID."""

    code = "invalid_id"


class SignInNeeded(NexusError):
    """Nobody is signed in."""

    status, code, title = 401, "sign_in_needed", "Sign in first"


class Forbidden(NexusError):
    """A policy said no.

    Args:
        message: The exact reason, for the ledger, programs and whoever looks after the roles.
        plain: The same in the words of a page; "" where *message* is plain enough.
    """

    status, code, title = 403, "forbidden", "Not allowed"

    def __init__(self, message: str, plain: str = "") -> None:
        super().__init__(message)
        self.plain = plain


class ReadOnly(Forbidden):
    """The source, table or field takes no writes; the sentence says why."""

    code, title = "read_only", "Read only"


class NotFound(NexusError):
    """Not there, or not for this actor: rows answer alike."""

    status, code, title = 404, "not_found", "Nothing here"


class UnknownSource(NotFound):
    """No data source has that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"There is no data source called {name!r}.{did_you_mean(name, self.known)}")


class UnknownResource(NotFound):
    """The source has no table or view of that name."""

    def __init__(self, name: str, source: str, known: Iterable[str]) -> None:
        self.name, self.source, self.known = name, source, tuple(known)
        super().__init__(f"{source} has no table called {name!r}.{did_you_mean(name, self.known)}")


class UnknownAction(NotFound):
    """No action has that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        hint = did_you_mean(name, known, "`nexus describe` lists them all.")
        super().__init__(f"There is no action called {name!r}.{hint}")


class Refused(NexusError):
    """The action itself said no, for a reason that the asker may read."""

    status, code, title = 409, "refused", "Refused"


class Conflict(NexusError):
    """Somebody else changed the same fields first.

    Args:
        fields: For each field in conflict: `{"base": what you saw, "theirs": what it is now, "yours": what you sent}`.
    """

    status, code, title = 409, "conflict", "Not saved: somebody changed this first"

    def __init__(self, message: str, fields: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})

    def extra(self) -> dict[str, Any]:
        """Return the fields."""
        return {"fields": self.fields}


class PreconditionFailed(Conflict):
    """If-Match named another version."""

    status, code, title = 412, "precondition_failed", "It has changed since"


class Invalid(NexusError):
    """The input does not fit; `fields` has a sentence for each field ("" for the whole)."""

    status, code, title = 422, "invalid", "Some fields need a look"

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        n = len(fields)
        super().__init__(
            message
            or f"{n} field{'s' if n != 1 else ''} need{'s' if n == 1 else ''} a look: "
            + "; ".join(f"{name}: {text}" if name else text for name, text in fields.items())
        )
        self.fields = dict(fields)

    def extra(self) -> dict[str, Any]:
        """Return the fields."""
        return {"fields": self.fields}


class MethodNotAllowed(NexusError):
    """There is something at this address, but it does not take this method."""

    status, code, title = 405, "method_not_allowed", "Not that way"


class NotAcceptable(NexusError):
    """The asker takes none of the forms that there are."""

    status, code, title = 406, "not_acceptable", "No such form"


class UnsupportedMedia(NexusError):
    """The body comes in a form that is not read here."""

    status, code, title = 415, "unsupported_media_type", "The body is of the wrong type"


class PreconditionRequired(NexusError):
    """A change must say which version of the row it was made from."""

    status, code, title = 428, "precondition_required", "Say which version you read"


class TooLarge(NexusError):
    """A body, value or expression over its cap."""

    status, code, title = 413, "too_large", "Too large"


class TooManyRequests(NexusError):
    """A limit was reached; `retry_after` is in seconds, `limit` how many a minute has, where that was it."""

    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(self, message: str, retry_after: int = 1, limit: int | None = None) -> None:
        super().__init__(message)
        self.retry_after, self.limit = retry_after, limit


class SourceFailed(NexusError):
    """A data source answered with an error that we did not foresee; nothing was changed.

    Args:
        message: What happened and what to do, without any value of a row.
        said: The database's own words. They may quote values: only for whoever looks after the source.
    """

    status, code, title = 502, "source_failed", "The database refused"

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class SourceDown(NexusError):
    """A data source does not answer."""

    status, code, title = 503, "source_down", "The database did not answer"
    retry_after = 2


class SourceTimeout(SourceDown):
    """A statement ran past its deadline and was cancelled in the database."""

    status, code, title = 504, "source_timeout", "The database took too long"


class StateDown(NexusError):
    """Our own state cannot be written: no audit possible, so nothing was done."""

    status, code, title = 503, "state_down", "Nothing was changed"
    retry_after = 5


class SettingError(NexusError):
    """A setting or file of the project is wrong; names the file, the key and the nearest neighbour."""

    code, title = "setting", "A setting is wrong"


class ExtensionError(NexusError):
    """An extension cannot be used; names it and says why."""

    code, title = "extension", "An extension cannot be used"


class PluginError(ExtensionError):
    """An extension does not fit what it was written for; names the file and the line."""

"""What the brokers carry: bytes with a content type, JSON only where the value is JSON.

Equal values have equal bytes: the keys of objects are sorted and nothing is spaced. So an engine compares
values without reading them. What comes out is made anew each time: whoever changes it changes nothing kept.
"""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any

from pydantic_core import from_json

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.spelling import json_writer

JSON = "application/json"
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes and what they are.

    Args:
        data: The bytes themselves.
        type: A media type, e.g. `image/png`.

    Attributes:
        spelled: It was made by `content_of`, so what it says as JSON is spelled as it should be already.
    """

    data: bytes
    type: str = BYTES
    spelled: bool = field(default=False, init=False, repr=False, compare=False)

    @property
    def value(self) -> Any:
        """What was put in: JSON as Python has it, plain bytes as bytes; of another type, this content itself."""
        if self.type == JSON:
            return read_json(self.data)
        return self.data if self.type == BYTES else self


def read_json(data: bytes | str) -> Any:
    """Return the value of JSON that we have written."""
    try:
        return from_json(data)  # three times as quick as json
    except ValueError:  # too deep for it, or half a letter
        return json.loads(data if isinstance(data, str) else data.decode())  # json would guess the encoding


_encode = json_writer(ensure_ascii=False, allow_nan=False, sort_keys=True)


def content_of(value: Any) -> Content:
    """Return *value* as bytes with a type: bytes as they are, a `Content` as it says, all else as JSON.

    As JSON has it, a tuple comes back as a list, and a number that is a key as a text. A `Content` that says that
    it is JSON is read and spelled anew, so that equal ones are equal bytes too.

    Raises:
        Invalid: JSON cannot say it.
    """
    if isinstance(value, Content) and (value.type != JSON or value.spelled):
        return value
    if isinstance(value, bytes):
        return Content(value, BYTES)
    try:
        if isinstance(value, Content):
            value = read_json(value.data)
        made = Content(_encode(value).encode("utf-8"), JSON)
        object.__setattr__(made, "spelled", True)
        return made
    except (TypeError, ValueError, RecursionError) as error:
        # A text with half of a surrogate pair is a ValueError too: it has no bytes.
        raise Invalid(
            {"": f"{type(value).__name__} cannot be kept: it is neither bytes nor JSON ({error})."}
        ) from error

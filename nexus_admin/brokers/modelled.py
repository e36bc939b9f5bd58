"""What brokers carry, as a model: checked on its way in, made on its way out."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from nexus_admin.brokers.content import Content
from nexus_admin.domain.errors import Invalid, Refused

T = TypeVar("T")


class Modelled(Generic[T]):
    """Values of one type.

    Args:
        model: A pydantic model, a dataclass, or any type that pydantic can read and write as JSON. `bytes` and
            `Content` stay what they are, as does everything where the type is `object`.
        called: What a value of it is a value of, for messages: `the map 'baskets'`.
    """

    def __init__(self, model: type[T], called: str) -> None:
        self._called = called
        self._as_it_is = model if model in (bytes, Content, object) else None
        self._type: TypeAdapter[T] = TypeAdapter(Any if self._as_it_is else model)

    def said(self, value: T) -> Any:
        """Return *value* as a broker takes it.

        Raises:
            Invalid: it is not of the model.
        """
        if self._as_it_is is not None:
            if not isinstance(value, self._as_it_is):
                raise Invalid({"": f"This is no value of {self._called}: it is a {type(value).__name__}."})
            return value
        try:
            return self._type.dump_python(value, mode="json", warnings="error")
        except PydanticSerializationError as error:
            raise Invalid({"": f"This is no value of {self._called}: {error}"}) from error

    def meant(self, found: Any, where: str, remedy: str = "") -> T:
        """Return what was *found* as the model has it.

        Args:
            found: As a broker gave it.
            where: What held it, for the message.
            remedy: What can be done where it does not fit.

        Raises:
            Refused: it does not fit.
        """
        fits = self._as_it_is is None or isinstance(found, self._as_it_is)
        try:
            if fits:
                return self._type.validate_python(found)
            count = 1
        except ValidationError as error:
            count = error.error_count()
        errors = "1 error" if count == 1 else f"{count} errors"
        raise Refused(f"What {where} holds does not fit its model any more ({errors}).{remedy}")

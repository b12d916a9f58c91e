"""JSON values become the dataclasses of _types."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
import typing
from typing import Any, Dict, Type, TypeVar, Union

T = TypeVar("T")


class Incomplete(Exception):
    """A field is absent that its class requires."""


def decode(cls: Type[T], value: Dict[str, Any]) -> T:
    """Return value as cls. Fields that cls does not have are ignored."""
    given = {}
    for name, hint in _hints(typing.cast(typing.Hashable, cls)).items():
        key = name[:-1] if name.endswith("_") else name
        if key in value:
            given[name] = _convert(hint, value[key])
    try:
        return cls(**given)
    except TypeError:
        raise Incomplete(cls.__name__) from None


@functools.lru_cache(maxsize=None)
def _hints(cls: Any) -> Dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls)}


def _convert(hint: Any, value: Any) -> Any:
    if value is None or dataclasses.is_dataclass(value):
        return value
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Union:
        return _convert(arguments[0], value)
    if origin is list:
        return [_convert(arguments[0], element) for element in value]
    if origin is dict:
        return {key: _convert(arguments[1], element) for key, element in value.items()}
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast(Type[Any], hint), value)
    if hint is datetime.datetime:
        return _time(value)
    return value


def _time(text: str) -> datetime.datetime:
    """Parse a time of RFC 3339, of which a datetime holds six digits of the fraction."""
    seconds, fraction, zone = re.fullmatch(r"([^.]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", text).groups()  # type: ignore[union-attr]
    return datetime.datetime.fromisoformat(
        "%s.%s%s" % (seconds, (fraction or "")[:6].ljust(6, "0"), "+00:00" if zone == "Z" else zone)
    )

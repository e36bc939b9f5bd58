"""Names and keys as parts of an address: any text in, one safe segment out, and back."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from nexus_admin.domain.address import segment, text_of


@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_]+", fullmatch=True))
@example(text="")
@example(text="..")
@example(text="Größe")
@example(text="²")
@example(text="٣")
@example(text="a/b?c#d%2F")
def test_a_segment_is_plain_and_gives_its_text_back(text: str) -> None:
    made = segment(text)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", made, re.ASCII)
    assert set(made) != {"."}
    assert text_of(made) == text

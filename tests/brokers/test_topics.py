"""Topics, patterns and the tree that finds them: every vector, and any pattern against a regular expression."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.brokers.pubsub.topics import BadTopic, check_pattern, check_topic, is_exact, matches
from nexus_admin.brokers.pubsub.trie import Matches, TopicTrie
from nexus_admin.testing.brokers.vectors import MATCHING, NO_PATTERNS, NO_TOPICS

LEVELS = st.sampled_from(["", "a", "b", "A", "$", "$a", "a.b", "é", "*", " "])
TOPICS = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(bool)


@st.composite
def patterns(draw: st.DrawFn) -> str:
    levels = draw(st.lists(LEVELS | st.just("+"), min_size=0, max_size=4))
    last = draw(LEVELS | st.sampled_from(["+", "#", "#"]))
    return "/".join([*levels, last]) or "+"


def oracle(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression, made without looking at how the product does it."""
    if pattern == "#":
        return re.compile(r"(?!\$).*", re.S)
    body, parts = pattern, ""
    if body.endswith("/#"):
        body, parts = body[:-2], "(/.*)?"
    said = "/".join("[^/]*" if level == "+" else re.escape(level) for level in body.split("/"))
    return re.compile((r"(?!\$)" if pattern.startswith("+") else "") + said + parts, re.S)


@pytest.mark.req("S002-PUBSUB-06", "S002-PUBSUB-07", "S002-PUBSUB-08", "S002-PUBSUB-10", "S002-PUBSUB-11")
@pytest.mark.parametrize(("pattern", "topic", "fits"), MATCHING)
def test_every_vector_holds_alone_and_in_the_tree(pattern: str, topic: str, fits: bool) -> None:
    assert check_pattern(pattern) == pattern
    assert check_topic(topic) == topic
    assert matches(pattern, topic) is fits
    assert bool(oracle(pattern).fullmatch(topic)) is fits
    trie: TopicTrie[str] = TopicTrie()
    trie.add(pattern, "me")
    assert trie.match(topic) == (["me"] if fits else [])


def test_the_table_is_large_enough_to_be_one() -> None:
    assert len(set(MATCHING)) == len(MATCHING) >= 60
    assert len({(pattern, topic) for pattern, topic, _ in MATCHING}) == len(MATCHING)


@pytest.mark.req("S002-PUBSUB-12", "S002-PUBSUB-13")
def test_what_is_no_pattern_or_topic_is_a_value_error_that_says_why() -> None:
    for pattern in NO_PATTERNS:
        with pytest.raises(ValueError, match=r"."):
            check_pattern(pattern)
    for topic in NO_TOPICS:
        with pytest.raises(BadTopic):
            check_topic(topic)
    with pytest.raises(BadTopic, match="'tennis#' is partly a wildcard"):
        check_pattern("sport/tennis#")
    with pytest.raises(BadTopic, match="something follows #"):
        check_pattern("sport/#/ranking")
    with pytest.raises(BadTopic, match="Publish to one topic"):
        check_topic("sport/+")


@pytest.mark.req("S002-PUBSUB-11")
@given(st.lists(patterns(), max_size=12), st.lists(TOPICS, min_size=1, max_size=6), st.data())
def test_any_patterns_find_what_a_regular_expression_finds(
    asked: list[str], topics: list[str], data: st.DataObject
) -> None:
    trie: TopicTrie[int] = TopicTrie()
    known: Matches[int] = Matches(remembered=3)
    for number, pattern in enumerate(asked):
        trie.add(check_pattern(pattern), number)
        known.add(pattern, number)
        known.of(topics[0])  # remembered before the next one comes
    gone = data.draw(st.sets(st.sampled_from(range(len(asked))))) if asked else set()
    for turn in range(2):
        left = [number for number in range(len(asked)) if not turn or number not in gone]
        for topic in topics:
            fitting = [number for number in left if oracle(asked[number]).fullmatch(topic)]
            assert sorted(trie.match(topic)) == fitting
            assert sorted(known.of(topic)) == fitting == sorted(known.of(topic))
            assert [number for number in left if matches(asked[number], topic)] == fitting
        for number in gone if not turn else ():
            trie.remove(asked[number], number)
            known.remove(asked[number], number)
    for number in left:
        trie.remove(asked[number], number)
    assert not trie


def test_what_was_never_there_can_be_taken_away() -> None:
    trie: TopicTrie[str] = TopicTrie()
    trie.add("a/b", "me")
    for pattern, value in (("a", "me"), ("a/b/c", "me"), ("a/b", "you"), ("#", "me")):
        trie.remove(pattern, value)
    assert trie.match("a/b") == ["me"]


def test_exact_patterns_are_told_from_others() -> None:
    assert is_exact("a/b")
    assert not is_exact("a/+")
    assert not is_exact("#")


def test_what_is_remembered_is_bounded_in_number_and_in_length() -> None:
    known: Matches[str] = Matches(remembered=10)
    known.add("#", "me")
    for number in range(100):
        assert known.of(f"t{number}") == ("me",)
    assert known.of("t" * 60_000) == ("me",)
    assert len(known._known) == 10
    assert all(len(topic) < 10 for topic in known._known)

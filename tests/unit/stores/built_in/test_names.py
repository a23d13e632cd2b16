"""How names become parts of paths: whatever they are, readable where they can be, and never two of them one."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate.stores.built_in.names import DEVICES, LONGEST, escape, unescape

SIGNS = st.characters(exclude_categories=())
"""Halves of surrogate pairs, too: a Pact file cannot have them, an input can."""
NASTY = st.sampled_from(
    ["", ".", "..", "...", "con", "CON", "nul.txt", "com1", "lpt9.a.b", "~", "%", "!", "@", "/", " "]
)
NAMES = st.one_of(st.text(SIGNS), NASTY, st.text("aA.!%~@/ \\con1"), st.text(SIGNS, min_size=60))
WRITTEN = re.compile(r"[a-z0-9._+=,!%-]{1,80}")
SHORTENED = re.compile(r"[a-z0-9._+=,!%-]{40}~[0-9a-f]{32}")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("orders-api", "orders-api"),
        ("Web App", "!web%20!app"),
        ("feat/x", "feat%2fx"),
        ("1.2.3+build.5", "1.2.3+build.5"),
        ("9f2c1ab", "9f2c1ab"),
        ("a_b=c,d", "a_b=c,d"),
        ("dependabot/npm_and_yarn/x", "dependabot%2fnpm_and_yarn%2fx"),
        ("@acme/web", "%40acme%2fweb"),
        ("\U0001f680", "%f0%9f%9a%80"),
        ("caf\u00e9", "caf%c3%a9"),
        ("\u00c9", "%c3%89"),
        ("\ud83d", "%ed%a0%bd"),
        ("a\0b\n", "a%00b%0a"),
        ("100%", "100%25"),
        ("!~", "%21%7e"),
        ("a\\b:c*", "a%5cb%3ac%2a"),
        ("a.", "a%2e"),
        ("a ", "a%20"),
        (".git", "%2egit"),
        (".", "%2e"),
        ("..", "%2e%2e"),
        ("...", "%2e.%2e"),
        ("", "%"),
        ("con", "%63on"),
        ("CON", "!c!o!n"),
        ("nul.json", "%6eul.json"),
        ("com7.", "%63om7%2e"),
        ("console", "console"),
        ("com", "com"),
        ("x" * 80, "x" * 80),
        ("X" * 40, "!x" * 40),
    ],
)
def test_a_name_is_written_readably(name: str, written: str) -> None:
    assert escape(name) == written
    assert unescape(written) == name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("x" * 300, "x" * 40),
        ("X" * 41, "!x" * 20),
        ("\U0001f680" * 300, "%f0%9f%9a%80" * 3 + "%f0%"),
        ("." * 81, "%2e" + "." * 37),
        ("con." + "x" * 80, "%63on." + "x" * 34),
    ],
)
def test_of_a_long_name_the_beginning_stays_readable(name: str, kept: str) -> None:
    written = escape(name)

    assert SHORTENED.fullmatch(written)
    assert written.startswith(f"{kept}~")
    assert unescape(written) is None


@given(NAMES)
def test_a_name_is_read_as_what_was_written(name: str) -> None:
    written = escape(name)

    assert unescape(written) == (None if "~" in written else name)


@given(NAMES)
@example("\U0001f680" * 300)
def test_a_name_is_a_part_of_a_path_on_every_system(name: str) -> None:
    written = escape(name)

    assert WRITTEN.fullmatch(written) or SHORTENED.fullmatch(written)
    assert len(written) <= LONGEST
    assert written[0] != "."
    assert written[-1] not in ". "
    assert not DEVICES.fullmatch(written)


@given(NAMES, NAMES)
@example("a", "A")
@example("\u212a", "K")
@example("\U0001f600", "\ud83d\ude00")
@example("x" * 299 + "y", "x" * 299 + "z")
@example("caf\u00e9", "cafe\u0301")
@example("", "%")
@example(".", "%2e")
def test_two_names_are_written_as_two_whatever_a_file_system_takes_for_the_same(one: str, other: str) -> None:
    assert (escape(one).casefold() == escape(other).casefold()) is (one == other)


@given(st.one_of(NAMES, st.text("aZ!%.2e6f3", max_size=8)))
def test_no_name_has_two_spellings(written: str) -> None:
    try:
        name = unescape(written)
    except ValueError:
        return
    assert name is None or escape(name) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "A",
        "README.md",
        ".DS_Store",
        ".",
        "..",
        ".git",
        "a.",
        "a b",
        "a/b",
        "a@b",
        "a~b",
        "a~" + "0" * 31,
        "a~" + "g" * 32,
        "a~" + "A" * 32,
        "a!",
        "!!a",
        "!A",
        "!1",
        "%2",
        "%2F",
        "%zz",
        "%61",
        "%%",
        "a%",
        "%c3",
        "%ff",
        "%41",
        "con",
        "nul.json",
        "\u00e9",
        "\ud800",
        "x" * 81,
        "a\n",
    ],
)
def test_a_spelling_that_is_none_of_ours_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"no escaped name|can't decode|non-hexadecimal"):
        unescape(written)

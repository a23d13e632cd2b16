import io
import os
import sys

import pytest

from gate.clients import streams


def test_closed_streams_are_replaced_and_poor_ones_made_able(monkeypatch: pytest.MonkeyPatch) -> None:
    poor = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", poor)
    monkeypatch.setenv("PYTHONINSPECT", "1")

    streams.repair()
    with sys.stdout:
        sys.stdout.write("nobody hears this")
    streams.say("it is ✗")

    assert poor.buffer.getvalue() == b"it is \\u2717\n"
    assert "PYTHONINSPECT" not in os.environ


def test_a_stream_of_another_kind_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = io.StringIO()
    monkeypatch.setattr(sys, "stdout", own)
    monkeypatch.setattr(sys, "stderr", own)

    streams.repair()

    assert sys.stdout is own


def test_what_cannot_be_written_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        gone.write("the last words")
        monkeypatch.setattr(sys, "stdout", gone)
        monkeypatch.setattr(sys, "stderr", gone)

        streams.say("more")
        streams.flush()

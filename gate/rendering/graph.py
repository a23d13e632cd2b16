"""The neighbourhood of a service as a Mermaid diagram: consumers, service, providers, and which edges are broken.

Mail and some viewers show its source, so it is never the only place where something stands.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from gate.domain.report import Entry, Report
from gate.domain.verdict import Role, Standing
from gate.rendering import wording
from gate.rendering.safe_text import brief

NODES_SHOWN: Final = 24
LABEL_LIMIT: Final = 40
PLAIN: Final = frozenset(" .,:/_+-→()")
"""Signs that mean nothing within a quoted label, beside letters and digits."""
RED, AMBER = "#cf222e", "#bf8700"


def graph(report: Report) -> str:
    """Write the diagram, at most so many counterparts of it, the worst first; empty when there is none."""
    shown, more = report.entries[:NODES_SHOWN], len(report.entries) - NODES_SHOWN
    if not shown:
        return ""
    nodes = {name: f"n{number}" for number, name in enumerate(dict.fromkeys(_name(entry) for entry in shown))}
    rest = [f'  more["and {more} more"] -.- s'] if more > 0 else []
    return "\n".join(
        (
            "flowchart LR",
            f'  s(["{_label(report.candidate.service)}"])',
            *(f'  {node}["{_label(name)}"]' for name, node in nodes.items()),
            *(_edge(entry, nodes[_name(entry)]) for entry in shown),
            *rest,
            *_styles(shown, nodes),
        )
    )


def _name(entry: Entry) -> str:
    return entry.integration.counterpart.name


def _edge(entry: Entry, node: str) -> str:
    """Draw an edge from who expects something to who has to honour it."""
    said = _label(wording.edge(entry))
    line = f'-. "{said}" .->' if wording.is_harmless(entry) else f'-- "{said}" -->'
    return f"  s {line} {node}" if entry.integration.role is Role.PROVIDER else f"  {node} {line} s"


def _styles(shown: Sequence[Entry], nodes: dict[str, str]) -> Iterator[str]:
    for standing, colour in ((Standing.BROKEN, RED), (Standing.UNVERIFIED, AMBER)):
        bad = [n for n, entry in enumerate(shown) if entry.standing is standing and entry.integration.blocks]
        if bad:
            yield f"  linkStyle {','.join(map(str, bad))} stroke:{colour},stroke-width:3px"
            marked = dict.fromkeys(nodes[_name(shown[n])] for n in bad)
            yield from (f"  style {node} stroke:{colour},stroke-width:3px" for node in marked)


def _label(value: str) -> str:
    """Write a label that holds no sign of Mermaid's, of HTML's or of Markdown's."""
    line = brief(value, LABEL_LIMIT) or " "  # an empty one is an error, and no diagram is shown
    return "".join(sign if sign.isalnum() or sign in PLAIN else f"#{ord(sign)};" for sign in line)

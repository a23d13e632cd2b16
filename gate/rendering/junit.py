"""The report as JUnit XML, the dialect that test report viewers share: a suite per contract, a case per interaction."""

from typing import Final
from xml.etree import ElementTree as ET

from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult, Mismatch, Outcome
from gate.domain.verdict import Decision, Evidence, Standing
from gate.rendering import wording
from gate.rendering.safe_text import one_line, visible

COUNTED: Final = (
    ("tests", ".//testcase"),
    ("failures", ".//failure"),
    ("errors", ".//error"),
    ("skipped", ".//skipped"),
)


def render_junit(report: Report) -> str:
    """Render a whole report. Faults become errored cases of a suite of their own, so that no viewer shows all green."""
    root = ET.Element("testsuites", name=one_line(wording.headline(report)), time=f"{report.duration:.3f}")
    for entry in report.entries:
        _suite(root, entry)
    if report.faults or (not report.entries and report.verdict.decision is not Decision.ALLOW):
        suite = ET.SubElement(root, "testsuite", name="contract gate")
        problems = [str(fault) for fault in report.faults] or list(report.verdict.reasons)
        for problem in problems:
            _error(suite, "the verdict", problem)
        _count(suite)
    _count(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, entry: Entry) -> None:
    integration = entry.integration
    suite = ET.SubElement(root, "testsuite", name=one_line(f"{integration.counterpart.name} ({integration.source})"))
    for result in integration.results:
        _case(suite, integration.counterpart.name, result)
    if integration.evidence is not Evidence.VERIFIED:
        _kept(suite, entry)
    elif integration.fault is not None or not integration.results:
        _error(suite, "the whole contract", str(integration.fault or "it has no interactions"))
    if not integration.blocks:
        _excuse(suite)
    _count(suite)


def _kept(suite: ET.Element, entry: Entry) -> None:
    """Write what the store knows as one case."""
    case = ET.SubElement(suite, "testcase", classname=one_line(wording.counterpart(entry)), name="the store's result")
    if entry.standing is Standing.BROKEN:
        ET.SubElement(case, "failure", message=one_line(wording.tally(entry)))
    elif entry.standing is Standing.UNVERIFIED:
        ET.SubElement(case, "error", message=one_line(str(entry.integration.fault or wording.tally(entry))))


def _excuse(suite: ET.Element) -> None:
    """Mark what is not fine and does not count as skipped, so that no viewer shows red for what blocks nobody."""
    for case in suite.iter("testcase"):
        for problem in [*case.iterfind("failure"), *case.iterfind("error")]:
            problem.tag = "skipped"


def _case(suite: ET.Element, consumer: str, result: InteractionResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=one_line(consumer),
        name=one_line(f"{result.interaction.description} · {result.interaction.request_line}"),
        time=f"{result.duration:.3f}",
    )
    if result.outcome is Outcome.PASSED:
        if result.flaky:
            ET.SubElement(case, "system-out").text = wording.FLAKY
        return
    tag = "failure" if result.outcome is Outcome.FAILED else "error"
    lines = [_explained(mismatch) for mismatch in result.mismatches]
    lines += [wording.FLAKY] if result.flaky else []
    problem = ET.SubElement(case, tag, message=one_line(lines[0].splitlines()[0] if lines else result.error))
    if result.cause is not None:
        problem.set("type", result.cause)
    problem.text = visible("\n".join([*lines, result.error]).strip())


def _explained(mismatch: Mismatch) -> str:
    expected, actual = wording.expected_and_actual(mismatch)
    said = f"{wording.place(mismatch)}: {one_line(mismatch.message)}"
    return f"{said}\n  expected  {one_line(expected)}\n  actual    {one_line(actual)}"


def _error(suite: ET.Element, name: str, message: str) -> None:
    case = ET.SubElement(suite, "testcase", classname="contract gate", name=name)
    ET.SubElement(case, "error", message=one_line(message))


def _count(suite: ET.Element) -> None:
    """Write the numbers that viewers show first, of one suite or of all."""
    for name, path in COUNTED:
        suite.set(name, str(len(suite.findall(path))))

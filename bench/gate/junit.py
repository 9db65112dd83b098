"""`junit.xml`: a gate as the test report that CI systems know, a case for each gated metric. Pure."""

import re
from xml.etree import ElementTree as Xml

from bench.gate import words
from bench.gate.record import Decided, Gate, LostTurns

SUITE = "regression gate"
NOTHING = "nothing was measured that could be gated"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may hold, not even escaped; the end of a server's log may have some."""


def junit(gate: Gate) -> str:
    """Inconclusive is skipped: no pass, and no failure. What is INVALID is one case in error."""
    suite = Xml.Element("testsuite", name=SUITE, timestamp=gate.started_at.removesuffix("Z"))
    if gate.verdict == "INVALID":
        Xml.SubElement(_case(suite, gate, "validity"), "error", message=_printable(gate.headline))
    else:
        if not gate.decisions:
            Xml.SubElement(_case(suite, gate, "metrics"), "skipped", message=NOTHING)
        for decided in gate.decisions:
            _tell(_case(suite, gate, decided.name), decided, words.change(decided), words.visible(decided))
        if gate.lost:
            said = words.lost(gate.lost)
            _tell(_case(suite, gate, words.LOST), gate.lost, said, said)
    for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(kind, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite)))
    suites = Xml.Element("testsuites", name="gemini-live-bench")
    suites.append(suite)
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Xml.Element, gate: Gate, name: str) -> Xml.Element:
    return Xml.SubElement(suite, "testcase", classname=f"gate.{gate.target.name}", name=name)


def _tell(case: Xml.Element, item: Decided | LostTurns, change: str, visible: str) -> None:
    if item.verdict == "FAIL" and not item.accepted:
        Xml.SubElement(case, "failure", message=_printable(change))
    elif item.verdict != "PASS":
        why = f"accepted as it is: {change}" if item.accepted else f"inconclusive: {visible}"
        Xml.SubElement(case, "skipped", message=_printable(why))
    Xml.SubElement(case, "system-out").text = _printable(change)


def _printable(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

import re

import pytest

from bench.charts.vector import clean, inline

SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg width="9pt" height="9pt" viewBox="0 0 9 9" version="1.1"><metadata><x/></metadata>
<!-- a remark --><g id="unused"><path id="p1" d="M 0 0"/><use xlink:href="#p1" clip-path="url(#c1)"/></g>
<clipPath id="c1"/></svg>"""


def test_names_in_two_charts_never_meet():
    names = [set(re.findall(r'id="([^"]+)"', clean(SVG, chart))) for chart in ("one", "two")]
    assert names == [{"one-p1", "one-c1"}, {"two-p1", "two-c1"}]


def test_every_reference_leads_somewhere():
    cleaned = clean(SVG, "one")
    assert 'href="#one-p1"' in cleaned
    assert "url(#one-c1)" in cleaned


def test_remarks_and_metadata_are_left_out():
    assert "remark" not in clean(SVG, "one")
    assert "metadata" not in clean(SVG, "one")


def test_inlined_chart_has_no_prologue_and_speaks():
    element = inline(SVG, 'the "finding" <b>')
    assert element.startswith("<svg ")
    assert "DTD" not in element
    assert 'aria-label="the &quot;finding&quot; &lt;b&gt;"' in element
    assert "9pt" not in element


def test_what_is_no_chart_is_refused():
    with pytest.raises(ValueError, match="viewBox"):
        inline("<p>", "")

"""The picture of a flow: everything is on it, nothing runs in it, and nobody is left without its words."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from definitions.diagram import drawn
from definitions.flow import Flow
from definitions.loading import load_folder
from definitions.picture import KINDS, svg
from workflow.flow_checks import SHIPPED

FLOWS = {name: each.flow for name, each in load_folder(SHIPPED).flows.items()}
SVG = "{http://www.w3.org/2000/svg}"


def words(picture: Element) -> list[str]:
    return [" ".join("".join(span.itertext()) for span in text) for text in picture.iter(f"{SVG}text")]


def boxes(picture: Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of each state."""
    found = []
    for group in picture.iter(f"{SVG}g"):
        if "khen-flow__state" in group.attrib["class"]:
            rect = group[0].attrib
            left, top = float(rect["x"]), float(rect["y"])
            found.append((left, top, left + float(rect["width"]), top + float(rect["height"])))
    return found


@pytest.mark.parametrize("name", sorted(FLOWS))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_state_and_every_way_is_on_the_picture(name: str, language: str) -> None:
    flow: Flow = FLOWS[name]
    picture = fromstring(svg(flow, language))  # type: ignore[arg-type]
    shown = words(picture)
    parts = drawn(flow, language)  # type: ignore[arg-type]
    for each in (*parts.nodes, *parts.edges):
        assert " ".join(each.label.split()) in shown
    assert {each.kind for each in parts.nodes} <= set(KINDS)
    found = boxes(picture)
    assert len(found) == len(parts.nodes)
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    left, top, width, height = map(float, picture.attrib["viewBox"].split())
    assert all(left <= box[0] and box[2] <= left + width and top <= box[1] and box[3] <= top + height for box in found)


def test_a_picture_has_a_title_and_words_and_nothing_that_a_page_forbids() -> None:
    flow = FLOWS["bang_khen_bo"]
    text = svg(flow, "vi", counts={flow.initial: 12}, name="hinh")
    picture = fromstring(text)
    assert picture.attrib["role"] == "img"
    ids = {each.attrib["id"] for each in picture.iter() if "id" in each.attrib}
    assert set(picture.attrib["aria-labelledby"].split()) <= ids
    assert "style=" not in text
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert f"{flow.states[flow.initial].label.vi} (12)" in words(picture)


def test_words_out_of_a_file_stay_words() -> None:
    from dataclasses import replace

    from definitions.flow import Words

    flow = FLOWS["giay_khen"]
    state = replace(flow.states[flow.initial], label=Words('<script>alert(1)</script>" & x', "y"))
    spoilt = replace(flow, states={**flow.states, flow.initial: state})
    text = svg(spoilt, "vi")
    fromstring(text)
    assert "<script>" not in text

"""The plots: what they draw is what the code says, and they can be had without eyes."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest
from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.plots import PLOTS, plot, svg
from lab.book.plots.backoff import DOUBLING, JITTER, POLICIES, SQUARE
from lab.book.plots.herd import CAPACITY, CLIENTS, duration, herds, stampede
from steps.step09_context_retry.entity.backoff import backoff, longest_backoff


def show(name: str) -> str:
    return plot(name, "", "", {}, Markdown())


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]+>", " ", html))


each_plot = pytest.mark.parametrize("name", PLOTS)


@each_plot
def test_a_plot_is_an_image_with_a_title_and_a_description(name: str) -> None:
    image = re.search("<svg.*</svg>", show(name))

    assert image is not None
    root = ElementTree.fromstring(image[0])
    told = {child.attrib["id"] for child in root if child.tag in ("title", "desc") and child.text}
    assert root.attrib["role"] == "img"
    assert set(root.attrib["aria-labelledby"].split()) == told


@each_plot
def test_a_plot_says_its_units_and_has_its_numbers_in_a_table(name: str) -> None:
    html = show(name)

    assert "seconds" in text_of(html[: html.index("</svg>")])
    assert "<details" in html
    assert '<th scope="row">' in html


@each_plot
def test_a_plot_has_no_color_of_its_own(name: str) -> None:
    assert not re.search(r'style=|fill="|stroke="|#[0-9a-f]{3}', show(name))


@each_plot
def test_a_plot_stays_within_its_frame(name: str) -> None:
    html = show(name)
    height = int(re.findall(r'viewBox="0 0 \d+ (\d+)"', html)[0])

    drawn = " ".join(re.findall(r' (?:points|d)="([^"]*)"', html))

    for x, y in re.findall(r"([\d.-]+),([\d.-]+)", drawn):
        assert 0 <= float(x) <= svg.WIDTH
        assert 0 <= float(y) <= height


@each_plot
def test_a_plot_is_the_same_each_time(name: str) -> None:
    assert show(name) == show(name)


def test_a_plot_that_is_not_there_fails_the_build() -> None:
    with pytest.raises(FenceError, match="there are backoff, herd"):
        show("pie")


def test_the_waits_are_those_of_the_step() -> None:
    assert POLICIES[JITTER] is backoff
    assert POLICIES[DOUBLING](4, lambda: 0.0) == longest_backoff(4)
    assert POLICIES[SQUARE](4, lambda: 0.0) == 16


@pytest.mark.parametrize("name", POLICIES)
def test_every_client_of_a_herd_is_served_once_and_refused_before(name: str) -> None:
    herd = herds()[name]
    served = sum(min(count, CAPACITY) for count in herd.in_each_second().values())

    assert served == CLIENTS
    assert list(herd.requests) == sorted(herd.requests)
    assert herd.requests[-1] == herd.all_served


def test_without_chance_a_herd_stays_together() -> None:
    moments = set(herds()[DOUBLING].requests)

    assert len(moments) == CLIENTS / CAPACITY
    assert herds()[DOUBLING].busiest(0.001) == CLIENTS


def test_chance_spreads_a_herd() -> None:
    for seed in range(5):
        herd = stampede(POLICIES[JITTER], seed)

        assert herd.busiest(0.1) < CLIENTS / 4
        assert herd.all_served < herds()[DOUBLING].all_served / 10
        assert len(herd.requests) < len(herds()[DOUBLING].requests) / 2


@pytest.mark.parametrize(("seconds", "told"), [(46.9, "47 s"), (120, "120 s"), (1203, "20 min")])
def test_a_duration_is_told_in_minutes_if_it_is_long(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(("value", "pixel"), [(0, 100), (5, 50), (10, 0), (20, -100)])
def test_a_scale_turns_values_into_pixels(value: float, pixel: float) -> None:
    assert svg.Scale(0, 10, 100, 0)(value) == pixel

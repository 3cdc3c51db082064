"""The fence `pool-simulator`: a worker pool, and everything that can be set on it.

```pool-simulator
monday-morning
workers: 6
```

The first line is a situation of `settings.PRESETS`; options are by the names of its controls. With
a script it is played, and without one, and on paper, it is a picture and tables. Those are of the
real pool of step 11, which runs here, on a loop of virtual time, while the site is built.
"""

import json
from html import escape
from typing import Any
from zlib import crc32

from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.request import Request
from lab.book.simulator.picture import picture
from lab.book.simulator.settings import (
    CONTROLS,
    PRESETS,
    Choice,
    Preset,
    Range,
    Settings,
    as_data,
    names,
    settings_of,
)
from lab.book.simulator.tables import tables


def pool_simulator(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The simulator around a picture and tables. Raises FenceError for what it cannot be set to."""
    request = Request.parse(
        source, usage="PRESET", words=range(1, 2), options=("title", "look", *names())
    )
    name = request.words[0]
    preset = _preset(name)
    values = {option: texts[-1] for option, texts in request.options.items()}
    title, look = values.pop("title", preset.title), values.pop("look", preset.look)
    settings = settings_of(preset, values)
    # No data can end the script, and the page stays well-formed XML.
    data = _data(name, Preset(title, look, settings))
    inline = data.replace("<", "\\u003c").replace("&", "\\u0026")
    return (
        # Markdown takes an element that it does not know for a part of a paragraph.
        '<div class="simulator no-copy"><pool-simulator>'
        f'<p class="simulator-title">{escape(title)}</p><div class="simulator-still">'
        f"<p>{escape(look)}</p><p>{_in_words(settings)}</p>"
        f"{picture(settings, f'simulator-{crc32(source.encode()):08x}')}{tables(settings)}</div>"
        f'<script type="application/json">{inline}</script></pool-simulator></div>'
    )


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise FenceError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def _data(name: str, own: Preset) -> str:
    """What the script needs: where to begin, and where one can go."""
    situations = {**PRESETS, name: own}
    data = {
        "settings": as_data(own.settings),
        "presets": [
            {"title": each.title, "look": each.look, "settings": as_data(each.settings)}
            for each in situations.values()
        ],
        "controls": [_control(each) for each in CONTROLS],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _control(control: Range | Choice) -> dict[str, Any]:
    if isinstance(control, Choice):
        return {"name": control.name, "label": control.label, "words": dict(control.words)}
    return {field: getattr(control, field) for field in control.__slots__}


def _in_words(settings: Settings) -> str:
    """All that is set, for those who cannot set anything."""
    return " · ".join(
        f"{escape(control.label)}: {escape(control.words_for(getattr(settings, control.name)))}"
        for control in CONTROLS
    )

"""How far a learner has come: a text file in their workspace, theirs to read."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.catalog import LabError


class Progress:
    """What `progress.json` says. It is read when needed and written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        return self.path.exists()

    @property
    def current(self) -> int | None:
        """The step that was started last; None before the first."""
        number = self._read().get("current")
        return number if isinstance(number, int) else None

    def start(self, step: int, now: datetime) -> None:
        record = self._read()
        record["current"] = step
        entry = _step(record, step)
        entry["started"] = now.isoformat(timespec="seconds")
        for outcome in ("kept", "of", "section"):
            entry.pop(outcome, None)
        self._write(record)

    def checked(
        self,
        step: int,
        *,
        kept: int,
        of: int,
        section: str | None,
        now: datetime,
        imported: bool = True,
    ) -> None:
        """Note a check: `kept` promises of `of`, and the section of the first one broken.

        A package that could not be imported says nothing about where its author is.
        """
        record = self._read()
        entry = _step(record, step)
        entry |= {"kept": kept, "of": of}
        if imported:
            entry["section"] = section
        entry["checks"] = entry.get("checks", 0) + 1
        if kept == of:
            entry.setdefault("passed", now.isoformat(timespec="seconds"))
        self._write(record)

    def step(self, number: int) -> dict[str, Any]:
        """What is known of a step: started, passed (times), kept, of, checks, section, hints."""
        return _step(self._read(), number)

    def hints_seen(self, step: int, section: str) -> int:
        return int(self.step(step).get("hints", {}).get(section, 0))

    def hint_given(self, step: int, section: str, level: int) -> None:
        record = self._read()
        _step(record, step).setdefault("hints", {})[section] = level
        self._write(record)

    def _read(self) -> dict[str, Any]:
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise LabError(
                f"{self.path} cannot be read as JSON; mend it, or move it away to begin a new one"
            ) from None
        if not _is_sound(record):
            raise LabError(
                f"{self.path} does not hold what the lab wrote into it; mend it, or move it away "
                "to begin a new one"
            )
        sound: dict[str, Any] = record
        return sound

    def _write(self, record: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half_written = self.path.with_suffix(".tmp")
        half_written.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        half_written.replace(self.path)


def _is_sound(record: Any) -> bool:
    """Whether it has the shape that we write. People may edit the file, or merge two of them."""
    match record:
        case {"current": current} if not isinstance(current, int | None):
            return False
        case {"steps": dict() as steps}:
            return all(_is_sound_step(entry) for entry in steps.values())
        case {"steps": _}:
            return False
        case _:
            return isinstance(record, dict)


def _is_sound_step(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    numbers = [entry.get(key, 0) for key in ("kept", "of", "checks")]
    hints = entry.get("hints", {})
    if not isinstance(hints, dict):
        return False
    return all(isinstance(number, int) for number in [*numbers, *hints.values()])


def _step(record: dict[str, Any], number: int) -> dict[str, Any]:
    entry: dict[str, Any] = record.setdefault("steps", {}).setdefault(str(number), {})
    return entry

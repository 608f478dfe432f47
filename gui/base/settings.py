"""What is remembered between starts, typed, with defaults. One file; tests give another one."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from gui.base.layers import Layers

RECENT = 8


def data_folder() -> Path:
    """Where autosaves and crash logs go. CHAINRULE_HOME puts everything elsewhere."""
    given = os.environ.get("CHAINRULE_HOME")
    if given:
        return Path(given)
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


class Settings:
    """Reads and writes at once; a broken value falls back to its default."""

    def __init__(self, file: Path | None = None) -> None:
        if file is None and os.environ.get("CHAINRULE_HOME"):
            file = data_folder() / "settings.ini"
        if file is not None:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)
        else:
            self._store = QSettings("Chainrule", "Chainrule")

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _number(self, key: str, default: float) -> float:
        try:
            return float(self._text(key, str(default)))
        except ValueError:
            return default

    def _flag(self, key: str, default: bool) -> bool:
        return self._text(key, str(default)).lower() == "true"

    def _put(self, key: str, value: object) -> None:
        self._store.setValue(key, str(value))

    @property
    def theme(self) -> str:
        """``light``, ``dark`` or ``system``."""
        value = self._text("theme", "system")
        return value if value in ("light", "dark", "system") else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self._put("theme", value)

    @property
    def contrast(self) -> str:
        """High contrast: ``on``, ``off`` or ``system``."""
        value = self._text("contrast", "system")
        return value if value in ("on", "off", "system") else "system"

    @contrast.setter
    def contrast(self, value: str) -> None:
        self._put("contrast", value)

    @property
    def speed(self) -> float:
        return min(8.0, max(0.25, self._number("speed", 1.0)))

    @speed.setter
    def speed(self, value: float) -> None:
        self._put("speed", value)

    @property
    def reduced_motion(self) -> bool:
        return self._flag("reduced_motion", False)

    @reduced_motion.setter
    def reduced_motion(self, value: bool) -> None:
        self._put("reduced_motion", value)

    @property
    def functions(self) -> bool:
        """Whether the canvas shows autograd functions in place of tensors."""
        return self._flag("functions", False)

    @functions.setter
    def functions(self, value: bool) -> None:
        self._put("functions", value)

    @property
    def layers(self) -> Layers:
        """What the switches of the canvas show."""
        return Layers(**{f.name: self._flag(f"layers/{f.name}", bool(f.default)) for f in fields(Layers)})

    @layers.setter
    def layers(self, value: Layers) -> None:
        for f in fields(Layers):
            self._put(f"layers/{f.name}", getattr(value, f.name))

    @property
    def hint_seen(self) -> bool:
        """Whether the hint of the first minute has done its work."""
        return self._flag("hint_seen", False)

    @hint_seen.setter
    def hint_seen(self, value: bool) -> None:
        self._put("hint_seen", value)

    @property
    def recent(self) -> list[str]:
        """Files opened or saved last, newest first."""
        value = self._store.value("recent", [])
        files = value if isinstance(value, list) else [value] if isinstance(value, str) and value else []
        return [f for f in files if isinstance(f, str)][:RECENT]

    def add_recent(self, file: str) -> None:
        self._store.setValue("recent", [file, *[f for f in self.recent if f != file]][:RECENT])

    def remove_recent(self, file: str) -> None:
        self._store.setValue("recent", [f for f in self.recent if f != file])

    def bytes(self, key: str) -> QByteArray | None:
        """A widget's own state (window geometry, splitters)."""
        value = self._store.value(f"layout/{key}")
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def put_bytes(self, key: str, value: QByteArray) -> None:
        self._store.setValue(f"layout/{key}", value)

    def panel(self, name: str, default: bool = True) -> bool:
        """Whether a panel is shown."""
        return self._flag(f"panel/{name}", default)

    def put_panel(self, name: str, shown: bool) -> None:
        self._put(f"panel/{name}", shown)

    def sync(self) -> None:
        self._store.sync()

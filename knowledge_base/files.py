"""The library as authored (知识库文件): YAML below ``entries/`` and ``documents/``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor

from core.errors import ServiceError
from knowledge_base.schema import Document, Entry

ENTRIES = Path(__file__).parent / "entries"
DOCUMENTS = Path(__file__).parent / "documents"

#: The one written in C is several times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Model = TypeVar("Model", bound=BaseModel)


class BrokenEntry(ServiceError):
    """The YAML of an entry or document cannot be used (条目格式有误)."""

    code = "broken_entry"
    status = 422


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, and where."""

    file: str
    line: int | None
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.field} {self.reason}".strip()


@dataclass
class LibraryFiles:
    """Everything that could be read, and a fault for each thing that could not."""

    documents: dict[str, Document] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class _Plain(yaml.SafeDumper):
    """Writes a value that stands twice twice: nobody edits a file by its anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def read_library(entries: Path = ENTRIES, documents: Path = DOCUMENTS) -> LibraryFiles:
    """Read every file; a malformed one becomes a fault and the rest loads."""
    library = LibraryFiles()
    for path in sorted(documents.glob("*.yml")):
        document = _read(path, Document, library.faults)
        if document is not None:
            library.documents[document.id] = document
    for path in sorted(entries.rglob("*.yml")):
        entry = _read(path, Entry, library.faults)
        if entry is None:
            continue
        if entry.id in library.entries:
            library.faults.append(Fault(path.name, 1, "id", f"{entry.id} 已被另一个文件使用"))
            continue
        library.entries[entry.id] = entry
    return library


def _read(path: Path, kind: type[Model], faults: list[Fault]) -> Model | None:
    model, found = parse(path.read_text("utf-8", errors="replace"), kind, path.name)
    if model is not None and getattr(model, "id", path.stem) != path.stem:
        found = [Fault(path.name, 1, "id", f"应与文件名相同：{path.stem}")]
        model = None
    faults.extend(found)
    return model


def parse(text: str, kind: type[Model], name: str) -> tuple[Model | None, list[Fault]]:
    """Parse one YAML text.

    Args:
        text: The YAML.
        kind: What it should be.
        name: What the file is called in faults.

    Returns:
        The model or None, and the faults with line and field.
    """
    if "\ufffd" in text:
        before = text[: text.index("\ufffd")]
        return None, [Fault(name, before.count("\n") + 1, "", "不是 UTF-8 编码的文字")]
    try:
        tree = yaml.compose(text, Loader=_Loader)
        found = [*_said_twice(tree, name), *_no_dates(tree, name)]
        data = None if found or tree is None else SafeConstructor().construct_document(tree)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        return None, [Fault(name, line, "", f"不是有效的 YAML：{getattr(error, 'problem', error)}")]
    if found:
        return None, found
    if not isinstance(data, dict):
        return None, [Fault(name, 1, "", "文件应是“键: 值”的形式")]
    try:
        return kind.model_validate(data), []
    except ValidationError as error:
        return None, [
            Fault(name, _line(tree, each["loc"]), _spoken(each["loc"]), each["msg"])
            for each in error.errors()
        ]


def _said_twice(node: yaml.Node | None, name: str) -> Iterator[Fault]:
    """A key that stands twice: YAML would keep the last one and drop what the first one says."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield Fault(name, key.start_mark.line + 1, str(key.value), "这个键写了两次")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
            yield from _said_twice(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _said_twice(each, name)


def _no_dates(node: yaml.Node | None, name: str) -> Iterator[Fault]:
    """What is written like a date and is none, e.g. 2026-02-30."""
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _no_dates(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _no_dates(each, name)
    elif isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:timestamp":
        try:
            date.fromisoformat(node.value[:10])
        except ValueError:
            yield Fault(name, node.start_mark.line + 1, "", f"没有这一天：{node.value}")


def _spoken(path: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in path)


def _line(node: yaml.Node | None, path: tuple[int | str, ...]) -> int | None:
    """The line of the deepest node on ``path`` that the text really has."""
    line = None
    for step in (None, *path):
        if step is not None:
            node = _child(node, step)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def to_yaml(model: BaseModel) -> str:
    """Write a model the way files are authored; reading it back gives the same model."""
    data = _plain(model.model_dump(by_alias=True, exclude_defaults=True))
    return yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)


def _plain(value: Any) -> Any:
    """Lists and strings for tuples and members of an enumeration; dates stay dates."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value

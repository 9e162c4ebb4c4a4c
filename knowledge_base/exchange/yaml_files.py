"""The library as a folder of YAML (写和读 YAML 文件夹): the form in which entries are authored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.exchange.checks import Location
from knowledge_base.exchange.faults import Fault, fault
from knowledge_base.files import parse, to_yaml
from knowledge_base.schema import Document, Entry

ENDINGS = (".yml", ".yaml")
_DOCUMENTS = "documents"
_NOT_IN_NAME = re.compile(r"[^\w-]")


class _Anything(BaseModel):
    """A mapping of any content: what is wrong with it is judged elsewhere, all at once."""

    model_config = ConfigDict(extra="allow")


@dataclass
class YamlItem:
    """An entry or a document as plain data, and the file it stands in."""

    data: dict[str, Any]
    name: str
    text: str

    def fault_at(self, location: Location, code: str, **values: object) -> Fault:
        """A fault at the line that ``location`` came from."""
        node: yaml.Node | None = yaml.compose(self.text, Loader=yaml.CSafeLoader)
        line = 1
        for step in location:
            node = _child(node, step)
            if node is None:
                break
            line = node.start_mark.line + 1
        return fault(self.name, line, ".".join(map(str, location)), code, **values)


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def write_yaml(entries: Iterable[Entry], documents: Iterable[Document]) -> dict[str, bytes]:
    """Write one file for each, by its path; the layout is that of ``knowledge_base/``."""
    files = {
        f"entries/{_NOT_IN_NAME.sub('_', entry.topics[0])}/{entry.id}.yml": to_yaml(entry)
        for entry in entries
    }
    files |= {f"{_DOCUMENTS}/{document.id}.yml": to_yaml(document) for document in documents}
    return {name: files[name].encode() for name in sorted(files)}


def read_yaml(
    files: Mapping[str, bytes],
) -> tuple[list[YamlItem], list[YamlItem], list[Fault]]:
    """Read YAML files by path.

    Returns:
        Entries, documents (what lies in a folder of that name), and faults.
    """
    faults: list[Fault] = []
    found: dict[bool, dict[str, YamlItem]] = {False: {}, True: {}}
    for name, content in sorted(files.items()):
        item = _read(name, content, faults)
        if item is None:
            continue
        path = PurePosixPath(name)
        same = found[_DOCUMENTS in path.parts[:-1]]
        given = item.data.get("id")
        if given in same:
            faults.append(item.fault_at(("id",), "duplicate_entry", value=given))
        elif given is not None and given != path.stem:
            faults.append(item.fault_at(("id",), "file_name", expected=path.stem))
        else:
            same[str(given or name)] = item
    return list(found[False].values()), list(found[True].values()), faults


def _read(name: str, content: bytes, faults: list[Fault]) -> YamlItem | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(fault(name, None, "", "not_utf8"))
        return None
    anything, found = parse(text, _Anything, name)
    faults += [Fault(each.file, each.line, each.field, each.reason, "not_yaml") for each in found]
    if anything is None:
        return None
    return YamlItem(dict(anything.model_extra or {}), name, text)

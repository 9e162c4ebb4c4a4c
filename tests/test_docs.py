"""Documents say what the program does: settings, commands, paths, links, error sentences."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from app.cli import main
from core.errors import ServiceError
from core.messages import error_sentences
from core.settings import PREFIX, BadSetting, Settings, read_settings
from tests.test_architecture import PACKAGES, named

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "operations" / "README.md"
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.name != "openapi.yml"
)
#: Made by set-up or by use, so not in a fresh clone.
MADE_LATER = (".venv", "var/", "models/", "web/chat/dist", "web/desk/dist")
_PATH = re.compile(r"`((?:[a-z_.]+/)+[A-Za-z0-9_.\-]*|[A-Za-z0-9_\-]+\.(?:yml|md|py|toml))`")
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")


def text(path: Path) -> str:
    return path.read_text("utf-8")


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda each: each.name)
def test_every_setting_is_in_the_guide_with_its_default(setting: object) -> None:
    name, default = getattr(setting, "name"), getattr(setting, "default")  # noqa: B009
    row = f"| `{PREFIX}{name.upper()}` | {'（空）' if default == '' else default} |"

    assert row in text(GUIDE)


def test_no_document_names_a_setting_that_is_not_there() -> None:
    known = {PREFIX + each.name.upper() for each in fields(Settings)}
    known |= {"RUNMIAO_ACTION_URL", "RUNMIAO_TRACKER_DB"}  # Rasa's own, see endpoints.yml
    for path in (*DOCUMENTS, *(ROOT / "docs" / "operations").iterdir()):
        told = set(re.findall(r"RUNMIAO_[A-Z_]*[A-Z]\b", text(path))) - {"RUNMIAO_WECHAT"}
        assert told <= known, named(path)


def test_the_example_of_the_environment_lacks_nothing_but_the_secrets() -> None:
    lines = text(ROOT / "docs" / "operations" / "runmiao.env.example").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    with pytest.raises(BadSetting) as refused:
        read_settings(values)
    assert refused.value.details["name"] == "RUNMIAO_SECRET_KEY"
    for each in fields(Settings):
        if each.metadata["secret"]:
            assert values.get(PREFIX + each.name.upper(), "") == ""
    filled = values | {"RUNMIAO_SECRET_KEY": "k" * 32, "RUNMIAO_OPERATOR_TOKEN": "t" * 16}
    assert read_settings(filled).mode == "production"


def test_every_make_target_is_helped_and_documented() -> None:
    helped = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in makefile_targets():
        assert re.search(rf"^{target}\s", helped, re.MULTILINE), target
        assert f"`make {target}`" in text(GUIDE)


def test_every_make_target_that_is_named_exists() -> None:
    for path in DOCUMENTS:
        named_targets = set(re.findall(r"\bmake ([a-z-]+)", text(path)))
        wrong = named_targets - makefile_targets()
        assert not {each for each in wrong if f"`make {each}`" in text(path)}, named(path)


def test_every_sub_command_that_is_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    told = {
        match
        for path in DOCUMENTS
        for match in re.findall(
            r"(?:^ *|\.venv/bin/|`)runmiao ([a-z]+(?: (?!admin)[a-z]+)?)", text(path), re.MULTILINE
        )
    }

    assert len(told) > 8
    for words in sorted(told):
        with pytest.raises(SystemExit) as ended:
            main([*words.split(), "--help"])
        assert ended.value.code == 0, words
        assert f"runmiao {words}" in capsys.readouterr().out


def paths_in(path: Path) -> Iterator[str]:
    return (
        each
        for each in _PATH.findall(text(path))
        if not each.startswith(MADE_LATER) and not each.startswith(("/", "rasa", "runmiao"))
    )


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_path_that_is_named_exists(document: str) -> None:
    told = list(paths_in(ROOT / document))

    assert told
    kinds = {"tables.py", "error_messages.yml", "nlu.yml"}  # one in each room
    missing = [each for each in told if each not in kinds and not (ROOT / each).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target, anchor in _LINK.findall(text(document)):
        if target.startswith("http"):
            continue
        led_to = (document.parent / target).resolve()
        assert led_to.exists(), target
        if anchor and led_to.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", text(led_to), re.MULTILINE)
            assert anchor[1:] in {each.strip().lower().replace(" ", "-") for each in headings}


def test_every_decision_record_is_listed_and_complete() -> None:
    folder = ROOT / "docs" / "adr"
    listed = text(folder / "README.md")
    for record in folder.glob("[0-9]*.md"):
        assert f"({record.name})" in listed, record.name
        told = text(record)
        assert re.search(rf"^# {record.name[:4]} ", told)
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", told, re.MULTILINE), record.name
        for part in ("Status: ", "## Context", "## Decision", "## Consequences"):
            assert part in told, f"{record.name} lacks {part}"


def test_every_error_that_can_be_told_has_its_sentence() -> None:
    for path in ROOT.glob("*/*.py"):
        room = path.parent.name
        if room in PACKAGES and "ServiceError" in text(path):
            import_module(f"{room}.{path.stem}")

    def all_of(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
        yield kind
        for each in kind.__subclasses__():
            yield from all_of(each)

    ours = {each for each in all_of(ServiceError) if not each.__module__.startswith("test")}
    assert {each.code for each in ours} <= set(error_sentences())


def test_sentences_about_errors_end_as_sentences_do() -> None:
    for code, sentence in error_sentences().items():
        assert sentence.rstrip().endswith(("。", "？", "！", "}")), code


def test_documents_name_no_machine_of_ours() -> None:
    for path in DOCUMENTS:
        assert not re.search(r"/work/|/root/|shared/|pypi\.|\bClaude\b", text(path)), named(path)


def test_the_guide_covers_what_is_in_its_folder() -> None:
    for path in GUIDE.parent.iterdir():
        if path != GUIDE:
            assert f"({path.name})" in text(GUIDE)


def test_units_start_what_set_up_made_and_keep_secrets_from_rasa() -> None:
    app, rasa = (text(GUIDE.parent / f"runmiao-{each}.service") for each in ("app", "rasa"))

    assert "EnvironmentFile=" in app
    assert "EnvironmentFile=" not in rasa
    assert "--without-rasa" in app
    assert "-i 127.0.0.1" in rasa
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert line in app
        assert line in rasa


def test_nginx_leaves_event_streams_unbuffered_and_says_one_address() -> None:
    told = text(GUIDE.parent / "nginx.conf")

    for stream in ("/api/v1/conversation/events", "/api/v1/desk/events"):
        block = told.split(f"location = {stream} {{")[1].split("\n    }")[0]
        assert "proxy_buffering off;" in block
    assert "proxy_set_header X-Forwarded-For   $remote_addr;" in told
    assert "/metrics" not in told
    assert told.count("{") == told.count("}")

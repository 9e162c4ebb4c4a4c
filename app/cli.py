"""The command ``runmiao`` (命令行入口): every sub-command has ``--help``."""

from __future__ import annotations

import argparse
import logging
import sys

import structlog

from app.commands import appeals, ask, enterprises, evaluate, library, operate, rules, trained
from core.errors import ServiceError
from core.messages import sentence_for
from core.settings import Settings, read_settings


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; the exit status is 0, or 1 with a Chinese sentence on stderr."""
    parser = argparse.ArgumentParser(prog="runmiao", description="润苗：税费咨询与诉求平台")
    commands = parser.add_subparsers(required=True, metavar="命令")
    for module in (operate, ask, library, evaluate, trained, rules, appeals, enterprises):
        module.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        settings = read_settings()
        set_up_logging(settings)
        return int(given.run(given, settings) or 0)
    except ServiceError as error:
        print(f"✗ {sentence_for(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def set_up_logging(settings: Settings) -> None:
    """Log JSON lines to stderr in production, short lines in the demo; extras are kept."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if settings.is_demo
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if settings.is_demo else settings.log_level)


if __name__ == "__main__":
    sys.exit(main())

"""Threads of processes that tests kill."""

from __future__ import annotations

import os
import sys
import threading


def end_together() -> None:
    """End the whole process where a thread fails: else nobody would hear why the others say nothing more."""
    threading.excepthook = _end


def _end(args: threading.ExceptHookArgs) -> None:
    sys.__excepthook__(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(1)

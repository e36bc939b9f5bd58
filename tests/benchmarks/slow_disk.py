"""A disk whose every fsync takes 4 ms, as those of rented machines do: simulated for one process, and labelled so.

The disks that benchmarks run on are often quicker than those that people serve from. What is gained by sharing a wait
cannot be seen where there is hardly any.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

MILLISECONDS = 4
SHIM = f"""
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static int late(long done) {{
  struct timespec pause = {{0, {MILLISECONDS} * 1000000L}};
  nanosleep(&pause, 0);
  return (int)done;
}}
int fsync(int file) {{ return late(syscall(SYS_fsync, file)); }}
int fdatasync(int file) {{ return late(syscall(SYS_fdatasync, file)); }}
"""


def slow_disk(folder: Path) -> Mapping[str, str] | None:
    """Return what a process is started with that is to have a slow disk; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, library = folder / "slow_disk.c", folder / "slow_disk.so"
    source.write_text(SHIM, "utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library)}

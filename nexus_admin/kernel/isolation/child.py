"""The process of a function that is not trusted: takes limits upon itself, then loads the code, calls it once and ends.

It is run as a script by an interpreter without environment, and imports nothing of ours. It reads one line of
JSON: the folder, the function, its input and the limits; and writes one.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import resource
import struct
import sys
import traceback

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER of Linux
NO_NEW_RIGHTS = 38  # PR_SET_NO_NEW_PRIVS
FENCE, FENCE_IN = 444, 446  # landlock_create_ruleset, landlock_restrict_self: the same number on every processor
CHANGES = 0x1FF2
"""Of a fence: everything that writes, makes or removes a file. From its third version on it knows
SHORTENS, to cut a file off without opening it, from its fourth
CONNECTS, TCP, and from its sixth
REACHES, signals and abstract sockets of processes outside."""
SHORTENS, CONNECTS, REACHES = 1 << 14, 0b11, 0b11


def limit(memory: int, seconds: int) -> None:
    """Take away what a function does not need; what is taken does not come back."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),  # every write to a file fails
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 0),  # no process more; root is exempt
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def cut_off() -> None:
    """Leave the network, where the system lets anybody do so; with no rights of root, also where the server is root."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is not None and unshare(NEW_USER | NEW_NETWORK) != 0:
        unshare(NEW_NETWORK)


def fence_in() -> None:
    """Change no file any more, and reach no process: neither by a signal nor by what `/proc` has of it (Landlock)."""
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    version = system.syscall(FENCE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return  # this Linux knows none
    rights = (CHANGES | (SHORTENS if version >= 3 else 0), CONNECTS, REACHES)
    known = rights[: 1 + (version >= 4) + (version >= 6)]
    fence = system.syscall(FENCE, struct.pack(f"={len(known)}Q", *known), ctypes.c_size_t(8 * len(known)), 0)
    system.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)
    if fence < 0 or system.syscall(FENCE_IN, fence, 0) != 0:
        raise OSError("The fence does not stand.")
    os.close(fence)


def called(folder: str, name: str, given: object) -> object:
    """Import the package in *folder* and call its function."""
    where = os.path.join(folder, "__init__.py")
    spec = importlib.util.spec_from_file_location("isolated", where, submodule_search_locations=[folder])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["isolated"] = module
    spec.loader.exec_module(module)
    return getattr(module, name)(given)


def main() -> None:
    """Do one call."""
    order = json.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the code prints is not its answer
    cut_off()
    fence_in()
    limit(order["memory"], order["seconds"])
    try:
        said = json.dumps({"done": called(order["folder"], order["name"], order["input"])})
    except BaseException as error:
        places = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(order["folder"])]
        where = f" ({os.path.basename(places[-1].filename)}:{places[-1].lineno})" if places else ""
        said = json.dumps({"raised": f"{type(error).__name__}{where}"})
    out.write(said.encode())
    out.flush()
    os._exit(0)  # nothing that the code has left behind runs any more


if __name__ == "__main__":
    main()

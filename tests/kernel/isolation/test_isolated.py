"""An extension that is not trusted: its functions are actions, and whatever they do costs nobody but them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import ExtensionError, Forbidden
from nexus_admin.domain.target import Target
from nexus_admin.kernel.extensions import read_manifest
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, perform, plugin

HOUSE = Target("nexus")
CODE = """
import os, socket, subprocess, sys, time

def double(given):
    print("this is no answer")
    return {"twice": given["number"] * 2}

def surroundings(given):
    return {"environment": dict(os.environ), "files": os.listdir("."), "arguments": sys.argv[1:]}

def writes(given):
    with open(given, "w") as file:
        file.write("x" * 10)

def hangs(given):
    time.sleep(600)

def counts(given):
    while True:
        pass

def eats(given):
    return len("x" * 10**9)

def chatters(given):
    return "x" * 10**7

def breaks(given):
    raise ValueError("a secret of the input")

def crashes(given):
    os.abort()

def strange(given):
    return object()

def forks(given):
    return subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).returncode

def calls(given):
    socket.create_connection(("127.0.0.1", given), timeout=2).close()
"""
FUNCTIONS = ("surroundings", "writes", "eats", "chatters", "breaks", "crashes", "strange", "forks", "calls")
MANIFEST = (
    "isolated = true\n[functions.double]\ntitle = 'Twice as much'\nseconds = 60\n"
    + "".join(f"[functions.{name}]\nmegabytes = 200\nseconds = 20\n" for name in FUNCTIONS)
    + "".join(f"[functions.{name}]\nseconds = 1\n" for name in ("hangs", "counts"))
)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("isolated")
    plugin(folder, "wild", CODE, MANIFEST)
    kernel = kernel_of(folder)
    assert kernel.hooks.statuses["plugins/wild"].state == "started"
    yield kernel
    kernel.stop()


def called(kernel: Kernel, name: str, given: Any = None) -> Any:
    return perform(kernel, f"wild.{name}", HOUSE, input=given)


@pytest.mark.req("S003-CHAL-01")
def test_a_function_is_an_action_with_a_permission_and_an_entry_and_its_code_is_not_imported(kernel: Kernel) -> None:
    assert called(kernel, "double", {"number": 21}) == {"twice": 42}
    action = kernel.actions.get("wild.double")
    assert (action.title, action.owner) == ("Twice as much", "plugins/wild")
    nobody = kernel.access.users.create("eve@example.com", password="a long passphrase 78", by=Actor.system("test"))
    eve = kernel.access.actor_of_user(nobody.id)
    assert eve is not None
    with pytest.raises(Forbidden):
        kernel.perform(Call("wild.double", HOUSE, {"input": {"number": 1}}, eve))
    assert not [name for name in sys.modules if name.endswith("plugins.wild")]


@pytest.mark.req("S003-CHAL-01")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hangs", "did not answer within 1 s"),
        ("counts", "did not answer within 1 s|ended by its limits"),
        ("eats", "raised MemoryError"),
        ("chatters", "or with too much"),
        ("breaks", r"raised ValueError \(__init__\.py:29\)\.$"),
        ("crashes", r"ended by its limits \(code -6\)"),
        ("strange", "raised TypeError"),
    ],
)
def test_whatever_it_does_ends_and_is_named(kernel: Kernel, name: str, said: str) -> None:
    with pytest.raises(ExtensionError, match=f"plugins/wild: {name} .*({said})") as refused:
        called(kernel, name)
    assert "secret" not in str(refused.value)
    assert called(kernel, "double", {"number": 1}) == {"twice": 2}
    assert kernel.hooks.statuses["plugins/wild"].state == "started"


@pytest.mark.req("S003-CHAL-01")
def test_it_has_nothing_of_the_server_and_writes_nowhere(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "hidden")
    found = called(kernel, "surroundings")
    assert "A_SECRET" not in found["environment"]
    assert set(found["environment"]) <= {"LC_CTYPE"}  # which Python itself sets
    assert (found["files"], found["arguments"]) == ([], [])
    with pytest.raises(ExtensionError, match=r"raised (PermissionError|OSError)"):
        called(kernel, "writes", str(tmp_path / "new.txt"))
    assert not any(one.read_text() for one in tmp_path.glob("new.txt"))  # where nobody is fenced in, it is made


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may begin processes whatever the limit.")
def test_it_begins_no_other_process(kernel: Kernel) -> None:
    with pytest.raises(ExtensionError, match="raised BlockingIOError"):
        called(kernel, "forks")


def leaves_the_network() -> bool:
    try:
        return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not leaves_the_network(), reason="This system lets no process leave the network.")
def test_it_has_no_network(kernel: Kernel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        with pytest.raises(ExtensionError, match=r"raised (PermissionError|OSError|ConnectionRefusedError)"):
            called(kernel, "calls", port)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("isolated = true\n", "functions are named where isolated = true"),
        ("[functions.rate]\n", "functions are named where isolated = true"),
        ("isolated = 1\n", "isolated = 1. It is true or false"),
        ("isolated = true\n[functions.rate]\nsecond = 1\n", "Did you mean 'seconds'"),
        ("isolated = true\n[functions.rate]\nmegabytes = 100000\n", "It is a number up to 4096"),
        ("isolated = true\n[functions._rate]\n", "is no function's name"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(tmp_path: Path, manifest: str, said: str) -> None:
    folder = plugin(tmp_path, "wild", CODE, manifest)
    with pytest.raises(ExtensionError, match=said):
        read_manifest(folder / "plugin.toml")

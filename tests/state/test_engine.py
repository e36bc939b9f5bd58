"""Opening our own database, and what happens when it cannot be had."""

import os
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.domain.errors import SettingError, StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.tables.preferences import preference
from nexus_admin.state.tables.settings import setting
from tests.state.conftest import KEY

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def put(key: str, value: object = 1):
    return lambda connection: connection.execute(setting.insert().values(key=key, value=value, set_by="ada", at=NOW))


def keys(state: State) -> list[str]:
    return list(state.read(lambda c: c.execute(sa.select(setting.c.key).order_by(setting.c.key)).scalars()))


def test_what_was_written_is_there_after_opening_again(address: str) -> None:
    with State.open(address, key=KEY) as state:
        state.write(put("theme", {"name": "dark\u0000", "n": [1, None]}))
    with State.open(address, key=KEY) as state:
        row = state.read(lambda c: c.execute(sa.select(setting)).one())
    assert row.value == {"name": "dark\u0000", "n": [1, None]}
    assert row.at == NOW


def test_a_moment_comes_back_in_utc_and_a_naive_one_is_refused(state: State) -> None:
    there = datetime(2026, 7, 1, 1, 0, tzinfo=timezone(timedelta(hours=5)))
    state.write(lambda c: c.execute(preference.insert().values(user_id="user:1", key="a", value=1, at=there)))
    back = state.read(lambda c: c.execute(sa.select(preference.c.at)).scalar_one())
    assert back == there
    assert back.tzinfo is UTC
    with pytest.raises(sa.exc.StatementError, match="has no time zone"):
        state.write(
            lambda c: c.execute(preference.insert().values(user_id="b", key="a", value=1, at=datetime(2026, 1, 1)))
        )


def test_a_write_that_fails_leaves_nothing_behind(state: State) -> None:
    def half(connection: sa.Connection) -> None:
        put("one")(connection)
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        state.write(half)
    assert keys(state) == []


def test_a_taken_key_is_the_callers_error_and_not_an_outage(state: State) -> None:
    state.write(put("one"))
    with pytest.raises(sa.exc.IntegrityError):
        state.write(put("one"))


def test_a_write_that_may_wait_is_there_soon_and_at_the_latest_on_closing(address: str) -> None:
    with State.open(address, key=KEY) as state:
        state.later(put("soon"))
        deadline = time.monotonic() + 60
        while not keys(state) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert keys(state) == ["soon"]
        state.later(put("at the end"))
    with State.open(address, key=KEY) as state:
        assert keys(state) == ["at the end", "soon"]


def test_reading_never_writes(path: Path) -> None:
    with State.open(path, key=KEY) as state, pytest.raises(StateDown, match="readonly"):
        state.read(put("sneaky"))


def test_a_second_process_is_told_what_to_do(path: Path) -> None:
    with State.open(path, key=KEY), pytest.raises(StateDown, match=r"Another Nexus is running on .*Stop it first"):
        State.open(path, key=KEY)
    State.open(path, key=KEY).close()


def test_a_short_command_writes_beside_a_running_server(path: Path) -> None:
    with State.open(path, key=KEY) as server, State.open(path, key=KEY, shared=True) as command:
        command.write(put("from the command"))
        server.write(put("from the server"))
        command.later(put("later"))
    with State.open(path, key=KEY) as state:
        assert keys(state) == ["from the command", "from the server", "later"]


def test_a_short_command_makes_a_state_that_was_not_there(path: Path) -> None:
    with State.open(path, key=KEY, shared=True) as command:
        command.write(put("first"))
    with State.open(path, key=KEY) as server:
        assert keys(server) == ["first"]


def test_many_threads_of_a_command_and_of_a_server_lose_nothing(path: Path) -> None:
    with State.open(path, key=KEY) as server, State.open(path, key=KEY, shared=True) as command:

        def work(state: State, name: str) -> None:
            for n in range(20):
                state.write(put(f"{name}{n}"))

        threads = [threading.Thread(target=work, args=(state, f"{i}-{state.shared}-"))
                   for i in range(4) for state in (server, command)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys(server)) == 160


def test_ten_processes_that_start_at_once_make_one_state(path: Path) -> None:
    code = (
        "import sys; from nexus_admin.state.engine import State\n"
        "from nexus_admin.state.tables.settings import setting\n"
        "from datetime import datetime, UTC\n"
        "with State.open(sys.argv[1], shared=True) as s:\n"
        "    s.write(lambda c: c.execute(setting.insert().values("
        "key=sys.argv[2], value=s.vault.key_id, set_by='', at=datetime.now(UTC))))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "NEXUS_SECRET_KEY"}
    runs = [subprocess.Popen([sys.executable, "-c", code, path, str(n)], env=environment) for n in range(10)]
    assert [run.wait(60) for run in runs] == [0] * 10
    with State.open(path) as state:
        assert len(keys(state)) == 10
        assert state.read(lambda c: c.execute(sa.select(sa.func.count(setting.c.value.distinct()))).scalar()) == 1


@pytest.mark.skipif(os.name != "posix", reason="File modes are POSIX's.")
def test_only_the_owner_may_read_the_state_and_its_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEXUS_SECRET_KEY", raising=False)
    State.open(path).close()
    for file in (path, path.with_name("nexus.sqlite.key")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    path.with_name("nexus.sqlite.key").chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600"):
        State.open(path)


def test_the_key_file_is_used_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEXUS_SECRET_KEY", raising=False)
    with State.open(path) as state:
        sealed = state.vault.seal(b"secret", "here")
    with State.open(path) as state:
        assert state.vault.unseal(sealed, "here") == b"secret"


def test_postgresql_wants_a_key_that_all_processes_share(
    new_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEXUS_SECRET_KEY", raising=False)
    with pytest.raises(SettingError, match="NEXUS_SECRET_KEY is not set"):
        State.open(new_postgres_url)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://root@localhost/x", "not in 'mysql'"),
        ("sqlite://", "without a file"),
        ("nonsense://", "not in 'nonsense'"),
        ("://", "cannot be read"),
    ],
)
def test_an_address_that_cannot_hold_a_state_is_refused(address: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        State.open(address, key=KEY)


def test_a_folder_and_a_file_that_is_no_database_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is a folder"):
        State.open(tmp_path, key=KEY)
    (tmp_path / "letter.txt").write_text("Dear reader, this is not a database at all. " * 100)
    with pytest.raises(StateDown, match="not a database"):
        State.open(tmp_path / "letter.txt", key=KEY)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StateDown, match=r"127\.0\.0\.1/nexus cannot be written") as caught:
        State.open("postgresql://ada:geheim@127.0.0.1:1/nexus", key=KEY)
    assert "geheim" not in str(caught.value)


def test_a_closed_state_says_so(state: State) -> None:
    state.close()
    state.close()
    with pytest.raises(StateDown, match="is closed"):
        state.write(put("late"))
    with pytest.raises(StateDown, match="is closed"):
        state.later(put("late"))

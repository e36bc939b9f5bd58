"""What the command line and code hand to the kernel."""

import pytest

from nexus_admin.domain.errors import SettingError
from nexus_admin.kernel.options import Options


def test_two_databases_under_one_name_are_refused_by_that_name() -> None:
    with pytest.raises(SettingError, match="would be called 'chinook'"):
        Options(urls=(("chinook", "a/chinook.db"), ("shop", "shop.db"), ("chinook", "postgresql://host/chinook")))

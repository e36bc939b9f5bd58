"""An extension's way up and down: its tables brought up to date, started, stopped, loaded again when it changes."""

from nexus_admin.kernel.lifecycle.reloading import Reloader as Reloader
from nexus_admin.kernel.lifecycle.stages import Stages as Stages

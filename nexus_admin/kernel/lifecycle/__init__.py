"""An extension's way up and down: its tables, its start and end, what switches it, what loads it again."""

from nexus_admin.kernel.lifecycle.reloading import Reloader as Reloader
from nexus_admin.kernel.lifecycle.stages import Stages as Stages
from nexus_admin.kernel.lifecycle.switching import Switching as Switching

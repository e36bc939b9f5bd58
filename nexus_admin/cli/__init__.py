"""The command `nexus`: each subcommand imports what it needs when it runs, so that `--help` is quick."""

"""`python -m nexus_admin` is `nexus`."""

from nexus_admin.cli.main import main

if __name__ == "__main__":
    main()

"""The doors for programs: JSON in and out, bearer tokens, problems that say what to do."""

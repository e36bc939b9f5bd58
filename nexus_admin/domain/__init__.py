"""The nouns: frozen values that every other room speaks in. Knows no library but pydantic."""

"""The expression language: read, print, check, compile to SQLAlchemy Core, and evaluate in Python.

Nothing else in the house builds a WHERE clause. `lower.py` turns an expression into a shape and its
values, with types and rights settled; `compile.py` and `evaluate.py` both start from that shape, so
that SQL and Python cannot drift apart.
"""

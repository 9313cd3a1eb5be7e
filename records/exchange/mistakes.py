"""What our own code may raise by mistake.

A lost connection, a deadlock or a task's time limit is none of these: it ends the run, and the message waits.
"""

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError

MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    ValidationError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)

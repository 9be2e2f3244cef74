"""The one redactor, under the name that the engine knows."""

from binfut_cli.redaction import Redactor

__all__ = ["Redactor"]

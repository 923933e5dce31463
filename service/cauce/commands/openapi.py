"""cauce-service openapi: the interface, as a document."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory

import typer

from cauce.app import create_app
from cauce.settings import Settings


def openapi() -> None:
    """Print the OpenAPI document."""
    with TemporaryDirectory() as nowhere:  # nothing is signed, and no key is left behind
        app = create_app(Settings.read({}, nowhere), "postgresql+asyncpg://")
        typer.echo(json.dumps(app.openapi(), indent=1))

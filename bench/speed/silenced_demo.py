"""The original demo with its log silenced: what it costs beside the lines that it writes for whatever passes."""

import logging

from servers.demo_app import app

__all__ = ["app"]

logging.getLogger("servers.demo_app").setLevel(logging.WARNING)

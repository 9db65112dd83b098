"""The one error that is mended where a server is started."""


class SettingsError(Exception):
    """The environment does not describe a server. The message says which variable to set."""

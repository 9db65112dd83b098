"""`live-bench calibrate`."""

from pathlib import Path

import click
from rich.console import Console


@click.command()
@click.argument("recordings", metavar="RECORDING...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "-o", "profile", type=click.Path(path_type=Path), default="profile.toml", show_default=True, help="The new profile."
)
@click.option("--whole-sessions", is_flag=True, help="Of a recording that is cut, use the sessions that are whole.")
def calibrate(recordings: tuple[Path, ...], profile: Path, whole_sessions: bool) -> None:
    """Turn recordings into a timing profile of the fake Gemini, and say how near it comes to them.

    RECORDING is a file that python -m servers.recording has made.
    """
    from bench.calibrate import files, make  # these take a second to import, which no other command needs
    from bench.calibrate.display import show

    files.check_free(profile)
    calibration = make.calibrate(make.read_all(recordings, whole_sessions=whole_sessions), profile.name)
    files.write(profile, calibration)
    show(Console(), calibration, profile)

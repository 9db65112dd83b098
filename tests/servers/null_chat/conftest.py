import sys

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]
"""The server is for Linux alone."""

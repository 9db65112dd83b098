"""What hypercorn takes from a file only; the rest stands on the command line in `deployments.py`."""

from servers.settings import MAX_MESSAGE_BYTES

websocket_max_message_size = MAX_MESSAGE_BYTES

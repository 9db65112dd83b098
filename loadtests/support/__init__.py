"""What the locustfiles share: the chat user, its stamping WebSocket client, the turn record and its recorder."""

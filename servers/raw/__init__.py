"""A relay between two WebSockets that knows no framework and no SDK: what `raw_app` consists of."""

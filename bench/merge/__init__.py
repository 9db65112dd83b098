"""One run of what several shards, or the workers of a stock Locust, left behind: `live-bench merge`."""

"""How many people a server holds: `live-bench capacity`, from the search to the page."""

"""Two runs side by side: `live-bench compare`, from the two records to the folder that says what differs."""

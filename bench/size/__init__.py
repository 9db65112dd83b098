"""How many instances so many people take, and what that costs, from what a search for capacities found."""

"""Whether a server gives back what it takes: people come and go for half an hour, and what it holds is looked at."""

"""The tests: one folder a room of the house, and `rules` for what holds everywhere."""

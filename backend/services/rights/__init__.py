"""A family's rights over its data: consent, who looked, export, erasure, retention."""

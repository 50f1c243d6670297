"""What the nights add up to: frozen and live figures, trends, warnings, reports, exports; suppression (rule 11)."""

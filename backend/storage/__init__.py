"""Everything that touches the database: the base, models, queries, migrations and the engine. All SQL lives here."""

"""The steps from one schema to the next, run by `backend.storage.schema`.

A new step: change the models, then `DATABASE_URL=sqlite:///build/step.db .venv/bin/nightsheet db upgrade` and
`DATABASE_URL=sqlite:///build/step.db .venv/bin/alembic revision --autogenerate -m "what it does" --rev-id 0002`.
Read what it wrote: CHECK constraints are not seen by it, and `recreate="always"` fails on PostgreSQL.
"""

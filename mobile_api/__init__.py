"""Everything that talks to a phone or a browser: routes, schemas and the web client. A stranger to `notifications`."""

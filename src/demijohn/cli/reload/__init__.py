"""Keep a development server in step with the project's files: watch them, start it again, answer while it is broken."""

"""Stand between a server and the pipeline: RSGI (Granian's own), ASGI 3 (every other), and sites mounted within."""

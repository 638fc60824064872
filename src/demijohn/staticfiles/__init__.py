"""Serve the project's own files: styles, scripts, images. What users upload is sent by `send_file` (http/files.py)."""

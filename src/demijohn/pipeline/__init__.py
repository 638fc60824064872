"""Take a request to its answer: checks, match, guards, handler, errors, security headers. Servers stand in gateway/."""

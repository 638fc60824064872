"""Read and write the parts of HTTP messages: requests, responses, cookies, forms, dates, ranges, negotiation."""

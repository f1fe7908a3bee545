"""The HTTP API: each route parses, calls one service and formats the answer; `app` puts them together."""

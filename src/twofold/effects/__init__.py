"""Effects: what is recorded after an answer; none can delay or fail it."""

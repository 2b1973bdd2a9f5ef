"""From a question to an `Answer`: read it, look up numbers exactly, search, rank, decide whether there is an answer."""

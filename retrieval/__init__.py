"""From a question to an `Answer`: understand it, look up numbers exactly, search, rank, decide whether it is an answer."""

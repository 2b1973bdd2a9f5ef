"""From a question as people type it to what is searched for, one step a file."""

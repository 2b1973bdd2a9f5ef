"""What searching and queueing cost inside PostgreSQL with pgvector."""

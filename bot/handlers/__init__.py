"""One file a purpose. Handlers read an update, ask the desk, and send a screen: no SQL, no ranking, no sentences."""

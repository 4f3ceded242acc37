"""Files on disk: where they are kept, and what their content says they are."""

"""Makes the pictures of README.md and docs/ from the sandbox: `make pictures`."""

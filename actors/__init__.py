"""What has a mailbox. `*_core.py` decides and is pure, `*_view.py` draws and is pure, the rest does."""

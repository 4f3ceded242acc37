"""The models of the sandbox: a small one that chats, and stand-ins for the other kinds, each of which says that it is one."""

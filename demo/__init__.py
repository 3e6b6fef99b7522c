"""`make demo`: starts a server of its own and loads real data into it, over HTTP and a websocket only."""

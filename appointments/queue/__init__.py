"""The waiting room: checking in, calling people in, the screen on the wall, one's place in the queue."""

"""What the workflows do in the outside world: one repeatable effect per method."""

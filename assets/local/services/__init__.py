"""One folder per emulated service; each exposes `install(runtime)`."""

"""What questions may teach the library (提问改进): grouped, proposed, decided by people."""

"""The answer engine (应答): frame, search, decide, render; one engine for every door."""

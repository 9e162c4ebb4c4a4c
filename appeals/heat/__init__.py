"""Bursts and heat (突发与热度): what is asked, how unusual that is, and what is made of it."""

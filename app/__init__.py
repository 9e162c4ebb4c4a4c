"""Puts it together (装配): processes, listeners, Rasa's keeper, due work, the command."""

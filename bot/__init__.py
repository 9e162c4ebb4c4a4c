"""The talk (对话): what Rasa is taught, and the actions it calls."""

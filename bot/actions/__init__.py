"""What Rasa may call (动作): flat, one module per thing a taxpayer asks for."""

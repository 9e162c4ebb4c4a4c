"""What is measured and how (测量)."""

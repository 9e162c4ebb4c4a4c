"""Meaning by a model from outside (语义向量): optional, off by default, never required."""

"""The library (知识库): entries, documents, versions, review, expiry, terms, search."""

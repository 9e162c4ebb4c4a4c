"""What can be checked of the library without knowing the law (知识库检查), one kind per module."""

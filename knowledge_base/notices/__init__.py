"""Official notices read into proposals (文件拆解): what they say by clause, and drafts to write."""

"""The sub-commands of ``runmiao`` (命令行), one module each."""

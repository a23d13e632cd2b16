"""The built-in store: the whole workflow with no broker to run, as small files in a folder or on a branch of git's."""

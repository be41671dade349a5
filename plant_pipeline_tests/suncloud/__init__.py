"""A source that is no part of the package: an invented portal, as another distribution would bring it.

The tests copy this folder beside its metadata into a directory of their own and let the pipeline find it there; it is
also the worked example of docs/writing-a-source.md.
"""

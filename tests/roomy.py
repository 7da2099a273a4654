"""A call with room on Python's own stack.

CPython 3.11 to 3.13 keep frames in chunks of 16 KiB and give an empty chunk back to the system at once: where a busy loop, such as a template's,
happens to call across the end of a chunk, each call maps and unmaps memory, which takes a fifth of a page. A frame with a large stack takes a chunk
of a megabyte, of which half is left for all that is called from it.
"""


def roomy(call, *args, **kwargs):
    return call(*args, **kwargs)


roomy.__code__ = roomy.__code__.replace(co_stacksize=66_000)

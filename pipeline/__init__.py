"""The pipeline behind the report: snapshot of the Hugging Face Hub in, facts, figures and pages out.

Every stage is a process of seconds, so what it costs to start and to end one counts. Tables lie outside Python's
heap, which need not be searched for rubbish so often, nor once more at the end. Nothing multiplies large
matrices, so the threads of numpy's linear algebra would only spin, and one thread always sums in the same order.
pydantic would look through every installed package for plugins, of which there are none.
"""

import atexit
import gc
import os

gc.set_threshold(50_000)
atexit.register(gc.freeze)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

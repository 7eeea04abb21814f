"""Runs one command and prints its exit status, seconds and peak memory in GiB.

A process of its own, and a small one: the system counts the memory of whoever starts a process into its peak.
"""

import json
import os
import subprocess
import sys
import time

log, *words = sys.argv[1:]
begun = time.monotonic()
with open(log, "w") as out:
    process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
    _, status, usage = os.wait4(process.pid, 0)
seconds = time.monotonic() - begun
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "seconds": seconds, "gib": usage.ru_maxrss / 2**20}))

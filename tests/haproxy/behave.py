#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a real HAProxy does with the haproxy.cfg that mmsdfs makes.

    behave.py [-v] [GROUP | SCENARIO]...

A group is a file beside this one, a scenario a function in it: it says who is
in the cluster with which labels, starts, and asks. MMSDFS is the program.
-v shows the configuration of what fails. Ends with 77 where there is no
haproxy or no openssl.
"""

import importlib
import os
import shutil
import signal
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from client import Failure  # noqa: E402
from trial import Trial  # noqa: E402

GROUPS = ["routing", "access", "tls", "listeners", "balance", "checks",
          "rewriting", "deployment"]

# Why the renderer cannot do it yet, and the scenarios. One of them that passes
# is a failure: it is to be taken out.
NOT_YET = {}
NOT_YET_WHY = {name: why for why, names in NOT_YET.items()
               for name in names.split()}


def scenarios_of(group):
    """All functions of the file without an underscore, in its order."""
    module = importlib.import_module(group)
    return {name: thing for name, thing in vars(module).items()
            if callable(thing) and not name.startswith("_")
            and thing.__module__ == group}


def chosen(names):
    """(name, scenario) of each group or scenario that is named."""
    known = {group: scenarios_of(group) for group in GROUPS}
    for name in names or GROUPS:
        if name in known:
            yield from known[name].items()
            continue
        found = [(name, group[name])
                 for group in known.values() if name in group]
        if not found:
            sys.exit(f"behave.py: neither group nor scenario: {name}")
        yield from found


def run(scenario, mmsdfs, certificates, verbose):
    """None, or the words of its failure."""
    with Trial(mmsdfs, certificates) as trial:
        try:
            scenario(trial)
        except Failure as failure:
            words = str(failure)
            if verbose:
                words += "\n" + trial.config
            return words
    return None


def judge(name, words):
    """Says how it went; True if that is as it should be."""
    expected = NOT_YET_WHY.get(name)
    if not words and not expected:
        print(f"ok      {name}", flush=True)
    elif not words:
        print(f"FAILED  {name}: passes; take it out of NOT_YET", flush=True)
    elif expected:
        print(f"not yet {name}: {expected}", flush=True)
    else:
        print(f"FAILED  {name}: {words}", flush=True)
    return bool(words) == bool(expected)


def main():
    words = sys.argv[1:]
    verbose = "-v" in words
    names = [word for word in words if word != "-v"]
    for program in "haproxy", "openssl":
        if not shutil.which(program):
            print(f"no {program}")
            sys.exit(77)
    mmsdfs = os.path.abspath(os.environ.get("MMSDFS") or os.path.join(
        os.path.dirname(__file__), "../../build/mmsdfs"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    known = {name for group in GROUPS for name in scenarios_of(group)}
    failed = sorted(set(NOT_YET_WHY) - known)
    for name in failed:
        print(f"FAILED  {name}: is in NOT_YET, but nowhere else")
    with tempfile.TemporaryDirectory(prefix="mmsdfs-behave.") as directory:
        certificates = {"directory": directory}
        for name, scenario in chosen(names):
            try:
                said = run(scenario, mmsdfs, certificates, verbose)
            except Exception:  # a fault of the scenario, or of this program
                traceback.print_exc()
                failed.append(name)
                continue
            if verbose and name in NOT_YET_WHY and said:
                print(said)
            if not judge(name, said):
                failed.append(name)
    if failed:
        print(f"{len(failed)} failed: {' '.join(failed)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

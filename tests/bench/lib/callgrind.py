"""callgrind - instructions, told apart by the object they lie in."""
import collections
import os
import re
import subprocess

from lib.measure import DoesNotRun

COST = re.compile(r'[+\-*\d]\S* (\d+)$')
# what varies between two accounts and machines must not reach the program
ENVIRONMENT = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C'}


def totals(lines):
    """Instructions by object, from what callgrind wrote.  The line after
    calls= counts what the callee did, which its own lines count again."""
    names, found = {}, collections.Counter()
    current, skip = '', False
    for line in lines:
        if line.startswith('ob='):
            key, _, name = line[3:].strip().partition(' ')
            current = names.setdefault(key, name)
        elif line.startswith('cob='):
            key, _, name = line[4:].strip().partition(' ')
            names.setdefault(key, name)
        elif line.startswith('calls='):
            skip = True
        elif COST.match(line):
            if not skip:
                found[current] += int(COST.match(line).group(1))
            skip = False
    return found


def run(argv, where):
    """Instructions by object of a run, which must end with 0."""
    out = os.path.join(where, 'callgrind.out')
    try:
        done = subprocess.run(
            ['valgrind', '-q', '--tool=callgrind',
             '--callgrind-out-file=' + out] + argv,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=ENVIRONMENT, cwd=where)
    except FileNotFoundError:
        raise DoesNotRun('valgrind is not installed')
    if done.returncode != 0:
        raise DoesNotRun(done.stderr.decode(errors='replace')
                         .partition('\n')[0] or 'no exit code 0')
    with open(out) as f:
        found = totals(f)
    os.remove(out)
    return found


def each(argv, files, where):
    """All instructions of one more file, when half of them are done."""
    half = len(files) // 2
    many, few = (sum(run(argv + some, where).values())
                 for some in (files, files[:half]))
    return (many - few) / (len(files) - half)

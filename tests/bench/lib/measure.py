"""measure - costs of runs, in pairs with a floor, and the table of them.

Pairs of runs stand one after the other, so that a machine that changes its
speed changes both; the median of the ratios counts.
"""
import collections
import os
import statistics
import subprocess

BUILD = os.path.abspath(os.environ.get('MAILAUTH_BUILD', 'build'))
TOOLS = os.path.join(BUILD, 'tests/bench')
SAMPLE, SAMPLE_ZONE = 'tests/mail/pass.eml', 'tests/mail/zone'
MAILAUTH = os.path.abspath(os.environ.get('MAILAUTH', 'mailauth'))

# microseconds of CPU and of the clock, and bytes
Cost = collections.namedtuple('Cost', 'cpu wall memory')


class DoesNotRun(Exception):
    """With the reason; its row says so."""


def tool(name):
    return os.path.join(TOOLS, name)


def cost(argv, **more):
    """Of a run that must end with 0, which all messages passed means."""
    run = subprocess.run([tool('cost')] + argv, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, **more)
    if run.returncode != 0:
        raise DoesNotRun('cannot be measured')
    cpu, wall, memory, status = map(int, run.stdout.split())
    if status != 0:
        said = run.stderr.decode(errors='replace').strip().split('\n')
        raise DoesNotRun(said[0] or 'ends with %d' % status)
    return Cost(cpu, wall, memory * 1024)


def one_worker():
    """The options for it; none where there is no other way yet."""
    try:
        cost([MAILAUTH, '-J', '1', '-z', SAMPLE_ZONE, SAMPLE])
    except DoesNotRun:
        return []
    return ['-J', '1']


def cpu(*argv):
    return lambda: cost(list(argv)).cpu


def each(argv, files):
    """CPU of one more file: of a run with all, less one with the first."""
    return lambda: (cost(argv + files).cpu
                    - cost(argv + files[:1]).cpu) / (len(files) - 1)


def pairs(ours, floor, n):
    """Medians of both and of the ratio; the first pair warms the caches."""
    both = [(ours(), floor()) for _ in range(n + 1)][1:]
    return (statistics.median(a for a, _ in both),
            statistics.median(b for _, b in both),
            statistics.median(a / b for a, b in both))


# --- the table ------------------------------------------------------------

def time_text(us):
    if us < 1e3:
        return '%.1f us' % us
    return '%.2f ms' % (us / 1e3) if us < 1e6 else '%.2f s' % (us / 1e6)


ROW = '%-46s %10s %10s %7s %6s  %s'


def head(title):
    print('\n' + (ROW % (title, 'ours', 'floor', 'figure', 'limit', ''))
          .rstrip(), flush=True)


def verdict(figure, limit, least):
    if limit is None:
        return ''
    if figure == limit or (figure > limit) == least:
        return 'ok'
    return 'under' if least else 'over'


def row(name, ours, floor, figure, limit, form='%.2f', least=False):
    """The limit is the most that is aimed at, or the least."""
    print((ROW % (name, ours, floor, form % figure,
                  '' if limit is None else form % limit,
                  verdict(figure, limit, least))).rstrip(),
          flush=True)


def no_row(name, reason):
    print('%-46s does not run: %s' % (name, reason), flush=True)

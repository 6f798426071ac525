"""What a run shows: in a terminal a block that is drawn anew every second, elsewhere a line a second."""

import shutil
import sys
import time

from cluster.comparison import hour_text

UP_AND_CLEAR = "\x1b[{}A\x1b[J"
LOUD, PLAIN = "\x1b[1;37;41m", "\x1b[0m"
SHOWN_FAULTS = 5
MOST_TOLD = 50


def table(rows):
    """Rows of cells as lines with aligned columns, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) if cell.isdigit() else cell.ljust(width)
                      for cell, width in zip(row, widths)).rstrip() for row in rows]


def replica_lines(replicas):
    rows = [("replica", "address", "pid", "state", "partitions hot", "cold")]
    for replica in replicas:
        rows.append((str(replica.number), replica.url, str(replica.pid), replica.state, str(replica.hot),
                     str(replica.cold)))
    return table(rows)


def read_row(name, read):
    verdict = "agrees" if read.agrees else "DIFFERS"
    return (name, *map(str, read.totals), verdict)


def moment_lines(moment):
    rows = [(f"hour {hour_text(moment.hour)}", "unique_users", "clicks", "impressions", ""),
            ("oracle, acknowledged", *map(str, moment.oracle), "")]
    if moment.strong:
        rows.append(read_row(f"strong read, replica {moment.strong.replica}", moment.strong))
    if moment.fast:
        rows.append(read_row(f"fast read, replica {moment.fast.replica}, lag {moment.fast.lag_ms} ms", moment.fast))
    return table(rows) + ([f"no answer: {moment.trouble}"] if moment.trouble else [])


def rest_text(rest, resting):
    if resting:
        return "at rest: the load pauses, all hours are compared"
    if rest is None:
        return "at rest: not compared yet"
    ago = f"{time.monotonic() - rest.when:.0f} s ago"
    if rest.trouble:
        return f"at rest, {ago}: {rest.trouble}"
    return f"at rest, {ago}: {rest.hours} hours with {rest.events} events were equal"


def load_text(load, oracle):
    return (f"events: {oracle.events_sent} sent, {oracle.events_acknowledged} acknowledged; requests: "
            f"{load.repeated} repeated on purpose, {load.attempts_again} attempts made again")


def fault_lines(faults):
    if not faults:
        return ["differences: none"]
    left_out = len(faults) - SHOWN_FAULTS
    return [f"DIFFERENCES: {len(faults)}", *faults[-SHOWN_FAULTS:], *([f"and {left_out} before"] if left_out > 0 else [])]


class Screen:
    """For one thread. `faults` is the list that grows when something differs."""

    def __init__(self, faults, stream=sys.stdout):
        self.faults, self.stream = faults, stream
        self.is_terminal = stream.isatty()
        self.drawn = 0  # lines of the block
        self.told = 0  # faults that stand in a line of their own already

    def say(self, text=""):
        """Something that stays."""
        self._erase()
        print(text, file=self.stream, flush=True)

    def show(self, replicas, comparison, load, oracle):
        if self.is_terminal:
            self._draw(replicas, comparison, load, oracle)
        else:
            self._write_line(replicas, comparison, oracle)

    def _erase(self):
        if self.drawn:
            self.stream.write(UP_AND_CLEAR.format(self.drawn))
            self.drawn = 0

    def _draw(self, replicas, comparison, load, oracle):
        lines = ["", *replica_lines(replicas), "", load_text(load, oracle), ""]
        if comparison.moment:
            lines += [*moment_lines(comparison.moment), ""]
        lines.append(rest_text(comparison.rest, comparison.resting))
        loud = len(lines) if self.faults else None
        lines += fault_lines(self.faults)
        size = shutil.get_terminal_size()
        lines = [line[:size.columns - 1] for line in lines]
        if loud is not None:
            lines[loud:] = [f"{LOUD}{line}{PLAIN}" for line in lines[loud:]]
        self._erase()
        lines = lines[-(size.lines - 1):]  # what is above the edge could not be drawn anew
        self.stream.write("\n".join(lines) + "\n")
        self.stream.flush()
        self.drawn = len(lines)

    def _write_line(self, replicas, comparison, oracle):
        states = " ".join(f"{replica.number}:{replica.state}:{replica.hot}/{replica.cold}".replace(" ", "-")
                          for replica in replicas)
        parts = [time.strftime("%H:%M:%S", time.gmtime()), f"replicas {states}",
                 f"sent {oracle.events_sent} acknowledged {oracle.events_acknowledged}"]
        moment = comparison.moment
        if moment:
            parts.append(f"hour {hour_text(moment.hour)} oracle {moment.oracle}")
            for name, read in (("strong", moment.strong), ("fast", moment.fast)):
                if read:
                    lag = f" lag {read.lag_ms} ms" if name == "fast" else ""
                    parts.append(f"{name}@{read.replica} {read.totals}{lag} {'agrees' if read.agrees else 'DIFFERS'}")
            if moment.trouble:
                parts.append(f"no answer: {moment.trouble}")
        parts.append(rest_text(comparison.rest, comparison.resting))
        self.say("; ".join(parts))
        self.tell_faults()

    def tell_faults(self):
        """Those that do not stand in lines of their own yet, the newest of them where there are many."""
        new = self.faults[self.told:]
        self.told += len(new)
        if len(new) > MOST_TOLD:
            self.say(f"DIFFERENCES: {len(new)}, of which these are the last {MOST_TOLD}")
        for fault in new[-MOST_TOLD:]:
            self.say(f"DIFFERENCE: {fault}")

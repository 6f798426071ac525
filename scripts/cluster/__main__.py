"""The command line of `./dev cluster`."""

import argparse
import os
import random
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = "HOURGLASS_BINARY"
DONE, FAILED = 0, 1


def arguments():
    parser = argparse.ArgumentParser(
        prog="./dev cluster",
        description="Starts Kafka, Redis, InfluxDB and three replicas on this machine and compares their numbers, under "
                    "load, with those of an oracle. Exit code 0: they never differed.")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "build/cluster",
                        help="for data and logs; emptied at every start (default: build/cluster)")
    parser.add_argument("--rate", type=int, default=300, help="events a second (default: 300)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the random events")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", description="of a cluster that runs:")
    commands.add_parser("add", help="starts one more replica")
    commands.add_parser("kill", help="kill -9 of a replica").add_argument("number", type=int, metavar="N")
    found = parser.parse_args()
    if found.rate < 1:
        parser.error("--rate is at least 1")
    return found


def main():
    given = arguments()
    from cluster import control  # after --help, which has to work without the packages

    folder = given.folder.resolve()
    try:
        if given.command:
            words = [given.command] + ([given.number] if given.command == "kill" else [])
            print(control.ask(folder, words))
            return DONE
        from cluster.running import Running

        binary = Path(os.environ.get(BINARY) or REPOSITORY / "build/release/hourglass").resolve()
        if not os.access(binary, os.X_OK):
            raise control.Refused(f"no program at {binary}; build it, or set {BINARY}")
        return Running(folder, binary, given.rate, given.seed).run()
    except control.Refused as refusal:
        print(f"cluster: {refusal}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())

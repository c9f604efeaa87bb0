"""Our iSCSI target and tgtd under the same loads, in turn; medians."""

import argparse
import dataclasses
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

from iscsi_servers import (
    IQN, MIB, discard_overlays, evict, make_disk, start_ours, start_overlay, start_tgtd, touch_memory, warm)


def perf(blocks, depth, random):
    """libiscsi's own load, which can only read."""

    def run(server, seconds):
        command = ["iscsi-perf", "-b", str(blocks), "-m", str(depth), "-t", str(seconds)]
        command += ["-r"] if random else []
        command.append(f"iscsi://127.0.0.1:{server.port}/{IQN}/{server.lun}")
        result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
        averages = re.findall(r"iops average (\d+)", result.stdout)
        if not averages:
            sys.exit(f"bench: iscsi-perf measured nothing on {server.name}: {result.stdout}{result.stderr}")
        return [int(averages[-1])]

    return run


def load(size, operation, *more, pattern="random", sessions=1, depth=32):
    """Our lean initiator, one thread for all sessions: what differs between them is the target's doing."""

    def run(server, seconds):
        command = [os.environ["ISCSI_LOAD"], "--port", str(server.port), "--target", IQN]
        command += ["--lun", str(server.lun), "--size", str(size), "--depth", str(depth)]
        command += ["--operation", operation, "--pattern", pattern, "--seconds", str(seconds), *more]
        command += ["--sessions", str(sessions)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
        if result.returncode != 0:
            sys.exit(f"bench: iscsi-load failed on {server.name}: {result.stderr}")
        return [int(line) for line in result.stdout.split()]

    return run


@dataclasses.dataclass
class Case:
    name: str
    run: object
    # What was before has left the page cache other than `warm` makes it; reads and small writes do not.
    needs_warm: bool = False
    # Before every measurement.
    prepare: object = None
    # Ours again, without what the case is about: its name in the output, and the load.
    reference: object = None


CASES = [
    Case("read-4k-rand-qd1", perf(8, 1, True), needs_warm=True),
    Case("read-4k-rand-qd32", perf(8, 32, True)),
    Case("read-64k-seq-qd32", perf(128, 32, False)),
    Case("read-256k-seq-qd32", perf(512, 32, False)),
    Case("read-4k-rand-qd32-lean", load(4096, "read")),
    Case("read-4k-rand-qd32-cold", load(4096, "read"), prepare=lambda server: evict(server.disk)),
    Case("write-4k-rand-qd32", load(4096, "write"), needs_warm=True),
    Case("write-64k-seq-qd32", load(65536, "write", pattern="sequential")),
    Case("write-256k-seq-qd32", load(262144, "write", pattern="sequential")),
    # Longer than any first burst: asked for by R2T.
    Case("write-512k-seq-qd32", load(524288, "write", pattern="sequential")),
    Case("write-4k-rand-qd32-durable", load(4096, "write", "--durability", "fua"), needs_warm=True),
    Case("write-4k-rand-qd32-durable-sync16", load(4096, "write", "--durability", "sync16")),
    Case("read-4k-rand-qd32-digest", load(4096, "read", "--digests"), reference=("plain", load(4096, "read"))),
    Case("read-64k-seq-qd32-digest", load(65536, "read", "--digests", pattern="sequential"),
         reference=("plain", load(65536, "read", pattern="sequential"))),
    Case("write-64k-seq-qd32-digest", load(65536, "write", "--digests", pattern="sequential"),
         reference=("plain", load(65536, "write", pattern="sequential"))),
    Case("read-4k-rand-qd32-n32", load(4096, "read", sessions=32), needs_warm=True,
         reference=("one", load(4096, "read"))),
]


class Samples:
    """What the rounds of one contender have brought."""

    def __init__(self):
        self.rates, self.costs, self.spreads = [], [], []

    def add(self, server, run, seconds):
        before = server.cpu_seconds()
        rates = run(server, seconds)
        rate = sum(rates)
        self.rates.append(rate)
        self.costs.append((server.cpu_seconds() - before) * 1e6 / max(1, rate * seconds))
        self.spreads.append((max(rates) - min(rates)) / max(1, max(rates)))


def measure(servers, case, rounds, seconds):
    """Runs the case on each contender in turn and returns one object of the bench contract."""
    contenders = {server.name: (server, case.run) for server in servers}
    if case.reference:
        contenders["reference"] = (servers[0], case.reference[1])
    if case.needs_warm:
        for server in servers:
            warm(server.disk)
    samples = {name: Samples() for name in contenders}
    for _ in range(rounds):
        for name, (server, run) in contenders.items():
            if case.prepare:
                case.prepare(server)
            samples[name].add(server, run, seconds)
    ours, peer = samples["ours"], samples["tgtd"]
    rate, peer_rate = statistics.median(ours.rates), statistics.median(peer.rates)
    result = {"suite": "iscsi", "case": case.name, "ours": round(rate), "peer": round(peer_rate)}
    result.update({"ratio": round(rate / max(1, peer_rate), 2), "unit": "IOPS"})
    result["cpu_us"] = round(statistics.median(ours.costs), 1)
    result["peer_cpu_us"] = round(statistics.median(peer.costs), 1)
    if case.reference:
        reference = statistics.median(samples["reference"].rates)
        result[f"of_{case.reference[0]}"] = round(rate / max(1, reference), 2)
    if case.name.endswith("-n32"):
        result["spread"] = round(statistics.median(ours.spreads), 2)
        result["peer_spread"] = round(statistics.median(peer.spreads), 2)
    return result


def measure_overlays(directory, options):
    """Overlays beside a disk that is written itself, both ours: reading what was not written, and writing blocks for
    the first time. Yields what `measure` returns, with the disk as the peer."""
    cases = [("overlay-read-4k-rand-qd32", "read", 0), ("overlay-first-write-4k-rand-qd32", "write", 1)]
    cases = [case for case in cases if re.search(options.cases, case[0])]
    if not cases:
        return
    images = [os.path.join(directory, f"{name}.img") for name in ("plain", "base", "empty")]
    for path in images[:2]:
        make_disk(path, options.mebibytes)
        warm(path)
    with open(images[2], "wb") as file:
        file.truncate(8 << 30)
    servers = []
    try:
        servers = [start_ours(directory, images[0]), start_overlay(directory, *images[1:])]
        plain, overlay = servers
        for name, operation, lun in cases:
            overlay.lun = lun
            run, samples = load(4096, operation), {server.name: Samples() for server in servers}
            # An overlay takes what it is given: as much as is written in a second at the most.
            touch_memory(2048 * options.seconds)
            for _ in range(options.rounds):
                for server in servers:
                    samples[server.name].add(server, run, options.seconds)
                discard_overlays(directory, overlay.name)
            ours, peer = (samples[server.name] for server in (overlay, plain))
            rate, peer_rate = statistics.median(ours.rates), statistics.median(peer.rates)
            yield {
                "suite": "iscsi", "case": name, "ours": round(rate), "peer": round(peer_rate),
                "ratio": round(rate / max(1, peer_rate), 2), "unit": "IOPS",
                "cpu_us": round(statistics.median(ours.costs), 1),
                "peer_cpu_us": round(statistics.median(peer.costs), 1), "beside": "the disk itself",
            }
    finally:
        for server in servers:
            server.stop()


def cost(operation, rounds):
    """Nanoseconds of the protocol cores per command: no sockets, no disk, no peer."""
    command = [os.environ["ISCSI_COST"], "--operation", operation]
    runs = [int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)]
    result = {"suite": "iscsi", "case": f"core-{operation}-4k", "ours": statistics.median(runs), "unit": "ns"}
    return result


def show(result, as_json):
    if as_json:
        return print(json.dumps(result), flush=True)
    if "peer" not in result:
        return print(f"{result['case']:36}{result['ours']:9.0f} {result['unit']}", flush=True)
    extra = "".join(
        f"  {key.replace('_', ' ')} {result[key]}" for key in ("of_plain", "of_one", "spread", "peer_spread")
        if key in result)
    if "beside" in result:
        extra += f"  beside {result['beside']}"
    print(f"{result['case']:36}{result['ours']:9}{result['peer']:9}{result['ratio']:8.2f}"
          f"{result['cpu_us']:10.1f}{result['peer_cpu_us']:10.1f}{extra}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--mebibytes", type=int, default=1024, help="size of each disk image")
    parser.add_argument("--cases", default="", help="only cases whose names match this regular expression")
    options = parser.parse_args()
    # Ended from outside, the servers end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: asked to stop"))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    directory = tempfile.mkdtemp(prefix="bench-iscsi-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    servers = []
    try:
        for name, start in (("ours", start_ours), ("tgtd", start_tgtd)):
            disk = os.path.join(directory, f"{name}.img")
            make_disk(disk, options.mebibytes)
            servers.append(start(directory, disk))
        if not options.json:
            print(f"{'case':36}{'ours':>9}{'tgtd':>9}{'ratio':>8}{'us ours':>10}{'us tgtd':>10}")
        for case in CASES:
            if re.search(options.cases, case.name):
                show(measure(servers, case, options.rounds, options.seconds), options.json)
        for operation in ("read", "write"):
            if re.search(options.cases, f"core-{operation}-4k"):
                show(cost(operation, options.rounds), options.json)
        memory = ", ".join(f"{server.name} {server.memory() / MIB:.1f} MiB" for server in servers)
        while servers:
            servers.pop().stop()
        for result in measure_overlays(tempfile.mkdtemp(dir=directory), options):
            show(result, options.json)
        if not options.json:
            print(f"commands per second and microseconds of the server's CPU per command; medians of "
                  f"{options.rounds}; resident memory: {memory}; load of the machine: {os.getloadavg()[0]:.1f}")
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory)


main()

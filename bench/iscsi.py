"""Our iSCSI target and tgtd under the same loads, in turn; medians."""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

IQN = "iqn.2025-01.net.example:bench"
MIB = 1 << 20


class Server:
    """A target under test: its process and how to reach its disk."""

    def __init__(self, name, port, lun, process):
        self.name, self.port, self.lun, self.process = name, port, lun, process

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_for_port(port, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with open("/proc/net/tcp") as table:
            if any(f":{port:04X} 00000000:0000 0A" in line for line in table):
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"bench: nothing listens on port {port}; see the log beside the disk images")


def start_ours(directory, disk):
    config = os.path.join(directory, "site.json5")
    site = {
        "version": 1,
        "target": {"iqn": IQN, "port": 3260, "luns": [{"lun": 0, "disk": disk, "mode": "rw"}]},
        "dhcp": {"mode": "off"},
    }
    with open(config, "w") as file:
        json.dump(site, file)
    os.chmod(config, 0o600)
    log = open(os.path.join(directory, "ours.log"), "w")
    command = [os.environ["RAMDISKD"], "serve", "--config", config, "--http-port", "8080"]
    command += ["--images", directory, "--socket", os.path.join(directory, "status")]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    wait_for_port(3260, process)
    return Server("ours", 3260, 0, process)


def start_tgtd(directory, disk):
    environment = dict(os.environ, TGT_IPC_SOCKET=os.path.join(directory, "tgtd"))
    log = open(os.path.join(directory, "tgtd.log"), "w")
    process = subprocess.Popen(
        ["tgtd", "-f", "--iscsi", "portal=127.0.0.1:3261"], stdout=log, stderr=log, env=environment)
    wait_for_port(3261, process)

    def admin(*arguments):
        subprocess.run(["tgtadm", "--lld", "iscsi", *arguments], check=True, env=environment)

    admin("--op", "new", "--mode", "target", "--tid", "1", "-T", IQN)
    admin("--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", disk)
    admin("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")
    return Server("tgtd", 3261, 1, process)


def iscsi_perf(server, blocks, depth, random, seconds):
    command = ["iscsi-perf", "-b", str(blocks), "-m", str(depth), "-t", str(seconds)]
    command += ["-r"] if random else []
    command.append(f"iscsi://127.0.0.1:{server.port}/{IQN}/{server.lun}")
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    averages = re.findall(r"iops average (\d+)", result.stdout)
    if not averages:
        sys.exit(f"bench: iscsi-perf measured nothing on {server.name}: {result.stdout}{result.stderr}")
    return int(averages[-1])


def iscsi_load(server, size, depth, operation, pattern, seconds):
    command = [os.environ["ISCSI_LOAD"], "--port", str(server.port), "--target", IQN, "--lun", str(server.lun)]
    command += ["--size", str(size), "--depth", str(depth), "--operation", operation, "--pattern", pattern]
    command += ["--seconds", str(seconds)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if result.returncode != 0:
        sys.exit(f"bench: iscsi-load failed on {server.name}: {result.stderr}")
    return int(result.stdout)


CASES = [
    ("read-4k-rand-qd1", lambda server, time: iscsi_perf(server, 8, 1, True, time)),
    ("read-4k-rand-qd32", lambda server, time: iscsi_perf(server, 8, 32, True, time)),
    ("read-256k-seq-qd32", lambda server, time: iscsi_perf(server, 512, 32, False, time)),
    ("write-4k-rand-qd32", lambda server, time: iscsi_load(server, 4096, 32, "write", "random", time)),
    ("write-256k-seq-qd32", lambda server, time: iscsi_load(server, 262144, 32, "write", "sequential", time)),
]


def make_disk(path, mebibytes):
    block = os.urandom(MIB)
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    warm(path)


def warm(path):
    """Puts the image into the page cache the way a target does: what readahead or large writes leave there are large
    folios, in which a small write costs ten times as much."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    for offset in range(0, os.fstat(descriptor).st_size, 4096):
        os.pread(descriptor, 4096, offset)
    os.close(descriptor)


def measure(servers, case, rounds, seconds):
    """Runs the case on each server in turn; per server the medians of rate and CPU time per command."""
    rates = {server.name: [] for server in servers}
    costs = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            before = server.cpu_seconds()
            rate = case(server, seconds)
            rates[server.name].append(rate)
            costs[server.name].append((server.cpu_seconds() - before) * 1e6 / max(1, rate * seconds))
    return {name: (statistics.median(rates[name]), statistics.median(costs[name])) for name in rates}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--mebibytes", type=int, default=512, help="size of each disk image")
    options = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    directory = tempfile.mkdtemp(prefix="bench-iscsi-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    servers = []
    try:
        for name, start in (("ours", start_ours), ("tgtd", start_tgtd)):
            disk = os.path.join(directory, f"{name}.img")
            make_disk(disk, options.mebibytes)
            servers.append(start(directory, disk))
        if not options.json:
            print(f"{'case':28}{'ours':>10}{'tgtd':>10}{'ratio':>8}{'us CPU ours':>13}{'us CPU tgtd':>13}")
        for name, case in CASES:
            result = measure(servers, case, options.rounds, options.seconds)
            (ours, our_cost), (peer, peer_cost) = result["ours"], result["tgtd"]
            ratio = ours / max(1, peer)
            if options.json:
                line = {"suite": "iscsi", "case": name, "ours": ours, "peer": peer, "ratio": round(ratio, 2)}
                line.update({"unit": "IOPS", "cpu_us": round(our_cost, 1), "peer_cpu_us": round(peer_cost, 1)})
                print(json.dumps(line), flush=True)
            else:
                print(f"{name:28}{ours:10.0f}{peer:10.0f}{ratio:8.2f}{our_cost:13.1f}{peer_cost:13.1f}", flush=True)
        if not options.json:
            memory = ", ".join(f"{server.name} {server.memory() / MIB:.1f} MiB" for server in servers)
            print(f"IOPS, medians of {options.rounds}; resident memory: {memory}")
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory)


main()

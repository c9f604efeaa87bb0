"""The two targets under test, and disks whose cache state is known."""

import json
import mmap
import os
import re
import signal
import subprocess
import sys
import time

IQN = "iqn.2025-01.net.example:bench"
MIB = 1 << 20


class Server:
    """A target under test: its process, its disk, and how to reach it."""

    def __init__(self, name, port, lun, process, disk):
        self.name, self.port, self.lun, self.process, self.disk = name, port, lun, process, disk

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
    return start_ramdiskd(directory, "ours", 3260, {"luns": [{"lun": 0, "disk": disk, "mode": "rw"}]}, disk)


def start_overlay(directory, disk, empty):
    """LUN 0 is like the disk of the others, LUN 1 so large that hardly any block is written twice; layers are in RAM."""
    luns = [{"lun": lun, "disk": path, "mode": "overlay"} for lun, path in enumerate((disk, empty))]
    return start_ramdiskd(directory, "overlay", 3262, {"luns": luns}, disk)


def start_ramdiskd(directory, name, port, target, disk):
    config = os.path.join(directory, f"{name}.json5")
    site = {"version": 1, "target": {"iqn": IQN, "port": port, **target}, "dhcp": {"mode": "off"}}
    with open(config, "w") as file:
        json.dump(site, file)
    os.chmod(config, 0o600)
    log = open(os.path.join(directory, f"{name}.log"), "w")
    images = os.path.join(directory, name)
    os.mkdir(images)
    command = [os.environ["RAMDISKD"], "serve", "--config", config, "--http-port", str(port + 10000)]
    command += ["--images", images, "--socket", status_socket(directory, name)]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    wait_for_port(port, process)
    return Server(name, port, 0, process, disk)


def status_socket(directory, name):
    return os.path.join(directory, f"{name}.status")


def discard_overlays(directory, name):
    """Empties what initiators wrote; they have just gone, which the target may not know yet."""
    command = [os.environ["RAMDISKD"], "overlay"]
    place = ["--socket", status_socket(directory, name)]
    deadline = time.monotonic() + 30
    while True:
        listed = subprocess.run([*command, "list", "--json", *place], capture_output=True, text=True, check=True)
        units = json.loads(listed.stdout)["units"]
        overlays = [(unit["lun"], overlay["initiator"]) for unit in units for overlay in unit["overlays"]]
        if not overlays:
            return
        for lun, initiator in overlays:
            chosen = ["--lun", str(lun), initiator]
            done = subprocess.run([*command, "discard", *place, *chosen], capture_output=True, text=True)
        if time.monotonic() > deadline:
            sys.exit(f"bench: an overlay cannot be discarded: {done.stderr}")
        time.sleep(0.05)


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
    return Server("tgtd", 3261, 1, process, disk)


def make_disk(path, mebibytes):
    block = os.urandom(MIB)
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def evict(path):
    """Nothing of the image is in the page cache, and nothing is left to write back."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def touch_memory(mebibytes):
    """The kernel has that much memory at hand: the host of a virtual machine gives a page that was never used only at
    its first touch, which takes longer than all that a target does for a command."""
    memory = mmap.mmap(-1, mebibytes * MIB)
    for offset in range(0, len(memory), 4096):
        memory[offset] = 1
    memory.close()


def warm(path):
    """Puts the image into the page cache the way a target does: what readahead or large writes leave there are large
    folios, in which a small write costs ten times as much."""
    evict(path)
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    # Twice: of what is read at once after an eviction the kernel does not keep every page.
    for _ in range(2):
        for offset in range(0, os.fstat(descriptor).st_size, 4096):
            os.pread(descriptor, 4096, offset)
    os.close(descriptor)

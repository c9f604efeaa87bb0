#include "CEarlyProc.h"
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void earlyproc_keep(void) {}

// The Swift runtime reads /proc/self/maps in a static initialiser: priority 101 is before any of them.
__attribute__((constructor(101))) static void mount_proc_for_pid_1(void) {
  if (getpid() != 1) return;
  mkdir("/proc", 0555);
  mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
}

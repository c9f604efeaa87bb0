#define _GNU_SOURCE
#include "clinux_freeze.h"

#include <errno.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int freeze_and_thaw(int fd) {
  if (ioctl(fd, FIFREEZE, 0) != 0) return errno;
  while (ioctl(fd, FITHAW, 0) != 0) {
    // EINVAL: somebody else has thawed it.
    if (errno == EINVAL) return 0;
    if (errno != EINTR) return errno;
  }
  return 0;
}

// In a process of its own, with every signal blocked and in a session of its own: whoever ends the caller meanwhile
// does not leave the file system frozen.
int clinux_freeze_cycle(int fd) {
  sigset_t all, before;
  sigfillset(&all);
  if (sigprocmask(SIG_SETMASK, &all, &before) != 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    setsid();
    _exit(freeze_and_thaw(fd));
  }
  int code = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) {
    errno = code;
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  if (WIFEXITED(status)) {
    errno = WEXITSTATUS(status);
    return errno == 0 ? 0 : -1;
  }
  // It was killed, nobody knows where.
  ioctl(fd, FITHAW, 0);
  errno = EINTR;
  return -1;
}

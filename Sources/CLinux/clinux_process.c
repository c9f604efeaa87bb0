#define _GNU_SOURCE
#include "clinux_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

int clinux_signal_descriptor(const int *signals, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < count; index++) sigaddset(&set, signals[index]);
  int code = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (code != 0) {
    errno = code;
    return -1;
  }
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_signal_next(int descriptor) {
  struct signalfd_siginfo info;
  ssize_t length = read(descriptor, &info, sizeof info);
  if (length < 0) return -1;
  if (length != sizeof info) {
    errno = EIO;
    return -1;
  }
  return (int)info.ssi_signo;
}

void clinux_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

int clinux_spawn_on_terminal(pid_t *child, const char *tty, const char *path, char *const arguments[],
                             char *const environment[]) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attributes);
  if (code != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return code;
  }
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Opened after setsid: the first terminal that a session leader opens becomes its controlling terminal.
  code = posix_spawn_file_actions_addopen(&actions, 0, tty, O_RDWR, 0);
  if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, 0, 1);
  if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, 0, 2);
  if (code == 0) code = posix_spawn(child, path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

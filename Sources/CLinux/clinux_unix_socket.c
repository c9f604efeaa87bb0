#define _GNU_SOURCE
#include "clinux_unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int make_address(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address->sun_path, path);
  return 0;
}

static int fail(int descriptor) {
  int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}

int clinux_unix_connect(const char *path) {
  struct sockaddr_un address;
  if (make_address(path, &address) != 0) return -1;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return fail(descriptor);
  return descriptor;
}

int clinux_unix_listen(const char *path) {
  struct sockaddr_un address;
  if (make_address(path, &address) != 0) return -1;
  // A socket that nobody answers at is left over from a process that was killed.
  int other = clinux_unix_connect(path);
  if (other >= 0) {
    close(other);
    errno = EADDRINUSE;
    return -1;
  }
  if (errno == ECONNREFUSED) unlink(path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  // On the socket before bind, so that the name never exists with wider permissions.
  if (fchmod(descriptor, 0600) != 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
      chmod(path, 0600) != 0 || listen(descriptor, 16) != 0)
    return fail(descriptor);
  return descriptor;
}

int clinux_unix_accept(int descriptor, int seconds) {
  int peer = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC);
  if (peer < 0) return -1;
  struct timeval limit = {.tv_sec = seconds};
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return peer;
}

#include "clinux_netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_netlink_open(int protocol, uint32_t groups) {
  int type = SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0);
  int descriptor = socket(AF_NETLINK, type, protocol);
  if (descriptor < 0) return -1;
  // Coldplug of a big machine makes thousands of uevents at once.
  int size = groups ? 8 << 20 : 1 << 20;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
  }
  return descriptor;
}

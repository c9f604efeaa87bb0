#define _GNU_SOURCE
#include "clinux_router_solicitation.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// ff02::1 and ff02::2.
static struct in6_addr multicast(uint8_t group) {
  struct in6_addr address = {.s6_addr = {0xff, 2}};
  address.s6_addr[15] = group;
  return address;
}

int clinux_router_solicitation_open(const char *interface, uint32_t interface_index) {
  int descriptor = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
  if (descriptor < 0) return -1;
  struct icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ND_ROUTER_SOLICIT, &filter);
  // RFC 4861 4.2: receivers drop messages that any router could have passed on.
  const int hops = 255;
  struct ipv6_mreq routers = {.ipv6mr_multiaddr = multicast(2), .ipv6mr_interface = interface_index};
  if (setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) < 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) < 0 ||
      setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) < 0 ||
      setsockopt(descriptor, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &routers, sizeof routers) < 0) {
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
  }
  return descriptor;
}

int clinux_router_solicitation_receive(int descriptor) {
  uint8_t byte;
  return recv(descriptor, &byte, sizeof byte, 0) < 0 ? -1 : 0;
}

int clinux_router_advertisement_send(int descriptor, uint32_t interface_index, const uint8_t *bytes, size_t length) {
  struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_addr = multicast(1), .sin6_scope_id = interface_index};
  return sendto(descriptor, bytes, length, 0, (struct sockaddr *)&peer, sizeof peer) < 0 ? -1 : 0;
}

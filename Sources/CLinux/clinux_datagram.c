#define _GNU_SOURCE
#include "clinux_datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in endpoint(uint32_t address, uint16_t port) {
  struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  return result;
}

static int fail(int descriptor) {
  int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}

int clinux_udp_open(const char *interface, uint32_t address, uint16_t port, int shared) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
  if (descriptor < 0) return -1;
  const int on = 1;
  if (shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return fail(descriptor);
  if (setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0) return fail(descriptor);
  if (setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) < 0) return fail(descriptor);
  if (interface != NULL &&
      setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) < 0)
    return fail(descriptor);
  struct sockaddr_in local = endpoint(address, port);
  if (bind(descriptor, (struct sockaddr *)&local, sizeof local) < 0) return fail(descriptor);
  return descriptor;
}

int clinux_udp_connect(int descriptor, uint32_t address, uint16_t port) {
  struct sockaddr_in peer = endpoint(address, port);
  return connect(descriptor, (struct sockaddr *)&peer, sizeof peer);
}

int clinux_udp_port(int descriptor) {
  struct sockaddr_in local;
  socklen_t length = sizeof local;
  if (getsockname(descriptor, (struct sockaddr *)&local, &length) < 0) return -1;
  return ntohs(local.sin_port);
}

int clinux_udp_receive(int descriptor, uint8_t *buffer, size_t capacity, struct clinux_datagram *from) {
  struct sockaddr_in source = {0};
  struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
  union {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_name = &source, .msg_namelen = sizeof source, .msg_iov = &vector, .msg_iovlen = 1,
                           .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  memset(from, 0, sizeof *from);
  ssize_t length = recvmsg(descriptor, &message, MSG_TRUNC);
  if (length < 0) return -1;
  from->source = ntohl(source.sin_addr.s_addr);
  from->source_port = ntohs(source.sin_port);
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO) continue;
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(header), sizeof info);
    from->destination = ntohl(info.ipi_addr.s_addr);
    from->interface_index = (uint32_t)info.ipi_ifindex;
  }
  return (int)length;
}

int clinux_udp_send(int descriptor, const uint8_t *bytes, size_t length, uint32_t address, uint16_t port,
                    uint32_t local) {
  struct sockaddr_in peer = endpoint(address, port);
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
  union {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (address != 0 || port != 0) {
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
  }
  if (local != 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(local)};
    memcpy(CMSG_DATA(header), &info, sizeof info);
  }
  return sendmsg(descriptor, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int clinux_packet_open(int interface_index, uint16_t port) {
  int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  // Accept unfragmented IPv4 UDP to `port`; offsets count from the IP header.
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0) return fail(descriptor);
  struct sockaddr_ll local = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = interface_index};
  if (bind(descriptor, (struct sockaddr *)&local, sizeof local) < 0) return fail(descriptor);
  return descriptor;
}

int clinux_packet_broadcast(int descriptor, int interface_index, const uint8_t *bytes, size_t length) {
  struct sockaddr_ll peer = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
                             .sll_ifindex = interface_index, .sll_halen = ETH_ALEN};
  memset(peer.sll_addr, 0xff, ETH_ALEN);
  return sendto(descriptor, bytes, length, 0, (struct sockaddr *)&peer, sizeof peer) < 0 ? -1 : 0;
}

int clinux_packet_receive(int descriptor, uint8_t *buffer, size_t capacity) {
  return (int)recv(descriptor, buffer, capacity, 0);
}

static int interface_request(const char *interface, unsigned long request, struct ifreq *result) {
  memset(result, 0, sizeof *result);
  if (strlen(interface) >= sizeof result->ifr_name) {
    errno = ENODEV;
    return -1;
  }
  strcpy(result->ifr_name, interface);
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (ioctl(descriptor, request, result) < 0) return fail(descriptor);
  close(descriptor);
  return 0;
}

int clinux_hardware_address(const char *interface, uint8_t address[6]) {
  struct ifreq result;
  if (interface_request(interface, SIOCGIFHWADDR, &result) < 0) return -1;
  memcpy(address, result.ifr_hwaddr.sa_data, 6);
  return 0;
}

int clinux_mtu(const char *interface) {
  struct ifreq result;
  return interface_request(interface, SIOCGIFMTU, &result) < 0 ? -1 : result.ifr_mtu;
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void clinux_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

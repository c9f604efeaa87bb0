// Datagram sockets as DHCP and TFTP need them: bound to an interface, aware of the address a packet came to.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Where a datagram came from and where it was sent to. Addresses and ports in host byte order.
struct clinux_datagram {
  uint32_t source;
  uint32_t destination;
  uint16_t source_port;
  uint32_t interface_index;
};

/// A UDP socket bound to `address`:`port`, only on `interface` unless that is NULL; broadcast allowed, non-blocking.
/// With `shared`, others that also allow it may have the same port. Returns the descriptor or -1 with errno.
int clinux_udp_open(const char *interface, uint32_t address, uint16_t port, int shared);

/// Fixes the peer, so that an ICMP error for it comes back as an error of the next call.
int clinux_udp_connect(int descriptor, uint32_t address, uint16_t port);

/// The port the kernel chose, or -1.
int clinux_udp_port(int descriptor);

/// Receives one datagram; returns its length (the full one when it was cut) or -1.
int clinux_udp_receive(int descriptor, uint8_t *buffer, size_t capacity, struct clinux_datagram *from);

/// Sends one datagram from the address `local` (0: the kernel chooses); address and port 0: to the connected peer.
/// Returns 0 or -1.
int clinux_udp_send(int descriptor, const uint8_t *bytes, size_t length, uint32_t address, uint16_t port,
                    uint32_t local);

/// A socket that sees the IPv4 packets for UDP port `port` on one interface, with or without an address there.
/// Returns the descriptor or -1.
int clinux_packet_open(int interface_index, uint16_t port);

/// Sends an IPv4 packet to every machine on the link. Returns 0 or -1.
int clinux_packet_broadcast(int descriptor, int interface_index, const uint8_t *bytes, size_t length);

/// Receives one IPv4 packet, non-blocking; returns its length or -1.
int clinux_packet_receive(int descriptor, uint8_t *buffer, size_t capacity);

/// The six bytes of an interface's Ethernet address. Returns 0 or -1.
int clinux_hardware_address(const char *interface, uint8_t address[6]);

/// The interface's MTU, or -1.
int clinux_mtu(const char *interface);

/// An eventfd, non-blocking and close-on-exec.
int clinux_eventfd(void);

/// Names the calling thread for `ps -L`, cut to 15 bytes.
void clinux_name_thread(const char *name);

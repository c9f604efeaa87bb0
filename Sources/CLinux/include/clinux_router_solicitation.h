// IPv6 neighbour discovery, as far as a machine that is no router needs it to say so (RFC 4861).
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A socket that receives the router solicitations of one interface, non-blocking. Returns the descriptor or -1.
int clinux_router_solicitation_open(const char *interface, uint32_t interface_index);

/// Takes one waiting solicitation. Returns 0, or -1 with EAGAIN when there is none.
int clinux_router_solicitation_receive(int descriptor);

/// Sends an ICMPv6 message to all nodes of the link; the kernel fills in the checksum. Returns 0 or -1.
int clinux_router_advertisement_send(int descriptor, uint32_t interface_index, const uint8_t *bytes, size_t length);

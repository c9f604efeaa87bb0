// Netlink: sockets, and the structures and numbers of rtnetlink.
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>

/// A netlink socket of a protocol (NETLINK_ROUTE, NETLINK_KOBJECT_UEVENT) that hears the multicast `groups`
/// (a bit mask); non-blocking if it hears any. Returns the descriptor or -1.
int clinux_netlink_open(int protocol, uint32_t groups);

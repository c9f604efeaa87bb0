// Kernel interfaces that glibc's Swift module does not import: macros, ioctl numbers, netlink structures.
#pragma once
#include <stdint.h>

#include "clinux_block_device.h"
#include "clinux_datagram.h"
#include "clinux_device_number.h"
#include "clinux_extended_attributes.h"
#include "clinux_file_system.h"
#include "clinux_freeze.h"
#include "clinux_netlink.h"
#include "clinux_overlay.h"
#include "clinux_process.h"
#include "clinux_rooted.h"
#include "clinux_router_solicitation.h"
#include "clinux_system.h"
#include "clinux_unix_socket.h"

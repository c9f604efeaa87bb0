// Kernel interfaces that glibc's Swift module does not import: macros, ioctl numbers, netlink structures.
#pragma once
#include <stdint.h>
#include "device_number.h"
#include "extended_attributes.h"

// libblkid: what is on a block device.
#pragma once
#include <blkid/blkid.h>

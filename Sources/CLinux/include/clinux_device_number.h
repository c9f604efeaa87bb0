// makedev(3) is a set of macros.
#pragma once
#include <sys/sysmacros.h>

static inline unsigned int clinux_major(unsigned long long device) { return gnu_dev_major(device); }
static inline unsigned int clinux_minor(unsigned long long device) { return gnu_dev_minor(device); }

#define _GNU_SOURCE
#include <liburing.h>
#include "CUring.h"

// io_uring behind plain C types. liburing.h stays in the .c file: with _GNU_SOURCE it clashes with Swift's Glibc module.
#pragma once
#include <stdint.h>

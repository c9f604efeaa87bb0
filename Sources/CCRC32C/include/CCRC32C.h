// CRC32C (polynomial 1EDC6F41h, reflected) with the processor's own instructions.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Whether the functions below may be called on this processor.
int crc32c_available(void);

// Continues a checksum over `length` more bytes, the fastest way; start with 0.
uint32_t crc32c_hardware(uint32_t crc, const void *bytes, size_t length);

// The same by the instruction for it alone, as on processors without VPCLMULQDQ on 512 bits.
uint32_t crc32c_instruction(uint32_t crc, const void *bytes, size_t length);

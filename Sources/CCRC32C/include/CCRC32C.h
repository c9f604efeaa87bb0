// CRC32C (polynomial 1EDC6F41h, reflected) with the processor's own instruction.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Whether crc32c_hardware may be called on this processor.
int crc32c_available(void);

// Continues a checksum over `length` more bytes; start with 0.
uint32_t crc32c_hardware(uint32_t crc, const void *bytes, size_t length);

#include "CCRC32C.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

int crc32c_available(void) { return __builtin_cpu_supports("sse4.2"); }

#define TARGET __attribute__((target("sse4.2")))
#define STEP(crc, word) _mm_crc32_u64(crc, word)
#define STEP_BYTE(crc, byte) _mm_crc32_u8(crc, byte)
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

int crc32c_available(void) { return 1; }

#define TARGET
#define STEP(crc, word) __crc32cd(crc, word)
#define STEP_BYTE(crc, byte) __crc32cb(crc, byte)
#else
int crc32c_available(void) { return 0; }
#endif

#ifdef STEP
// The instruction has a latency of three cycles and a throughput of one: three streams side by side keep it busy. The
// streams are joined by advancing a checksum over BLOCK zero bytes, which is linear: four table lookups.
#define BLOCK 1024

static uint32_t advance[4][256];

TARGET static uint32_t over_zeros(uint32_t crc) {
  uint64_t state = crc;
  for (int i = 0; i < BLOCK; i += 8) state = STEP(state, 0);
  return (uint32_t)state;
}

__attribute__((constructor)) static void fill_tables(void) {
  if (!crc32c_available()) return;
  for (int byte = 0; byte < 4; byte++)
    for (uint32_t value = 0; value < 256; value++) advance[byte][value] = over_zeros(value << (8 * byte));
}

static inline uint32_t shift(uint32_t crc) {
  return advance[0][crc & 0xff] ^ advance[1][crc >> 8 & 0xff] ^ advance[2][crc >> 16 & 0xff] ^ advance[3][crc >> 24];
}

static inline uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

#if defined(__x86_64__)
// Where the processor multiplies polynomials 512 bits at a time, that is twice as fast (measured on Zen 5; 256 bits at a
// time are not): eight accumulators of 64 bytes are folded over the next STRIDE bytes (Gopal et al., Fast CRC Computation
// for Generic Polynomials Using PCLMULQDQ, Intel 2009). What they hold in the end has the checksum of all that went in.
#define STRIDE 512
#define TARGET_WIDE __attribute__((target("sse4.2,avx512f,vpclmulqdq")))

static int is_wide;
static uint64_t fold_low, fold_high;

// x^exponent modulo the polynomial, reflected, as a factor of a reflected product.
static uint64_t power(int exponent) {
  uint32_t value = 0x80000000;
  while (exponent-- > 0) value = value >> 1 ^ (value & 1 ? 0x82f63b78 : 0);
  return (uint64_t)value << 1;
}

__attribute__((constructor)) static void find_wide(void) {
  is_wide = crc32c_available() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
  fold_low = power(8 * STRIDE + 32);
  fold_high = power(8 * STRIDE - 32);
}

// `length` is a multiple of STRIDE, and not 0; the state goes in and comes out without the inversions.
TARGET_WIDE static uint64_t fold(uint64_t state, const uint8_t *bytes, size_t length) {
  const __m512i factors = _mm512_broadcast_i32x4(_mm_set_epi64x((long long)fold_high, (long long)fold_low));
  __m512i sums[8];
  for (int i = 0; i < 8; i++) sums[i] = _mm512_loadu_si512(bytes + 64 * i);
  sums[0] = _mm512_xor_si512(sums[0], _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, (long long)state));
  for (bytes += STRIDE, length -= STRIDE; length > 0; bytes += STRIDE, length -= STRIDE) {
    for (int i = 0; i < 8; i++) {
      __m512i low = _mm512_clmulepi64_epi128(sums[i], factors, 0x00);
      __m512i high = _mm512_clmulepi64_epi128(sums[i], factors, 0x11);
      sums[i] = _mm512_xor_si512(_mm512_xor_si512(low, high), _mm512_loadu_si512(bytes + 64 * i));
    }
  }
  uint64_t words[STRIDE / 8];
  for (int i = 0; i < 8; i++) _mm512_storeu_si512(words + 8 * i, sums[i]);
  state = 0;
  for (int i = 0; i < STRIDE / 8; i++) state = STEP(state, words[i]);
  return state;
}
#endif

TARGET static uint64_t streams(uint64_t a, const uint8_t *bytes, size_t length) {
  while (length >= 3 * BLOCK) {
    uint64_t b = 0, c = 0;
    for (size_t i = 0; i < BLOCK; i += 8) {
      a = STEP(a, word_at(bytes + i));
      b = STEP(b, word_at(bytes + BLOCK + i));
      c = STEP(c, word_at(bytes + 2 * BLOCK + i));
    }
    a = shift(shift((uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
    bytes += 3 * BLOCK;
    length -= 3 * BLOCK;
  }
  for (; length >= 8; bytes += 8, length -= 8) a = STEP(a, word_at(bytes));
  for (; length > 0; bytes++, length--) a = STEP_BYTE((uint32_t)a, *bytes);
  return a;
}

uint32_t crc32c_instruction(uint32_t crc, const void *bytes, size_t length) {
  return ~(uint32_t)streams((uint32_t)~crc, bytes, length);
}

uint32_t crc32c_hardware(uint32_t crc, const void *start, size_t length) {
  const uint8_t *bytes = start;
  uint64_t state = (uint32_t)~crc;
#if defined(__x86_64__)
  if (is_wide && length >= 4 * STRIDE) {
    size_t whole = length / STRIDE * STRIDE;
    state = fold(state, bytes, whole);
    bytes += whole;
    length -= whole;
  }
#endif
  return ~(uint32_t)streams(state, bytes, length);
}
#else
uint32_t crc32c_instruction(uint32_t crc, const void *bytes, size_t length) {
  (void)bytes;
  (void)length;
  return crc;
}

uint32_t crc32c_hardware(uint32_t crc, const void *bytes, size_t length) {
  return crc32c_instruction(crc, bytes, length);
}
#endif

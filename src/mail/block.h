/*
 * block.h - where a byte stands in the next 64, as the bits of a word.
 *
 * Text is long and what matters in it is rare: a word tells at once that there
 * is nothing, and with shifts it tells what stands beside what.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>

#if defined(__SSE2__) && !defined(BLOCK_PORTABLE)
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

#if defined(__SSE2__) && !defined(BLOCK_PORTABLE)

static inline uint64_t
block_find_16(const char *p, char byte)
{
	__m128i x = _mm_loadu_si128((const void *)p);

	x = _mm_cmpeq_epi8(x, _mm_set1_epi8(byte));
	return (unsigned)_mm_movemask_epi8(x);
}

#else

/* Eight bytes side by side, the first one lowest on any machine. */
static inline uint64_t
block_load_8(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	       (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 |
	       (uint64_t)u[5] << 40 | (uint64_t)u[6] << 48 |
	       (uint64_t)u[7] << 56;
}

static inline uint64_t
block_find_8(const char *p, char byte)
{
	const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones;
	uint64_t x = block_load_8(p) ^ (ones * (unsigned char)byte);

	/* the top bit of each byte that is zero, and no other bit */
	x = ~(((x & low) + low) | x | low);
	/* the products that reach the top byte bring each its bit there */
	return ((x >> 7) * 0x0102040810204080u) >> 56;
}

static inline uint64_t
block_find_16(const char *p, char byte)
{
	return block_find_8(p, byte) | block_find_8(p + 8, byte) << 8;
}

#endif

/* Bit i: is p[i] that byte?  All 64 of them can be read. */
static inline uint64_t
block_find(const char *p, char byte)
{
	return block_find_16(p, byte) | block_find_16(p + 16, byte) << 16 |
	       block_find_16(p + 32, byte) << 32 |
	       block_find_16(p + 48, byte) << 48;
}

/* The place of the lowest bit; there must be one. */
static inline unsigned
block_first(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

#endif

/*
 * block.h - where a byte stands in the next 64, as the bits of a word.
 *
 * Text is long and what matters in it is rare: a word tells at once that there
 * is nothing, and with shifts it tells what stands beside what.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__SSE2__) && !defined(BLOCK_PORTABLE)
#define BLOCK_SSE2
#include <emmintrin.h>
#ifndef BLOCK_NO_AVX2
#define BLOCK_AVX2
#include <immintrin.h>
#endif
#endif

enum { BLOCK = 64 };

#ifdef BLOCK_SSE2

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

/*
 * block_find_blanks(): the same for SP and TAB together, and for TAB alone,
 * which is rare.
 *
 * block_may_change(): is there a TAB, a LF without a CR before it, or a SP with
 * a control or another SP behind it?  Of p[0] to p[63]; a LF may also be p[64],
 * which is read.  May say yes for nothing, never no for something.
 */
#ifdef BLOCK_SSE2

static inline uint64_t
block_find_blanks(const char *p, uint64_t *tab)
{
	__m128i any = _mm_setzero_si128();
	uint64_t blanks = 0;

#pragma GCC unroll 4
	for (int i = 0; i < BLOCK; i += 16) {
		__m128i x = _mm_loadu_si128((const void *)(p + i));
		__m128i t = _mm_cmpeq_epi8(x, _mm_set1_epi8('\t'));
		x = _mm_or_si128(t, _mm_cmpeq_epi8(x, _mm_set1_epi8(' ')));
		any = _mm_or_si128(any, t);
		blanks |= (uint64_t)(unsigned)_mm_movemask_epi8(x) << i;
	}
	*tab = _mm_movemask_epi8(any) ? block_find(p, '\t') : 0;
	return blanks;
}

static inline bool
block_may_change(const char *p)
{
	const __m128i sp = _mm_set1_epi8(' ');
	__m128i any = _mm_setzero_si128();

#pragma GCC unroll 4
	for (int i = 0; i < BLOCK; i += 16) {
		__m128i x = _mm_loadu_si128((const void *)(p + i));
		__m128i y = _mm_loadu_si128((const void *)(p + i + 1));
		__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(y, sp), y);
		__m128i lf = _mm_cmpeq_epi8(y, _mm_set1_epi8('\n'));
		__m128i cr = _mm_cmpeq_epi8(x, _mm_set1_epi8('\r'));
		__m128i tab = _mm_cmpeq_epi8(x, _mm_set1_epi8('\t'));
		__m128i blank = _mm_and_si128(_mm_cmpeq_epi8(x, sp), low);
		lf = _mm_andnot_si128(cr, lf);
		any = _mm_or_si128(any, _mm_or_si128(lf, tab));
		any = _mm_or_si128(any, blank);
	}
	return _mm_movemask_epi8(any) != 0;
}

#else

static inline uint64_t
block_find_blanks(const char *p, uint64_t *tab)
{
	*tab = block_find(p, '\t');
	return *tab | block_find(p, ' ');
}

static inline bool
block_may_change(const char *p)
{
	(void)p;
	return true;
}

#endif

#ifdef BLOCK_AVX2

static inline bool
block_has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

/* The same where there is twice the width. */
__attribute__((target("avx2"))) static inline bool
block_may_change_avx2(const char *p)
{
	const __m256i sp = _mm256_set1_epi8(' ');
	__m256i any = _mm256_setzero_si256();

#pragma GCC unroll 2
	for (int i = 0; i < BLOCK; i += 32) {
		__m256i x = _mm256_loadu_si256((const void *)(p + i));
		__m256i y = _mm256_loadu_si256((const void *)(p + i + 1));
		__m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(y, sp), y);
		__m256i lf = _mm256_cmpeq_epi8(y, _mm256_set1_epi8('\n'));
		__m256i cr = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\r'));
		__m256i tab = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\t'));
		__m256i blank = _mm256_and_si256(_mm256_cmpeq_epi8(x, sp), low);
		lf = _mm256_andnot_si256(cr, lf);
		any = _mm256_or_si256(any, _mm256_or_si256(lf, tab));
		any = _mm256_or_si256(any, blank);
	}
	return _mm256_movemask_epi8(any) != 0;
}

#endif

/* The place of the lowest bit; there must be one. */
static inline unsigned
block_first(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

#endif

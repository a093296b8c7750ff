/*
 * test_window.c - questions that queue, and the time of who waits for them.
 */
#include "unit.h"

#include "net/store.h"
#include "net/window.h"

#include <stdlib.h>

enum { MANY = 3 * WINDOW_SIZE };

static struct seat seat[MANY];

static void
fill(struct window *w)
{
	window_init(w);
	memset(seat, 0, sizeof(seat));
	for (size_t i = 0; i < MANY; i++)
		window_queue(w, &seat[i]);
}

static size_t
send_all(struct window *w, int64_t now)
{
	size_t n = 0;

	for (struct seat *s; (s = window_next(w, now)) != NULL; n++)
		assert_int_equal(s->sent, now);
	return n;
}

static void
bound(void **state)
{
	struct window w;

	(void)state;
	fill(&w);
	assert_int_equal(window_due(&w), INT64_MAX);
	assert_int_equal(send_all(&w, 1000), WINDOW_SIZE);
	assert_int_equal(seat[WINDOW_SIZE - 1].sent, 1000); /* in order */
	assert_int_equal(send_all(&w, 1001), 0);
	assert_int_equal(window_due(&w), 1000 + WINDOW_MS);
	window_leave(&w, &seat[5]); /* answered */
	window_leave(&w, &seat[5]);
	window_leave(&w, &seat[MANY - 1]); /* queues */
	assert_int_equal(send_all(&w, 1002), 1);
}

/* Those without answer do not hold up the others for ever. */
static void
silence(void **state)
{
	struct window w;
	int64_t now = 1000;

	(void)state;
	fill(&w);
	assert_int_equal(send_all(&w, now), WINDOW_SIZE);
	assert_int_equal(send_all(&w, now + WINDOW_MS - 1), 0);
	now += WINDOW_MS;
	assert_int_equal(send_all(&w, now), WINDOW_SIZE);
	window_leave(&w, &seat[0]); /* late: it does not count any more */
	assert_int_equal(send_all(&w, now), 0);
	now += WINDOW_MS;
	assert_int_equal(send_all(&w, now), WINDOW_SIZE);
	assert_int_equal(window_due(&w), INT64_MAX); /* nobody queues */
}

static void
clock_stands_still(void **state)
{
	struct store *s = store_new(NULL, 500);

	(void)state;
	assert_false(store_is_late(s, 499));
	assert_true(store_is_late(s, 500)); /* though it asks nothing */
	s->waiting = 2;
	store_clock(s, 100);
	assert_false(store_is_late(s, 5000));
	s->sent = 1;
	store_clock(s, 1000);
	assert_int_equal(s->deadline, 1400);
	s->waiting = 1;
	s->sent = 0;
	store_clock(s, 1300);
	assert_false(store_is_late(s, 5000));
	s->waiting = 0;
	store_clock(s, 1400);
	assert_false(store_is_late(s, 1499));
	assert_true(store_is_late(s, 1500));
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bound),
		TEST(silence),
		TEST(clock_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

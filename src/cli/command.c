/*
 * command.c - exit codes.
 */
#include "command.h"

int
exit_worse(int a, int b)
{
	static const int weight[] = {
		[EXIT_PASS] = 0,
		[EXIT_NOT] = 1,
		[EXIT_TEMPORARY] = 2,
		[EXIT_UNUSABLE] = 3,
	};

	return weight[a] > weight[b] ? a : b;
}

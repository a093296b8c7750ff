/*
 * interrupt.h - SIGINT in a run over many messages: what is done is printed.
 *
 * The first only asks for an end, the second ends the program at once.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

enum { EXIT_INTERRUPTED = 130 };

void interrupt_catch(void);
bool interrupted(void);

#endif

/*
 * interrupt.h - SIGINT in a run over many messages: what is done is printed.
 *
 * The first only asks for an end, the second ends the program at once.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>
#include <sys/stat.h>

enum { EXIT_INTERRUPTED = 130 };

void interrupt_catch(void);
bool interrupted(void);
/*
 * The signal ends the system call of one thread only, so whoever may sleep for
 * long does it here: until fd can be read, or has an end.  False with EINTR
 * when the interrupt comes first.
 */
bool interruptible_wait(int fd);
/* open() to read, with what fstat() says.  A FIFO waits for a writer. */
int interruptible_open(const char *name, struct stat *);

#endif

#include "net/source.h"
#include <stddef.h>
struct exchange *exchange_new(struct source *inner){(void)inner;return NULL;}
void exchange_free(struct exchange *e){(void)e;}
struct source *source_from_exchange(struct exchange *e){(void)e;return NULL;}

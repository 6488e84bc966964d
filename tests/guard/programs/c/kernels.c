// Function pointers, recursion through them, floating point and memory.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name))) int32_t name(int32_t n)

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static int by_low_bits(const void *a, const void *b) {
  return (int)(*(const uint32_t *)a & 0xfff) - (int)(*(const uint32_t *)b & 0xfff);
}

EXPORT(work) {
  int (*orders[])(const void *, const void *) = {by_value, by_low_bits};
  uint32_t *list = malloc((size_t)n * sizeof *list), state = 1, sum = 0;
  for (int32_t i = 0; i < n; i++) list[i] = state = state * 1103515245u + 12345u;
  for (int round = 0; round < 4; round++) {
    qsort(list, (size_t)n, sizeof *list, orders[round & 1]);
    for (int32_t i = 0; i < n; i += 17) sum = sum * 31 + list[i];
  }
  memmove(list + 1, list, ((size_t)n - 1) * sizeof *list);
  memset(list, 7, 3);
  sum ^= list[0] ^ list[n - 1];
  free(list);
  return (int32_t)sum;
}

EXPORT(texts) {
  char line[128];
  uint32_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    snprintf(line, sizeof line, "%d:%08x:%.6g:%s", i, i * 2654435761u, i / 7.0, i & 1 ? "odd" : "even");
    for (char *p = line; *p; p++) sum = sum * 33 + (unsigned char)*p;
  }
  return (int32_t)sum;
}

static int place(int n, int row, unsigned columns, unsigned left, unsigned right) {
  if (row == n) return 1;
  int count = 0;
  for (unsigned free = ~(columns | left | right) & ((1u << n) - 1); free; free &= free - 1) {
    unsigned bit = free & -free;
    count += place(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

EXPORT(queens) { return place(n, 0, 0, 0, 0); }

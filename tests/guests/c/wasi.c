/* A reactor in C with wasi-libc: what its standard library asks of WASI. */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(name)))

/* Set by a constructor, which only `_initialize` runs. */
static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 1; }

EXPORT("pulp_alloc") void *pulp_alloc(uint32_t size) {
  return size == 0 ? NULL : malloc(size);
}

EXPORT("pulp_free") void pulp_free(void *block, uint32_t size) {
  (void)size;
  free(block);
}

EXPORT("pulp_init") int32_t pulp_init(const void *config, uint32_t length) {
  (void)config;
  (void)length;
  if (!constructed) return 1;
  printf("c is ready\n");
  return 0;
}

EXPORT("pulp_init_error_ptr") const char *pulp_init_error_ptr(void) {
  return "_initialize did not run";
}

EXPORT("pulp_init_error_len") uint32_t pulp_init_error_len(void) {
  return strlen(pulp_init_error_ptr());
}

EXPORT("pulp_step") int32_t pulp_step(const void *envelope, uint32_t length) {
  (void)envelope;
  (void)length;
  return 0;
}

EXPORT("pulp_shutdown") int32_t pulp_shutdown(void) { return 0; }

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print(char *text, size_t size) {
  printf("a line on stdout\n");
  fprintf(stderr, "a line on stderr\n");
  printf("a line ");
  fflush(stdout);
  printf("in two writes\n");
  printf("no newline at the end");
  fflush(stdout);
  snprintf(text, size, "printed");
}

static void random_hex(char *text) {
  unsigned char bytes[16];
  if (getentropy(bytes, sizeof bytes) != 0) return;
  for (size_t i = 0; i < sizeof bytes; i++) {
    sprintf(text + 2 * i, "%02x", bytes[i]);
  }
}

static void slept_ms(char *text, size_t size) {
  const struct timespec pause = {0, 50 * 1000000};
  const long long start = now_ms();
  nanosleep(&pause, NULL);
  snprintf(text, size, "%lld", now_ms() - start);
}

static int is(const char *name, uint32_t length, const char *wanted) {
  return length == strlen(wanted) && memcmp(name, wanted, length) == 0;
}

EXPORT("pulp_on_call")
uint32_t pulp_on_call(const char *name, uint32_t name_length, const void *args,
                      uint32_t args_length, void **block_out,
                      uint32_t *length_out) {
  char text[256] = "";
  (void)args;
  (void)args_length;
  if (is(name, name_length, "print")) {
    print(text, sizeof text);
  } else if (is(name, name_length, "time")) {
    snprintf(text, sizeof text, "%lld", (long long)time(NULL));
  } else if (is(name, name_length, "random")) {
    random_hex(text);
  } else if (is(name, name_length, "sleep")) {
    slept_ms(text, sizeof text);
  } else if (is(name, name_length, "env")) {
    const char *zone = getenv("TZ");
    snprintf(text, sizeof text, "TZ=%s", zone == NULL ? "" : zone);
  } else if (is(name, name_length, "stdin")) {
    snprintf(text, sizeof text, "%d", getchar());
  } else if (is(name, name_length, "file")) {
    FILE *file = fopen("/etc/passwd", "r");
    snprintf(text, sizeof text, "%s", file == NULL ? strerror(errno) : "open");
  } else if (is(name, name_length, "exit")) {
    exit(5);
  } else if (is(name, name_length, "abort")) {
    abort();
  } else {
    return 10;
  }
  const uint32_t length = strlen(text);
  unsigned char *block = pulp_alloc(length + 5);
  if (block == NULL) return 7;
  block[0] = 0xdb;
  for (int i = 0; i < 4; i++) block[1 + i] = length >> (24 - 8 * i);
  memcpy(block + 5, text, length);
  *block_out = block;
  *length_out = length + 5;
  return 0;
}

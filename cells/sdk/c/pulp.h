// What stands between a cell and the host: memory, MessagePack, dispatch.
// Needs no libc. cell.c defines start(), call(), event() and idle(), which say
// what the cell does.

#ifndef PULP_H
#define PULP_H

#include <stdbool.h>
#include <stdint.h>

#define PULP_EXPORT(name) __attribute__((export_name(#name)))
#define PULP_IMPORT(name) \
  __attribute__((import_module("pulp"), import_name(#name)))

// Bytes that belong to somebody else: UTF-8 text, or anything.
typedef struct {
  const uint8_t *bytes;
  uint32_t length;
} pulp_text;

// A place in MessagePack.
typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} pulp_reader;

// Bytes that are being written, MessagePack for the most part. {0} has none.
typedef struct {
  uint8_t *bytes;
  uint32_t length;
  uint32_t room;
} pulp_writer;

// Runs once, before anything else. What it returns is wrong; NULL is well.
const char *start(pulp_reader config);

// Answers a call of a function that the manifest provides. What it returns is
// wrong; NULL is well.
const char *call(pulp_text name, pulp_reader args, pulp_writer *answer);

// Takes an event, such as "http.request".
void event(pulp_text kind, pulp_reader payload);

// Runs when there is nothing else to do.
void idle(uint64_t wall_time_ns);

// --- memory -----------------------------------------------------------------

typedef struct pulp_block {
  uint32_t size;  // with this head
  struct pulp_block *next;
} pulp_block;

extern uint8_t __heap_base;
static uint32_t pulp_heap_end;
static pulp_block *pulp_free_blocks;  // by address

// Room for `size` bytes, or NULL. pulp_free gives it back.
PULP_EXPORT(pulp_alloc) void *pulp_alloc(uint32_t size) {
  if (size == 0 || size > 0x70000000) return 0;
  uint32_t whole = (size + sizeof(pulp_block) + 7) & ~7u;
  for (pulp_block **at = &pulp_free_blocks; *at; at = &(*at)->next) {
    pulp_block *found = *at;
    if (found->size < whole) continue;
    if (found->size - whole < 2 * sizeof(pulp_block)) {
      *at = found->next;
    } else {
      pulp_block *rest = (pulp_block *)((uint8_t *)found + whole);
      rest->size = found->size - whole;
      rest->next = found->next;
      *at = rest;
      found->size = whole;
    }
    return found + 1;
  }
  if (pulp_heap_end == 0) {
    pulp_heap_end = ((uint32_t)(uintptr_t)&__heap_base + 7) & ~7u;
  }
  uint64_t end = (uint64_t)pulp_heap_end + whole;
  uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) << 16;
  if (end > have) {
    uint32_t pages = (uint32_t)((end - have + 0xffff) >> 16);
    if (__builtin_wasm_memory_grow(0, pages) == (uint32_t)-1) return 0;
  }
  pulp_block *made = (pulp_block *)(uintptr_t)pulp_heap_end;
  pulp_heap_end = (uint32_t)end;
  made->size = whole;
  return made + 1;
}

PULP_EXPORT(pulp_free) void pulp_free(void *bytes, uint32_t size) {
  (void)size;
  if (!bytes) return;
  pulp_block *freed = (pulp_block *)bytes - 1;
  pulp_block *before = 0;
  pulp_block *after = pulp_free_blocks;
  while (after && after < freed) {
    before = after;
    after = after->next;
  }
  freed->next = after;
  if (before) before->next = freed;
  else pulp_free_blocks = freed;
  if (after && (uint8_t *)freed + freed->size == (uint8_t *)after) {
    freed->size += after->size;
    freed->next = after->next;
  }
  if (before && (uint8_t *)before + before->size == (uint8_t *)freed) {
    before->size += freed->size;
    before->next = freed->next;
  }
}

// --- text -------------------------------------------------------------------

static inline pulp_text pulp_literal(const char *text) {
  uint32_t length = 0;
  while (text[length]) length++;
  return (pulp_text){(const uint8_t *)text, length};
}

static inline bool pulp_is(pulp_text text, const char *other) {
  pulp_text wanted = pulp_literal(other);
  if (text.length != wanted.length) return false;
  for (uint32_t i = 0; i < text.length; i++) {
    if (text.bytes[i] != wanted.bytes[i]) return false;
  }
  return true;
}

// --- reading MessagePack ----------------------------------------------------
// Whatever is not there, or is something else, reads as empty or 0.

static inline uint64_t pulp_read_number(pulp_reader *reader, uint32_t size) {
  if ((uint32_t)(reader->end - reader->at) < size) {
    reader->at = reader->end;
    return 0;
  }
  uint64_t number = 0;
  for (; size > 0; size--) number = number << 8 | *reader->at++;
  return number;
}

// How many bytes of text or data begin here; -1 for anything else.
static inline int64_t pulp_read_length(pulp_reader *reader) {
  if (reader->at == reader->end) return -1;
  uint8_t head = *reader->at;
  if (head >= 0xa0 && head <= 0xbf) {
    reader->at++;
    return head & 31;
  }
  uint32_t size = 0;
  if (head == 0xd9 || head == 0xc4) size = 1;
  if (head == 0xda || head == 0xc5) size = 2;
  if (head == 0xdb || head == 0xc6) size = 4;
  if (size == 0) return -1;
  reader->at++;
  return (int64_t)pulp_read_number(reader, size);
}

// How many members a list has, or a map when `base` is 0x80; -1 for anything else.
static inline int64_t pulp_read_count(pulp_reader *reader, uint8_t base) {
  if (reader->at == reader->end) return -1;
  uint8_t head = *reader->at;
  uint8_t wide = base == 0x80 ? 0xde : 0xdc;
  if ((head & 0xf0) == base) {
    reader->at++;
    return head & 15;
  }
  if (head != wide && head != wide + 1) return -1;
  reader->at++;
  int64_t count = (int64_t)pulp_read_number(reader, head == wide ? 2 : 4);
  // Each member takes a byte at least: what claims more has none.
  return count <= reader->end - reader->at ? count : 0;
}

// Goes past one value.
static inline void pulp_skip(pulp_reader *reader) {
  for (uint64_t left = 1; left > 0 && reader->at < reader->end; left--) {
    int64_t length = pulp_read_length(reader);
    if (length >= 0) {
      if (length > reader->end - reader->at) length = reader->end - reader->at;
      reader->at += length;
      continue;
    }
    int64_t count = pulp_read_count(reader, 0x90);
    if (count >= 0) {
      left += (uint64_t)count;
      continue;
    }
    count = pulp_read_count(reader, 0x80);
    if (count >= 0) {
      left += 2 * (uint64_t)count;
      continue;
    }
    static const uint8_t sizes[] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8,
        1, 2, 4, 8, 2, 3, 5, 9, 17,
    };
    uint8_t head = *reader->at++;
    if (head >= 0xc7 && head <= 0xc9) {
      uint64_t size = pulp_read_number(reader, 1u << (head - 0xc7)) + 1;
      uint64_t most = (uint64_t)(reader->end - reader->at);
      reader->at += size < most ? size : most;
    } else if (head >= 0xc0 && head <= 0xd8) {
      uint32_t size = sizes[head - 0xc0];
      uint32_t most = (uint32_t)(reader->end - reader->at);
      reader->at += size < most ? size : most;
    }
  }
}

static inline pulp_text pulp_read_text(pulp_reader *reader) {
  int64_t length = pulp_read_length(reader);
  if (length < 0) {
    pulp_skip(reader);
    return (pulp_text){reader->at, 0};
  }
  if (length > reader->end - reader->at) length = reader->end - reader->at;
  pulp_text text = {reader->at, (uint32_t)length};
  reader->at += length;
  return text;
}

// An integer of any width; one over 63 bits keeps its bits.
static inline int64_t pulp_read_int(pulp_reader *reader) {
  if (reader->at == reader->end) return 0;
  uint8_t head = *reader->at;
  if (head < 0x80 || head >= 0xe0) {
    reader->at++;
    return (int8_t)head;
  }
  if (head < 0xcc || head > 0xd3) {
    pulp_skip(reader);
    return 0;
  }
  reader->at++;
  uint32_t size = 1u << ((head - 0xcc) & 3);
  uint64_t number = pulp_read_number(reader, size);
  if (head < 0xd0) return (int64_t)number;
  uint32_t unused = 64 - 8 * size;
  return (int64_t)(number << unused) >> unused;
}

static inline uint32_t pulp_read_list(pulp_reader *reader) {
  int64_t count = pulp_read_count(reader, 0x90);
  if (count < 0) pulp_skip(reader);
  return count < 0 ? 0 : (uint32_t)count;
}

// The value of a key of the map at `map`; a place without anything if there is none.
static inline pulp_reader pulp_get(pulp_reader map, const char *key) {
  for (int64_t left = pulp_read_count(&map, 0x80); left > 0; left--) {
    if (pulp_is(pulp_read_text(&map), key)) return map;
    pulp_skip(&map);
  }
  return (pulp_reader){map.end, map.end};
}

static inline pulp_text pulp_get_text(pulp_reader map, const char *key) {
  pulp_reader value = pulp_get(map, key);
  return pulp_read_text(&value);
}

static inline int64_t pulp_get_int(pulp_reader map, const char *key) {
  pulp_reader value = pulp_get(map, key);
  return pulp_read_int(&value);
}

// --- writing MessagePack ----------------------------------------------------

// Room for `count` more bytes. Traps when there is none.
static inline uint8_t *pulp_room(pulp_writer *writer, uint32_t count) {
  if (writer->room - writer->length < count) {
    uint32_t room = 2 * (writer->length + count) + 64;
    uint8_t *bytes = pulp_alloc(room);
    if (!bytes) __builtin_trap();
    if (writer->bytes) {
      __builtin_memcpy(bytes, writer->bytes, writer->length);
      pulp_free(writer->bytes, writer->room);
    }
    writer->bytes = bytes;
    writer->room = room;
  }
  uint8_t *at = writer->bytes + writer->length;
  writer->length += count;
  return at;
}

static inline void pulp_write_head(pulp_writer *writer, uint8_t head,
                                   uint64_t number, uint32_t size) {
  uint8_t *at = pulp_room(writer, size + 1);
  *at = head;
  for (; size > 0; size--, number >>= 8) at[size] = (uint8_t)number;
}

static inline void pulp_write_raw(pulp_writer *writer, pulp_text bytes) {
  __builtin_memcpy(pulp_room(writer, bytes.length), bytes.bytes, bytes.length);
}

// A number as people read it, which is no MessagePack.
static inline void pulp_write_digits(pulp_writer *writer, uint64_t number) {
  if (number >= 10) pulp_write_digits(writer, number / 10);
  *pulp_room(writer, 1) = (uint8_t)('0' + number % 10);
}

// Starts a map: `count` times a key and a value follow.
static inline void pulp_write_map(pulp_writer *writer, uint32_t count) {
  if (count < 16) pulp_write_head(writer, (uint8_t)(0x80 | count), 0, 0);
  else pulp_write_head(writer, 0xdf, count, 4);
}

// Starts a list: `count` values follow.
static inline void pulp_write_list(pulp_writer *writer, uint32_t count) {
  if (count < 16) pulp_write_head(writer, (uint8_t)(0x90 | count), 0, 0);
  else pulp_write_head(writer, 0xdd, count, 4);
}

static inline void pulp_write_text(pulp_writer *writer, pulp_text text) {
  if (text.length < 32) {
    pulp_write_head(writer, (uint8_t)(0xa0 | text.length), 0, 0);
  } else {
    pulp_write_head(writer, 0xdb, text.length, 4);
  }
  pulp_write_raw(writer, text);
}

static inline void pulp_write_bytes(pulp_writer *writer, pulp_text bytes) {
  pulp_write_head(writer, 0xc6, bytes.length, 4);
  pulp_write_raw(writer, bytes);
}

// A key, or any text that is known here.
static inline void pulp_write(pulp_writer *writer, const char *text) {
  pulp_write_text(writer, pulp_literal(text));
}

static inline void pulp_write_int(pulp_writer *writer, int64_t number) {
  pulp_write_head(writer, 0xd3, (uint64_t)number, 8);
}

static inline void pulp_write_uint(pulp_writer *writer, uint64_t number) {
  pulp_write_head(writer, 0xcf, number, 8);
}

// What was written, as long as the writer is not written to.
static inline pulp_text pulp_written(pulp_writer writer) {
  return (pulp_text){writer.bytes, writer.length};
}

static inline void pulp_drop(pulp_writer *writer) {
  pulp_free(writer->bytes, writer->room);
  *writer = (pulp_writer){0};
}

// --- host functions ---------------------------------------------------------

// What the host answered. Stays until the next answer, or until the cell
// returns to the host.
static struct {
  uint8_t *bytes;
  uint32_t length;
} pulp_answer;

static inline void pulp_forget_answer(void) {
  pulp_free(pulp_answer.bytes, pulp_answer.length);
  pulp_answer.bytes = 0;
  pulp_answer.length = 0;
}

// The two addresses that a host function takes for its answer.
#define PULP_ANSWER \
  (pulp_forget_answer(), &pulp_answer.bytes), &pulp_answer.length

// The answer as MessagePack.
static inline pulp_reader pulp_answer_reader(void) {
  return (pulp_reader){pulp_answer.bytes,
                       pulp_answer.bytes + pulp_answer.length};
}

// Hands a request to a host function that answers with a code only.
static inline uint32_t pulp_send(uint32_t (*function)(const void *, uint32_t),
                                 pulp_writer request) {
  uint32_t code = function(request.bytes, request.length);
  pulp_drop(&request);
  return code;
}

// Hands a request to a host function that answers with bytes, too.
static inline uint32_t pulp_ask(uint32_t (*function)(const void *, uint32_t,
                                                     uint8_t **, uint32_t *),
                                pulp_writer request) {
  uint32_t code = function(request.bytes, request.length, PULP_ANSWER);
  pulp_drop(&request);
  return code;
}

// --- exports ----------------------------------------------------------------

static pulp_text pulp_init_error;
static pulp_text pulp_call_error;

PULP_EXPORT(pulp_init) int32_t pulp_init(const uint8_t *bytes, uint32_t length) {
  const char *wrong = start((pulp_reader){bytes, bytes + length});
  pulp_forget_answer();
  if (!wrong) return 0;
  pulp_init_error = pulp_literal(wrong);
  return 1;
}

PULP_EXPORT(pulp_step) int32_t pulp_step(const uint8_t *bytes, uint32_t length) {
  const uint32_t header = 20;
  if (length < header) return 1;
  if (length == header) {
    uint64_t wall_time_ns;
    __builtin_memcpy(&wall_time_ns, bytes + 8, sizeof wall_time_ns);
    idle(wall_time_ns);
    pulp_forget_answer();
    return 0;
  }
  pulp_reader whole = {bytes + header, bytes + length};
  event(pulp_get_text(whole, "kind"), pulp_get(whole, "payload"));
  pulp_forget_answer();
  return 0;
}

PULP_EXPORT(pulp_shutdown) int32_t pulp_shutdown(void) { return 0; }

PULP_EXPORT(pulp_on_call)
uint32_t pulp_on_call(const uint8_t *name, uint32_t name_length,
                      const uint8_t *args, uint32_t args_length,
                      uint8_t **bytes_out, uint32_t *length_out) {
  pulp_writer answer = {0};
  const char *wrong = call((pulp_text){name, name_length},
                           (pulp_reader){args, args + args_length}, &answer);
  pulp_forget_answer();
  if (wrong) {
    pulp_drop(&answer);
    pulp_call_error = pulp_literal(wrong);
    return 11;
  }
  *bytes_out = answer.bytes;
  *length_out = answer.length;
  return 0;
}

PULP_EXPORT(pulp_init_error_ptr) const uint8_t *pulp_init_error_ptr(void) {
  return pulp_init_error.bytes;
}

PULP_EXPORT(pulp_init_error_len) uint32_t pulp_init_error_len(void) {
  return pulp_init_error.length;
}

PULP_EXPORT(pulp_on_call_error_ptr) const uint8_t *pulp_on_call_error_ptr(void) {
  return pulp_call_error.bytes;
}

PULP_EXPORT(pulp_on_call_error_len) uint32_t pulp_on_call_error_len(void) {
  return pulp_call_error.length;
}

#endif

// What pulp.h reads and writes, for a test: each function takes a map with
// "v", and answers with what became of it.

#include "pulp.h"

const char *start(pulp_reader config) {
  return pulp_get_int(config, "fail") == 0 ? 0 : "told to fail";
}

const char *call(pulp_text name, pulp_reader args, pulp_writer *answer) {
  if (pulp_is(name, "text")) {
    pulp_write_text(answer, pulp_get_text(args, "v"));
  } else if (pulp_is(name, "bytes")) {
    pulp_write_bytes(answer, pulp_get_text(args, "v"));
  } else if (pulp_is(name, "int")) {
    pulp_write_int(answer, pulp_get_int(args, "v"));
  } else if (pulp_is(name, "uint")) {
    pulp_write_uint(answer, (uint64_t)pulp_get_int(args, "v"));
  } else if (pulp_is(name, "digits")) {
    pulp_writer digits = {0};
    pulp_write_digits(&digits, (uint64_t)pulp_get_int(args, "v"));
    pulp_write_text(answer, pulp_written(digits));
    pulp_drop(&digits);
  } else if (pulp_is(name, "list")) {
    pulp_reader list = pulp_get(args, "v");
    uint32_t count = pulp_read_list(&list);
    pulp_write_map(answer, 2);
    pulp_write(answer, "count");
    pulp_write_int(answer, count);
    pulp_write(answer, "members");
    pulp_write_list(answer, count);
    for (; count > 0; count--) pulp_write_int(answer, pulp_read_int(&list));
  } else if (pulp_is(name, "skip")) {
    const uint8_t *from = args.at;
    pulp_skip(&args);
    pulp_write_int(answer, args.at - from);
  } else {
    return "there is no such function";
  }
  return 0;
}

void event(pulp_text kind, pulp_reader payload) {
  (void)kind;
  (void)payload;
}

void idle(uint64_t wall_time_ns) { (void)wall_time_ns; }

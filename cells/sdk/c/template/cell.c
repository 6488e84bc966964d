// A cell in C. The manifest beside it says what it may do.

#include "pulp.h"
//#if storage.sqlite

PULP_IMPORT(sqlite_query)
uint32_t sqlite_query(const void *sql, uint32_t sql_length, const void *params,
                      uint32_t params_length, uint8_t **bytes,
                      uint32_t *length);
//#end
//#if storage.fs

PULP_IMPORT(fs_write)
uint32_t fs_write(const void *path, uint32_t path_length, const void *data,
                  uint32_t data_length);

PULP_IMPORT(fs_read)
uint32_t fs_read(const void *path, uint32_t path_length, uint8_t **bytes,
                 uint32_t *length);
//#end
//#if transport.http.inbound

PULP_IMPORT(http_register)
uint32_t http_register(const void *request, uint32_t length);

PULP_IMPORT(http_respond)
uint32_t http_respond(const void *response, uint32_t length);
//#end
//#if transport.http.outbound

PULP_IMPORT(http_fetch)
uint32_t http_fetch(const void *request, uint32_t length, uint8_t **bytes,
                    uint32_t *bytes_length);
//#end
//#if transport.ws.inbound

PULP_IMPORT(ws_register)
uint32_t ws_register(const void *path, uint32_t length);

PULP_IMPORT(ws_send)
uint32_t ws_send(const void *message, uint32_t length);
//#end
//#if transport.sse

PULP_IMPORT(sse_register)
uint32_t sse_register(const void *path, uint32_t length);

PULP_IMPORT(sse_emit)
uint32_t sse_emit(const void *event, uint32_t length);
//#end
//#if network.udp

PULP_IMPORT(udp_listen)
uint32_t udp_listen(const void *request, uint32_t length, uint8_t **bytes,
                    uint32_t *bytes_length);

PULP_IMPORT(udp_send)
uint32_t udp_send(const void *packet, uint32_t length, uint8_t **bytes,
                  uint32_t *bytes_length);
//#end
//#if spawn.process

PULP_IMPORT(process_run)
uint32_t process_run(const void *request, uint32_t length);

PULP_IMPORT(process_result)
uint32_t process_result(uint32_t id, uint8_t **bytes, uint32_t *length);

// The program that runs; 0 = none.
static uint32_t program;
//#end
//#if entropy.read

PULP_IMPORT(entropy_read)
uint32_t entropy_read(const void *request, uint32_t length, uint8_t **bytes,
                      uint32_t *bytes_length);
//#end
//#if log.write | spawn.process

enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

PULP_IMPORT(log_write)
uint32_t log_write(uint32_t level, const void *text, uint32_t length);
//#end
//#if storage.sqlite

// Runs SQL in the cell's own database, which outlives the cell. `params` is a
// list in MessagePack. The host's code; 0 = well.
static uint32_t query(const char *sql, pulp_writer params) {
  pulp_text text = pulp_literal(sql);
  uint32_t code = sqlite_query(text.bytes, text.length, params.bytes,
                               params.length, PULP_ANSWER);
  pulp_drop(&params);
  return code;
}

// How often a page was seen, this time included; -1 when that is not known.
static int64_t count_visit(pulp_text page) {
  pulp_writer params = {0};
  pulp_write_list(&params, 1);
  pulp_write_text(&params, page);
  uint32_t code = query(
      "INSERT INTO visits VALUES (?, 1) "
      "ON CONFLICT (page) DO UPDATE SET count = count + 1 RETURNING count",
      params);
  if (code != 0) return -1;
  pulp_reader rows = pulp_get(pulp_answer_reader(), "rows");
  if (pulp_read_list(&rows) == 0 || pulp_read_list(&rows) == 0) return -1;
  return pulp_read_int(&rows);
}
//#end
//#if storage.fs

static const char NOTE[] = "notes/last.txt";
//#end

//#if network.udp
const char *start(pulp_reader config) {
//#else
const char *start(pulp_reader config) {
  (void)config;
//#end
  //#if storage.sqlite
  if (query("CREATE TABLE IF NOT EXISTS visits "
            "(page TEXT PRIMARY KEY, count INTEGER NOT NULL)",
            (pulp_writer){0}) != 0) {
    return "cannot make the table";
  }
  //#end
  //#if transport.http.inbound
  pulp_writer route = {0};
  pulp_write_map(&route, 2);
  pulp_write(&route, "method");
  pulp_write(&route, "GET");
  pulp_write(&route, "path");
  pulp_write(&route, "/");
  if (pulp_send(http_register, route) != 0) return "cannot serve /";
  //#end
  //#if transport.ws.inbound
  if (ws_register("/ws", 3) != 0) return "cannot serve /ws";
  //#end
  //#if transport.sse
  if (sse_register("/events", 7) != 0) return "cannot serve /events";
  //#end
  //#if network.udp
  pulp_writer socket = {0};
  pulp_write_map(&socket, 1);
  pulp_write(&socket, "addr");
  pulp_write_text(&socket, pulp_get_text(config, "addr"));
  if (pulp_ask(udp_listen, socket) != 0) return "cannot listen on config.addr";
  //#end
  //#if spawn.process
  pulp_writer whoami = {0};
  pulp_write_map(&whoami, 1);
  pulp_write(&whoami, "argv");
  pulp_write_list(&whoami, 1);
  pulp_write(&whoami, "whoami");
  program = pulp_send(process_run, whoami);
  if (program < 100) return "cannot start whoami";
  //#end
  //#if log.write
  pulp_text up = pulp_literal("the cell is up");
  log_write(LOG_INFO, up.bytes, up.length);
  //#end
  return 0;
}

static const char *greet(pulp_reader args, pulp_writer *answer) {
  pulp_text name = pulp_get_text(args, "name");
  if (name.length == 0) return "\"name\" must be a string";
  pulp_write_map(answer, 1);
  pulp_write(answer, "message");
  pulp_write_head(answer, 0xdb, 7 + name.length + 1, 4);
  pulp_write_raw(answer, pulp_literal("Hello, "));
  pulp_write_raw(answer, name);
  pulp_write_raw(answer, pulp_literal("!"));
  return 0;
}
//#if storage.sqlite

static const char *visit(pulp_reader args, pulp_writer *answer) {
  int64_t count = count_visit(pulp_get_text(args, "page"));
  if (count < 0) return "cannot count it";
  pulp_write_map(answer, 1);
  pulp_write(answer, "count");
  pulp_write_int(answer, count);
  return 0;
}
//#end
//#if storage.fs

static const char *remember(pulp_reader args) {
  pulp_text text = pulp_get_text(args, "text");
  uint32_t code = fs_write(NOTE, sizeof NOTE - 1, text.bytes, text.length);
  return code == 0 ? 0 : "cannot write the file";
}

static const char *recall(pulp_writer *answer) {
  if (fs_read(NOTE, sizeof NOTE - 1, PULP_ANSWER) != 0) {
    return "cannot read the file";
  }
  pulp_write_map(answer, 1);
  pulp_write(answer, "text");
  pulp_write_text(answer, (pulp_text){pulp_answer.bytes, pulp_answer.length});
  return 0;
}
//#end
//#if transport.http.outbound

// A GET request: an absent method is that.
static const char *fetch(pulp_reader args, pulp_writer *answer) {
  pulp_writer request = {0};
  pulp_write_map(&request, 1);
  pulp_write(&request, "url");
  pulp_write_text(&request, pulp_get_text(args, "url"));
  if (pulp_ask(http_fetch, request) != 0) return "cannot fetch it";
  pulp_write_map(answer, 1);
  pulp_write(answer, "status");
  pulp_write_int(answer, pulp_get_int(pulp_answer_reader(), "status"));
  return 0;
}
//#end
//#if entropy.read

static const char *token(pulp_writer *answer) {
  pulp_writer request = {0};
  pulp_write_map(&request, 1);
  pulp_write(&request, "n");
  pulp_write_int(&request, 16);
  if (pulp_ask(entropy_read, request) != 0) return "there are no random bytes";
  pulp_write_map(answer, 1);
  pulp_write(answer, "bytes");
  pulp_write_bytes(answer, pulp_get_text(pulp_answer_reader(), "bytes"));
  return 0;
}
//#end

const char *call(pulp_text name, pulp_reader args, pulp_writer *answer) {
  if (pulp_is(name, "greet")) return greet(args, answer);
  //#if storage.sqlite
  if (pulp_is(name, "visit")) return visit(args, answer);
  //#end
  //#if storage.fs
  if (pulp_is(name, "remember")) return remember(args);
  if (pulp_is(name, "recall")) return recall(answer);
  //#end
  //#if transport.http.outbound
  if (pulp_is(name, "fetch")) return fetch(args, answer);
  //#end
  //#if entropy.read
  if (pulp_is(name, "token")) return token(answer);
  //#end
  return "the cell does not provide it";
}
//#if transport.http.inbound

// Answers GET /.
static void home(pulp_reader request) {
  pulp_writer body = {0};
  //#if storage.sqlite
  int64_t count = count_visit(pulp_literal("/"));
  pulp_write_raw(&body, pulp_literal("Hello! Visits: "));
  pulp_write_digits(&body, count < 0 ? 0 : (uint64_t)count);
  pulp_write_raw(&body, pulp_literal("\n"));
  //#else
  pulp_write_raw(&body, pulp_literal("Hello!\n"));
  //#end
  pulp_writer response = {0};
  pulp_write_map(&response, 3);
  pulp_write(&response, "id");
  pulp_write_uint(&response, (uint64_t)pulp_get_int(request, "id"));
  pulp_write(&response, "status");
  pulp_write_uint(&response, 200);
  pulp_write(&response, "body");
  pulp_write_bytes(&response, pulp_written(body));
  pulp_drop(&body);
  pulp_send(http_respond, response);
}
//#end
//#if transport.ws.inbound

// Sends a message back to its client.
static void echo(pulp_reader frame) {
  pulp_writer message = {0};
  pulp_write_map(&message, 3);
  pulp_write(&message, "conn_id");
  pulp_write_uint(&message, (uint64_t)pulp_get_int(frame, "conn_id"));
  pulp_write(&message, "opcode");
  pulp_write_int(&message, pulp_get_int(frame, "opcode"));
  pulp_write(&message, "payload");
  pulp_write_bytes(&message, pulp_get_text(frame, "payload"));
  pulp_send(ws_send, message);
}
//#end
//#if network.udp

// Sends a packet back to where it came from.
static void send_back(pulp_reader received) {
  pulp_writer packet = {0};
  pulp_write_map(&packet, 3);
  pulp_write(&packet, "socket_id");
  pulp_write_uint(&packet, (uint64_t)pulp_get_int(received, "socket_id"));
  pulp_write(&packet, "dst_addr");
  pulp_write_text(&packet, pulp_get_text(received, "src_addr"));
  pulp_write(&packet, "payload");
  pulp_write_bytes(&packet, pulp_get_text(received, "payload"));
  pulp_ask(udp_send, packet);
}
//#end

void event(pulp_text kind, pulp_reader payload) {
  //#if transport.http.inbound
  if (pulp_is(kind, "http.request")) home(payload);
  //#end
  //#if transport.ws.inbound
  if (pulp_is(kind, "ws.frame")) echo(payload);
  //#end
  //#if network.udp
  if (pulp_is(kind, "udp.packet")) send_back(payload);
  //#end
  (void)kind;
  (void)payload;
}
//#if transport.sse

// Tells who listens to GET /events the time, once a second.
static void emit_time(uint64_t second) {
  static uint64_t last;
  if (second == last) return;
  last = second;
  pulp_writer data = {0};
  pulp_write_digits(&data, second);
  pulp_writer message = {0};
  pulp_write_map(&message, 3);
  pulp_write(&message, "path");
  pulp_write(&message, "/events");
  pulp_write(&message, "event");
  pulp_write(&message, "time");
  pulp_write(&message, "data");
  pulp_write_text(&message, pulp_written(data));
  pulp_drop(&data);
  pulp_send(sse_emit, message);
}
//#end
//#if spawn.process

// Logs what the program wrote, once it has ended.
static void log_program(void) {
  if (program == 0 || process_result(program, PULP_ANSWER) == 0) return;
  program = 0;
  pulp_text said = pulp_get_text(pulp_answer_reader(), "stdout");
  pulp_writer line = {0};
  pulp_write_raw(&line, pulp_literal("whoami: "));
  pulp_write_raw(&line, said);
  log_write(LOG_INFO, line.bytes, line.length);
  pulp_drop(&line);
}
//#end

void idle(uint64_t wall_time_ns) {
  //#if transport.sse
  emit_time(wall_time_ns / 1000000000);
  //#end
  //#if spawn.process
  log_program();
  //#end
  (void)wall_time_ns;
}

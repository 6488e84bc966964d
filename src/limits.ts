/**
 * Every limit of the host, with its default and its unit.
 *
 * A guest, a client or a file can reach each of these; none is raised by what
 * a guest claims about itself.
 *
 * @module
 */

/** The defaults. Names carry the unit: `Bytes`, `Ms`, `Pages` of 64 KiB. */
export const LIMITS = Object.freeze({
  /** Where HTTP is served unless told otherwise. */
  listen: "127.0.0.1:8080",
  /** Size of a manifest file. 1 MiB. */
  manifestBytes: 1 << 20,
  /** Nesting of arrays and tables in a manifest. */
  manifestDepth: 128,
  /** Items of one list in a manifest, repeats among them. */
  manifestListItems: 1000,
  /** Problems that are reported for one manifest, or for the links of a set; the rest is counted. */
  manifestProblems: 100,
  /** Size of a deno.json that is changed. 1 MiB. */
  denoConfigBytes: 1 << 20,
  /** Size of a file that `--tls-cert` or `--tls-key` names. 1 MiB. */
  tlsFileBytes: 1 << 20,
  /** Length of a cell's name: it becomes a folder's name. */
  cellNameChars: 255,
  /** One line that answers a question of `new`. 4 KiB. */
  typedLineBytes: 4096,
  /** The largest `call_timeout_ms`: what a timer takes, 24.8 days. */
  callTimeoutMsMost: 2 ** 31 - 1,
  /** Size of a module. 256 MiB. */
  moduleBytes: 256 << 20,
  /** Modules up to this size are compiled on the main thread of a host, larger ones on a thread apart. 1 MiB. */
  moduleBytesHere: 1 << 20,
  /** Time in which a module on a thread apart has to be rewritten and compiled. 2 min. */
  moduleCompileMs: 120_000,
  /** Loops, calls and other places of a module that its guard has to know. 16 Mi. */
  moduleGuardPoints: 16 << 20,
  /** Imports of a module, and exports of a module. */
  moduleExterns: 100_000,
  /** Imports of a module that are reported because the host has no such thing; the rest is counted. */
  moduleProblems: 100,
  /** Names of a module's imports and exports together, and those of its custom sections. 8 MiB. */
  moduleNameBytes: 8 << 20,
  /** Parameters and results of a module's imports and exports together. */
  moduleBorderTypes: 1_000_000,
  /** Custom sections of a module. */
  moduleCustomSections: 10_000,
  /** Types of a module: of functions, structs and arrays. */
  moduleTypes: 100_000,
  /** Parameters, results and fields of those types together. */
  moduleTypeParts: 1_000_000,
  /** Types of all different modules that one process has opened. V8 keeps them for good, and ends the process at two million. */
  processTypes: 1_500_000,
  /** Tags of a module, its own and imported ones. */
  moduleTags: 10_000,
  /** What a module says of the elements of its tables: V8 puts them in before anything can stop it. 4 MiB. */
  moduleElementBytes: 4 << 20,
  /** Memories of a module, its own and imported ones. */
  moduleMemories: 64,
  /** Values whose place V8 keeps track of while it compiles one function; see `compile_cost.ts`. */
  moduleFunctionCost: 8_000_000,
  /** The same for all functions of a module together. */
  moduleCost: 128_000_000,
  /** Code of a module: V8 makes up to 50 bytes of each before it optimises. 32 MiB. */
  moduleCodeBytes: 32 << 20,
  /** What a module may cost in the same unit to be compiled on the main thread of a host; see {@linkcode LIMITS.moduleBytesHere}. */
  moduleCostHere: 4_000_000,
  /** Modules that took longer than {@linkcode LIMITS.moduleCompileMs}: their threads can't be ended. No large one is compiled behind so many. */
  lostCompilers: 2,
  /** What V8 may take to optimise one function, as estimated in `compile_cost.ts`. 1 GiB. */
  moduleOptimisedBytes: 1 << 30,
  /** Conditions of one function that V8 may follow from one to the next; see `points.ts`. */
  moduleConditions: 512,
  /** Different waits, fills and copies of a module that are cut into pieces; see `pieces.ts`. */
  moduleLongInstructions: 1024,
  /** Elements that all tables of a module may have together. */
  tableElements: 1_000_000,
  /** What a guest may allocate in structs, arrays and kept exceptions. 256 MiB. */
  guestHeapBytes: 256 << 20,
  /** `max_memory_pages` when a manifest names none. 4096 pages = 256 MiB. */
  memoryPages: 4096,
  /** The most pages that a manifest may ask for. 65536 pages = 4 GiB. */
  memoryPagesMost: 65536,
  /** `call_timeout_ms` when a manifest names none, or 0. */
  callTimeoutMs: 30_000,
  /** One message between host and cell: arguments, responses, SQL, params. 8 MiB. */
  messageBytes: 8 << 20,
  /** One step with its event: an HTTP request with its body, and room for its headers. 52 MiB. */
  stepBytes: 52 << 20,
  /** Nesting of MessagePack that a cell sends. */
  msgpackDepth: 128,
  /** Values in one MessagePack message. */
  msgpackValues: 1_000_000,
  /** JSON that a message is printed as. 64 Mi. */
  jsonTextChars: 64 << 20,
  /** A message of `pulp_init_error_*` or `pulp_on_call_error_*`. */
  errorTextBytes: 4096,
  /** Time in which a module that `--ext` names has to be loaded. */
  extensionLoadMs: 10_000,
  /** Time in which a capability has to let go of a cell, and to end. */
  teardownMs: 15_000,
  /** One `log_write`, and one line of a cell's stdout or stderr. */
  logTextBytes: 8192,
  /** Records that one cell may write in a second; more are counted and dropped. */
  logRecords: 1000,
  /** Characters of those records. 1 Mi. */
  logChars: 1 << 20,
  /** Characters of records that wait in a cell's thread while the guest runs on. 64 Ki. */
  logHeldChars: 64 << 10,
  /** How long they wait there, up to the guest's next record. */
  logHeldMs: 100,
  /** `entropy_read`. */
  entropyBytes: 65_536,
  /** Body of an HTTP request or of a fetched response. 50 MiB. */
  httpBodyBytes: 50 << 20,
  /** HTTP requests of one cell that wait or are being answered. */
  httpWaiting: 64,
  /** Time in which a cell has to answer an HTTP request. */
  httpAnswerMs: 30_000,
  /** Header fields of one answer, cookies among them. */
  httpAnswerFields: 256,
  /** Characters of those fields. 256 Ki. */
  httpAnswerFieldChars: 256 << 10,
  /** Routes that one cell may register. */
  httpRoutes: 1024,
  /** Length of a route's path. */
  httpRouteChars: 1024,
  /** Segments of a route's path: what lies between its slashes. */
  httpRouteSegments: 64,
  /** Bodies of one listener that are being read or wait for their cells. 256 MiB. */
  httpBodiesBytes: 256 << 20,
  /** Answers of one listener over 64 KiB that clients have not taken yet; the slowest gives way. 256 MiB. */
  httpAnswersBytes: 256 << 20,
  /** Time without a byte after which a request's body is given up. */
  httpBodyIdleMs: 30_000,
  /** Time that HTTP clients have at shutdown to take their answers. */
  httpGoodbyeMs: 5_000,
  /** WebSocket connections of one cell, those that end among them. */
  wsConnections: 1024,
  /** One WebSocket message, from a client or to one. 1 MiB. */
  wsMessageBytes: 1 << 20,
  /** Frames of one WebSocket connection that wait for their cell, each with 1 KiB on top. 16 MiB. */
  wsInboundBytes: 16 << 20,
  /** The same for all connections of one cell. 128 MiB. */
  wsInboundTotalBytes: 128 << 20,
  /** What may wait for one WebSocket client to take it; then it is too slow. 8 MiB. */
  wsOutboundBytes: 8 << 20,
  /** The same for all clients of one cell. 256 MiB. */
  wsOutboundTotalBytes: 256 << 20,
  /** Time without a byte after which a WebSocket client is sent a ping, and given up without an answer. 30 s. */
  wsIdleMs: 30_000,
  /** Time that WebSocket clients have at shutdown to take their close frames. */
  wsGoodbyeMs: 1_000,
  /** SSE subscribers of one cell. */
  sseSubscribers: 4096,
  /** Length of a path that an SSE client listens to. */
  ssePathChars: 1024,
  /** SSE events that may wait for one subscriber; then it is too slow. */
  sseQueued: 1024,
  /** The bytes of those, unless one event is larger. 1 MiB. */
  sseQueuedBytes: 1 << 20,
  /** Events that wait for all subscribers of one cell, each counted once, with 256 bytes on top; the slowest gives way. 256 MiB. */
  sseQueuedTotalBytes: 256 << 20,
  /** One event on its way to clients, where each line of its data has a field of its own. 16 MiB. */
  sseEventBytes: 16 << 20,
  /** Time after which each SSE subscriber gets a comment. 15 s. */
  ssePingMs: 15_000,
  /** Frames and events of one cell that are on their way to the main thread, where that has the listener. 16 MiB. */
  streamAheadBytes: 16 << 20,
  /** Time for an outbound request that names no timeout. */
  fetchTimeoutMs: 30_000,
  /** Redirects that one outbound request follows. */
  fetchRedirects: 10,
  /** Outbound requests of one cell at a time. */
  fetchConcurrent: 64,
  /** Method, URL and headers of an outbound request, as the cell encodes them. 256 KiB. */
  fetchRequestHeadBytes: 256 << 10,
  /** Header of a fetched response, informational ones included. 256 KiB. */
  fetchHeadBytes: 256 << 10,
  /** Outbound streams of one cell, those that go to clients among them. */
  fetchStreams: 256,
  /** The most that one `http_fetch_read` gives. 4 MiB. */
  fetchReadBytes: 4 << 20,
  /** UDP sockets that one cell has open. */
  udpSockets: 256,
  /** Packets that wait in one UDP socket; the oldest gives way. */
  udpPackets: 1024,
  /** Packets that wait in all UDP sockets of one cell, as events. 64 MiB. */
  udpPacketsBytes: 64 << 20,
  /** Programs of one cell that run at a time, those without a deadline apart. */
  processes: 4,
  /** The same for programs without a deadline. */
  processesEndless: 4,
  /** Programs of all cells of one thread that run at a time. */
  processesTotal: 16,
  /** Time for a program that is given none. 5 min. */
  processTimeoutMs: 300_000,
  /** The longest time that a program may be given. 1 h. */
  processTimeoutMsMost: 3_600_000,
  /** Time in which a program that was told to end has to, or is killed. */
  processGraceMs: 500,
  /** How long output is read that others hold open when a program has ended. 5 s. */
  processPipesMs: 5_000,
  /** What is kept of a program's output, and of its error output. 32 MiB. */
  processOutputBytes: 32 << 20,
  /** What is kept of the output of all programs of one cell until it is read. 64 MiB. */
  processOutputsBytes: 64 << 20,
  /** Results of one cell that wait to be read; the oldest gives way. */
  processResults: 64,
  /** How long a result waits to be read. 10 min. */
  processResultMs: 600_000,
  /** `process_run`: arguments and environment. 1 MiB. */
  processRequestBytes: 1 << 20,
  /** How long SQLite waits for a lock. */
  sqliteBusyMs: 5_000,
  /** Prepared statements that one cell keeps. */
  sqliteStatements: 128,
  /** Rows of one query. */
  sqliteRows: 1_000_000,
  /** Length of a SQL statement. 1 MiB. */
  sqliteTextBytes: 1 << 20,
  /** Length of a SQL statement that is kept prepared. 16 KiB. */
  sqliteKeptTextBytes: 16 << 10,
  /** `PRAGMA cache_size` that a cell may ask for, in KiB. 64 MiB. */
  sqliteCacheKib: 64 << 10,
  /** What SQLite may take for all cells together. 1 GiB. */
  sqliteHeapBytes: 1 << 30,
  /** Length of the SQL that a cell's schema is made of: SQLite keeps it in a form 60 times as large. 1 MiB. */
  sqliteSchemaBytes: 1 << 20,
  /** Names in the columns of one result, or in what EXPLAIN says: each counts as long as the SQL and the longest definition in the schema. 32 MiB. */
  sqliteNamesBytes: 32 << 20,
  /** Instructions of a SQL statement that is kept prepared. */
  sqliteKeptOps: 4_000,
  /** Instructions that one SQL statement compiles to. */
  sqliteOps: 1_000_000,
  /** The same for a statement that is explained: each is a row of the answer. */
  sqliteExplainOps: 50_000,
  /** A file that `storage.fs` reads or writes: as much as the body of a request. 50 MiB. */
  fsFileBytes: 50 << 20,
  /** Length of a path of `storage.fs`. 4 KiB. */
  fsPathBytes: 4096,
  /** Folders that `storage.fs` goes down into. */
  fsDepth: 128,
  /** Entries that one `fs_list` answers with. */
  fsEntries: 100_000,
  /** Symbolic links that one path of `storage.fs` follows. */
  fsLinks: 40,
  /** How long a folder has to have been left alone before `storage.fs` goes through it. */
  fsSettleMs: 12,
  /** How often `storage.fs` looks again at a folder that somebody else changes. */
  fsLooks: 5,
  /** Age at which an unfinished file of `storage.fs` is a leftover of a crash. 10 min. */
  fsLeftoverMs: 600_000,
  /** How long a cell is stepped at the shortest pause after its last event. */
  idleQuietMs: 1_000,
  /** The shortest and the longest pause between two idle steps. */
  idleStepMinMs: 1,
  /** See {@linkcode LIMITS.idleStepMinMs}. */
  idleStepMaxMs: 1_000,
  /** Restarts of one cell within {@linkcode LIMITS.restartWindowMs}; then it stays down. */
  restarts: 5,
  /** See {@linkcode LIMITS.restarts}. 30 s. */
  restartWindowMs: 30_000,
  /** The pause before the second restart in a row; it doubles with each. The first comes at once. */
  restartPauseMs: 50,
  /** How long watched files have to stay as they are before they are read. */
  watchSettleMs: 200,
  /** How often watched files are looked at, whatever the system reports of them. */
  watchLookMs: 1_000,
  /** How long a watched file has to be gone before the log says so. 5 s. */
  watchGoneMs: 5_000,
  /** Time in which a guest that was told to stop has to, or its thread is given up: it is in native code. */
  stuckMs: 1_000,
  /** How long a worker waits for the main thread, which never waits for a worker. 10 s. */
  mainThreadMs: 10_000,
  /** Threads that one host gives up because a host function never returned. */
  lostThreads: 8,
  /** One request or reply on the control socket. 1 MiB. */
  controlFrameBytes: 1 << 20,
  /** Connections that send a request or take a reply at a time; a further one displaces the oldest. */
  controlTransfers: 16,
  /** Requests to stop or reload something that are carried out at a time. */
  controlRequests: 16,
  /** Time in which a request must be there whole, and its reply be taken. 5 s. */
  controlTransferMs: 5_000,
  /** How long `ps`, `stop` and `reload` wait for the host unless told otherwise. 60 s. */
  controlAnswerMs: 60_000,
});

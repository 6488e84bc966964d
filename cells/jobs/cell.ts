/**
 * Starts programs over HTTP: `POST /jobs/:program?arg=…` answers an id,
 * `GET /jobs/:id` the output once it has ended, and `DELETE /jobs/:id` ends it.
 * `GET /jobs` tells how many run.
 */

export * from "../sdk/assemblyscript/exports";

import { onInit } from "../sdk/assemblyscript/cell";
import { Request, Response, route } from "../sdk/assemblyscript/http";
import {
  cancelProgram,
  FIRST_PROCESS_ID,
  pendingPrograms,
  PROCESS_COMPLETE,
  PROCESS_PENDING,
  PROCESS_UNKNOWN,
  PROGRAM_REFUSED,
  programResult,
  PROGRAMS_FULL,
  ProgramStart,
  startProgram,
} from "../sdk/assemblyscript/process";
import { Value } from "../sdk/assemblyscript/value";

onInit((_config: Value): string | null => {
  const code = route("POST", "/jobs/:program", start) |
    route("GET", "/jobs/:id", result) |
    route("DELETE", "/jobs/:id", cancel) | route("GET", "/jobs", pending);
  return code == 0 ? null : "Cannot register the routes of /jobs";
});

function start(request: Request): Response {
  const program = request.param("program");
  const arg = request.query.get("arg");
  const argv = arg === null ? [program] : [program, arg];
  const id = startProgram(new ProgramStart(argv));
  if (id >= FIRST_PROCESS_ID) {
    const response = Response.text(202, `${id}\n`);
    response.headers.set("Location", `/jobs/${id}`);
    return response;
  }
  if (id == PROGRAM_REFUSED) {
    return Response.text(
      403,
      `Cannot start "${program}": [permissions] run does not list it\n`,
    );
  }
  return id == PROGRAMS_FULL
    ? Response.text(503, `Cannot start "${program}": too many programs run\n`)
    : Response.text(500, `Cannot start "${program}": code ${id}\n`);
}

function result(request: Request): Response {
  const outcome = programResult(idOf(request));
  if (outcome.status == PROCESS_UNKNOWN) {
    return Response.text(404, "there is no such job, or it was read\n");
  }
  if (outcome.status == PROCESS_PENDING) {
    return Response.text(202, "it runs\n");
  }
  if (outcome.status == PROCESS_COMPLETE && outcome.exitCode == 0) {
    return Response.of(200, "text/plain; charset=utf-8", outcome.stdout);
  }
  return outcome.error.length > 0
    ? Response.text(502, `${outcome.error}\n`)
    : Response.of(502, "text/plain; charset=utf-8", outcome.stderr);
}

function cancel(request: Request): Response {
  return cancelProgram(idOf(request))
    ? new Response(204)
    : Response.text(404, "nothing of that id runs\n");
}

function pending(_request: Request): Response {
  return Response.text(200, `${pendingPrograms()}\n`);
}

/** 0, which names no job, for what is no number. */
function idOf(request: Request): u32 {
  const text = request.param("id");
  let id: u64 = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || i > 9) return 0;
    id = id * 10 + digit;
  }
  return id > <u64> u32.MAX_VALUE ? 0 : <u32> id;
}

/**
 * The statements of a SQL text.
 *
 * @module
 */

import { SqlScanner, type TokenKind } from "./sql_scanner.ts";

/** One statement, and what the host has to know of it before SQLite sees it. */
export interface SqlStatement {
  /** The statement with its semicolon, if it has one. */
  readonly text: string;
  /** Where its last token ends, not counting the semicolon. */
  readonly bodyEnd: number;
  /** What it does, in upper case: `SELECT` also behind `WITH`. Empty without a word. */
  readonly keyword: string;
  /** Whether it starts with `EXPLAIN`. */
  readonly explained: boolean;
  /** Absent for one query, and for what is none. */
  readonly compound?: Compound;
  /** Parameters as they are written, in their order, with repeats. */
  readonly variables: readonly string[];
  /** What follows `RETURNING`. */
  readonly returning?: ReturningList;
}

/** Several queries in one. */
export interface Compound {
  /** Where the first one starts in the statement's text. */
  readonly start: number;
  /** Where the last one ends: before `ORDER BY` and `LIMIT` of them all. */
  readonly end: number;
  /** What stands before the last one: `UNION`, `UNION ALL`, `EXCEPT`, `INTERSECT`. */
  readonly operator: string;
}

/** The list behind `RETURNING`. */
export interface ReturningList {
  /** Where it starts in the statement's text. */
  readonly start: number;
  /** The expressions between the commas, without the names behind `AS`. */
  readonly items: readonly string[];
  /** The same without the names that stand there without `AS`, as far as tokens tell. */
  readonly bare: readonly string[];
}

const WRITES = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE"]);
const COMPOUNDS = new Set(["UNION", "EXCEPT", "INTERSECT"]);

/** Words behind which an operand follows, and no name. */
const OPERATORS = new Set(
  "AND BETWEEN COLLATE ESCAPE EXISTS FROM GLOB IN IS LIKE MATCH NOT OR REGEXP"
    .split(" "),
);
/** Words that end an expression, and name nothing. */
const ENDS = new Set(["END", "ISNULL", "NOTNULL"]);

/** Whether a statement inserts, updates or deletes rows. */
export function writesRows({ keyword, explained }: SqlStatement): boolean {
  return !explained && WRITES.has(keyword);
}

/** Whether a statement makes a table with the columns of a query. */
export function makesTableOfQuery(
  { keyword, explained, text }: SqlStatement,
): boolean {
  if (keyword !== "CREATE" || explained) return false;
  const scanner = new SqlScanner(text);
  let isTable = false;
  for (let kind = scanner.next(); kind !== undefined; kind = scanner.next()) {
    const word = kind === "word" ? scanner.text.toUpperCase() : "";
    if (word === "TABLE") isTable = true;
    // Columns, the events of a trigger, the values of an index.
    if (kind === "open") return false;
    if (word === "AS") return isTable;
  }
  return false;
}

/** Whether columns come out of a statement, for an answer or for a table. */
export function namesColumns(statement: SqlStatement): boolean {
  if (statement.explained) return true;
  if (statement.keyword === "CREATE") return makesTableOfQuery(statement);
  return !writesRows(statement) || statement.returning !== undefined;
}

/**
 * Splits a text at the semicolons that end a statement, the way SQLite does:
 * those in a trigger's body don't. Statements of nothing but blanks and
 * comments are left out.
 */
export function splitSql(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const scanner = new SqlScanner(sql);
  for (let from = 0;; from = scanner.end) {
    const reader = new StatementReader(sql, from, scanner);
    const closed = reader.read();
    const statement = reader.finish();
    if (statement !== undefined) statements.push(statement);
    if (!closed) return statements;
  }
}

class StatementReader {
  readonly #sql: string;
  readonly #from: number;
  readonly #scanner: SqlScanner;
  #bodyEnd: number;
  #end: number;
  #head: "start" | "explain" | "plan" | "create" | "with" | "done" = "start";
  #keyword = "";
  #explained = false;
  #trigger = false;
  #depth = 0;
  /** Whether the token before closed the last open parenthesis. */
  #closed = false;
  readonly #variables: string[] = [];
  #keywordStart = 0;
  /** The last operator between queries, and where they all end. */
  #operator: string | undefined;
  #queriesEnd: number | undefined;
  /** The word before, outside of parentheses. */
  #before = "";
  #returning: { start: number; items: string[]; bare: string[] } | undefined;
  #itemStart = 0;
  #itemEnd: number | undefined;
  /** Where the last token of the item starts, if that can be its name. */
  #nameStart: number | undefined;
  /** Where the text of a blob would start, behind its letter. */
  #blobStart: number | undefined;
  /** Whether an operand of the item ends with the token before. */
  #operand = false;

  constructor(sql: string, from: number, scanner: SqlScanner) {
    this.#sql = sql;
    this.#from = this.#bodyEnd = this.#end = from;
    this.#scanner = scanner;
  }

  /** Reads to the end of the statement: `true` when that is a semicolon. */
  read(): boolean {
    const scanner = this.#scanner;
    let before: TokenKind | "END" | undefined;
    for (let kind = scanner.next(); kind !== undefined; kind = scanner.next()) {
      if (kind === "semicolon" && (!this.#trigger || before === "END")) {
        this.#end = scanner.end;
        return true;
      }
      // A trigger ends in `; END ;`, where END can't belong to a CASE.
      before = before === "semicolon" && this.#word(kind) === "END"
        ? "END"
        : kind;
      this.#take(kind);
      this.#bodyEnd = this.#end = scanner.end;
    }
    return false;
  }

  finish(): SqlStatement | undefined {
    const from = this.#from;
    if (this.#bodyEnd === from) return undefined;
    this.#endItem(this.#bodyEnd);
    const list = this.#returning;
    return {
      text: this.#sql.slice(from, this.#end),
      bodyEnd: this.#bodyEnd - from,
      keyword: this.#keyword,
      explained: this.#explained,
      variables: this.#variables,
      ...this.#operator === undefined ? {} : {
        compound: {
          start: this.#keywordStart - from,
          end: (this.#queriesEnd ?? this.#bodyEnd) - from,
          operator: this.#operator,
        },
      },
      ...list === undefined ? {} : { returning: list },
    };
  }

  #take(kind: TokenKind): void {
    if (kind === "variable") this.#variables.push(this.#scanner.text);
    else if (kind === "open") this.#depth++;
    else if (kind === "close") this.#depth--;
    if (this.#depth === 0) {
      if (this.#head !== "done") this.#takeHead(kind);
      else this.#takeBody(kind);
    }
    this.#closed = kind === "close" && this.#depth === 0;
  }

  /** The words that tell what the statement is. */
  #takeHead(kind: TokenKind): void {
    const word = this.#word(kind);
    switch (this.#head) {
      case "explain":
        if (word === "QUERY") {
          this.#head = "plan";
          return;
        }
        break;
      case "plan":
        this.#head = "start";
        return;
      case "create":
        if (word === "TEMP" || word === "TEMPORARY") return;
        this.#trigger = word === "TRIGGER";
        this.#head = "done";
        return;
      case "with":
        // What is declared ends in a parenthesis; a comma or the rest follows.
        if (!this.#closed || word === "" || word === "AS") return;
        break;
    }
    if (word === "EXPLAIN" && !this.#explained) {
      this.#explained = true;
      this.#head = "explain";
    } else if (word === "WITH") this.#head = "with";
    else {
      this.#keyword = word;
      this.#keywordStart = this.#scanner.start;
      this.#head = word === "CREATE" ? "create" : "done";
    }
  }

  /** What stands outside of all parentheses behind the head. */
  #takeBody(kind: TokenKind): void {
    if (this.#returning !== undefined) {
      if (kind === "comma") this.#endItem(this.#scanner.start);
      else if (this.#word(kind) === "AS") this.#itemEnd = this.#scanner.start;
      else this.#takeItem(kind);
      return;
    }
    const word = this.#word(kind);
    if (COMPOUNDS.has(word)) this.#operator = word;
    else if (word === "ALL" && this.#before === "UNION") {
      this.#operator = "UNION ALL";
    } else if (word === "ORDER" || word === "LIMIT") {
      this.#queriesEnd ??= this.#scanner.start;
    } else if (
      WRITES.has(this.#keyword) && word === "RETURNING"
    ) {
      this.#itemStart = this.#scanner.end;
      this.#returning = {
        start: this.#itemStart - this.#from,
        items: [],
        bare: [],
      };
    }
    this.#before = word;
  }

  /** A token of an item: an identifier right behind an operand can only be its name. */
  #takeItem(kind: TokenKind): void {
    const word = this.#word(kind);
    // x'41' is one literal, in two tokens.
    const { start, end } = this.#scanner;
    const isBlob = kind === "quoted" && start === this.#blobStart;
    this.#blobStart = word === "X" ? end : undefined;
    if (isBlob) {
      this.#nameStart = undefined;
      return;
    }
    const isName = (kind === "word" || kind === "quoted") &&
      !OPERATORS.has(word) && !ENDS.has(word);
    this.#nameStart = isName && this.#operand ? this.#scanner.start : undefined;
    this.#operand = kind !== "other" && kind !== "open" && kind !== "star" &&
      !OPERATORS.has(word);
  }

  #endItem(end: number): void {
    const item = (to: number): string =>
      this.#sql.slice(this.#itemStart, to).trim();
    this.#returning?.items.push(item(this.#itemEnd ?? end));
    this.#returning?.bare.push(item(this.#itemEnd ?? this.#nameStart ?? end));
    this.#itemStart = this.#scanner.end;
    this.#itemEnd = this.#nameStart = undefined;
    this.#operand = false;
  }

  /** The word that was read, in upper case, or nothing: none in use is longer than 9. */
  #word(kind: TokenKind): string {
    const { start, end } = this.#scanner;
    return kind === "word" && end - start <= 9
      ? this.#sql.slice(start, end).toUpperCase()
      : "";
  }
}

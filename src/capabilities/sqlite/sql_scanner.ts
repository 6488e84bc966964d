/**
 * The tokens of SQL, as far as the host has to tell them apart: SQLite itself
 * does all of the parsing.
 *
 * @module
 */

/** Kinds of token. Blanks and comments are none. */
export type TokenKind =
  | "word"
  | "quoted"
  | "variable"
  | "semicolon"
  | "open"
  | "close"
  | "comma"
  | "star"
  | "other";

/** Reads SQL token by token. */
export class SqlScanner {
  readonly #sql: string;
  /** Where the token that was read last starts. */
  start = 0;
  /** Where it ends. */
  end = 0;

  /** Starts before the first token. */
  constructor(sql: string) {
    this.#sql = sql;
  }

  /** The text of the token that was read last. */
  get text(): string {
    return this.#sql.slice(this.start, this.end);
  }

  /** The kind of the next token; `undefined` at the end. */
  next(): TokenKind | undefined {
    const sql = this.#sql;
    this.#skipBlanks();
    const start = this.start = this.end;
    if (start >= sql.length) return undefined;
    this.end = start + 1;
    const char = sql[start] ?? "";
    switch (char) {
      case ";":
        return "semicolon";
      case "(":
        return "open";
      case ")":
        return "close";
      case ",":
        return "comma";
      case "*":
        return "star";
      case "'":
      case '"':
      case "`":
        this.#skipQuoted(char);
        return "quoted";
      case "[":
        this.#skipPast("]");
        return "quoted";
      case "?":
        while (isDigit(sql.charCodeAt(this.end))) this.end++;
        return "variable";
      case "$":
      case "@":
      case ":":
      case "#":
        this.#skipVariable();
        return "variable";
    }
    if (!isWordPart(sql.charCodeAt(start))) return "other";
    // Numbers pass as words: what matters is that no variable starts in one.
    while (isWordPart(sql.charCodeAt(this.end))) this.end++;
    return "word";
  }

  #skipBlanks(): void {
    const sql = this.#sql;
    for (;;) {
      const code = sql.charCodeAt(this.end);
      // 0xfeff: SQLite takes a byte order mark for a blank, but not in a word.
      if (code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xfeff) {
        this.end++;
      } else if (code === 0x2d && sql.charCodeAt(this.end + 1) === 0x2d) {
        this.#skipPast("\n");
      } else if (code === 0x2f && sql.charCodeAt(this.end + 1) === 0x2a) {
        this.end += 2;
        this.#skipPast("*/");
      } else return;
    }
  }

  #skipPast(mark: string): void {
    const found = this.#sql.indexOf(mark, this.end);
    this.end = found === -1 ? this.#sql.length : found + mark.length;
  }

  #skipQuoted(quote: string): void {
    do this.#skipPast(quote); while (
      this.#sql[this.end] === quote && this.end++ > 0
    );
  }

  /** `:name`, `@name`, `$name`, `#name`, also in the form of Tcl: `$a::b(c)`. */
  #skipVariable(): void {
    const sql = this.#sql;
    for (let named = false;; this.end++) {
      const code = sql.charCodeAt(this.end);
      if (isWordPart(code)) named = true;
      else if (code === 0x28 && named) {
        while (
          this.end < sql.length && !/[\t-\r )]/.test(sql[this.end] ?? "")
        ) {
          this.end++;
        }
        if (sql[this.end] === ")") this.end++;
        return;
      } else if (code === 0x3a && sql.charCodeAt(this.end + 1) === 0x3a) {
        this.end++;
      } else return;
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Letters, digits, `_`, `$` and everything beyond ASCII, as SQLite has it. */
function isWordPart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) ||
    isDigit(code) || code === 0x5f || code === 0x24 || code >= 0x80;
}

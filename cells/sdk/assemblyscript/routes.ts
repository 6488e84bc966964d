/**
 * Which registered pattern a path belongs to. The host chose already, by the
 * same rule, but an event does not say which one it took.
 */

const LITERAL: i32 = 2;
const NAMED: i32 = 1;
const REST: i32 = 0;

export class Routes {
  private methods: string[] = [];
  private patterns: string[][] = [];

  add(method: string, pattern: string): void {
    this.methods.push(method);
    this.patterns.push(segmentsOf(pattern));
  }

  /** The index of the most specific pattern; -1 when none fits. */
  find(method: string, path: string): i32 {
    const segments = segmentsOf(path);
    let best = -1;
    for (let i = 0; i < this.methods.length; i++) {
      if (this.methods[i] != method) continue;
      if (!fits(this.patterns[i], segments)) continue;
      if (best < 0 || precedes(this.patterns[i], this.patterns[best])) best = i;
    }
    return best;
  }
}

function segmentsOf(path: string): string[] {
  return (path.startsWith("/") ? path.substring(1) : path).split("/");
}

function weight(segment: string): i32 {
  if (segment.startsWith("*")) return REST;
  return segment.startsWith(":") ? NAMED : LITERAL;
}

function fits(pattern: string[], segments: string[]): bool {
  for (let i = 0; i < pattern.length; i++) {
    const kind = weight(pattern[i]);
    if (kind == REST) return true;
    if (i >= segments.length) return false;
    if (kind == LITERAL && pattern[i] != segments[i]) return false;
  }
  return pattern.length == segments.length;
}

/** Whether the first segment in which they differ is more specific in `a`. */
function precedes(a: string[], b: string[]): bool {
  for (let i = 0; i < min(a.length, b.length); i++) {
    const difference = weight(a[i]) - weight(b[i]);
    if (difference != 0) return difference > 0;
  }
  return a.length < b.length;
}

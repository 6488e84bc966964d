/**
 * Hand-made modules for the instructions that need more around them than
 * values: control, calls, tables, references, exceptions, objects.
 *
 * @module
 */

import { signed } from "../output.ts";
import { body, custom, leb, moduleOf, section, text, vec } from "./binary.ts";
import type { Sample } from "./instruction_corpus.ts";

/** A sample, and the instructions in it as `valueSamples` names them. */
export interface ControlSample extends Sample {
  readonly covers: readonly string[];
}

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const EXNREF = 0x69;
const END = 0x0b;
const VOID = 0x40;

// Type indices of every sample.
const GIVES = 0; // [] -> [i32]
const MAPS = 1; // [i32] -> [i32]
const NOTHING = 2; // [] -> []
const CARRIES = 3; // [i32 i64] -> []
const STRUCT = 4;
const LARGER = 5; // a subtype of STRUCT
const BYTES = 6;
const INTS = 7;
const FUNCTIONS = 8;
const TWICE = 9; // [i32] -> [i32 i32]
const CAUGHT = 10; // [] -> [i32 i64 exnref]

const fields = [
  ...[0x78, 1, 0x77, 1, I32, 1, I64, 1, 0x7d, 1, V128, 1, 0x63, STRUCT, 1],
];
const types = section(
  1,
  vec(
    [0x60, 0, 1, I32],
    [0x60, 1, I32, 1, I32],
    [0x60, 0, 0],
    [0x60, 2, I32, I64, 0],
    [0x50, 0, 0x5f, 7, ...fields],
    [0x4f, 1, STRUCT, 0x5f, 8, ...fields, I32, 0],
    [0x5e, 0x78, 1],
    [0x5e, I32, 1],
    [0x5e, FUNCREF, 1],
    [0x60, 1, I32, 2, I32, I32],
    [0x60, 0, 3, I32, I64, EXNREF],
  ),
);

/** A function of a sample: its type, instructions and locals. */
type Function = readonly [
  type: number,
  code: readonly number[],
  locals?: readonly number[],
];

/**
 * A module with two tables of functions and one of anything, a memory, a tag,
 * globals, and segments of every kind. Functions 0 to 2 are fixed; each of
 * `functions` is exported.
 */
function sampleOf(
  name: string,
  covers: string,
  functions: readonly Function[],
): ControlSample {
  const all: readonly Function[] = [
    [MAPS, [0x20, 0, ...const32(2), 0x6c]],
    [MAPS, [0x20, 0, ...const32(7), 0x6a]],
    [GIVES, const32(5)],
    ...functions,
  ];
  const func = (index: number): number[] => [0xd2, index, END];
  const bytes = moduleOf(
    types,
    section(3, vec(...all.map(([type]) => [type]))),
    section(
      4,
      vec(
        [FUNCREF, 0, 8],
        [EXTERNREF, 1, 4, 9],
        [0x40, 0, 0x63, MAPS, 1, 2, 4, 0xd0, MAPS, END],
      ),
    ),
    section(5, vec([1, 1, 3])),
    section(13, vec([0, CARRIES])),
    section(
      6,
      vec(
        [I32, 1, ...const32(3), END],
        [0x63, STRUCT, 1, 0xfb, 1, STRUCT, END],
        [0x63, BYTES, 0, ...const32(5), 0xfb, 7, BYTES, END],
        [0x63, INTS, 0, ...const32(4), ...const32(9), 0xfb, 8, INTS, 2, END],
      ),
    ),
    section(
      7,
      vec(
        ...functions.map((_, index) => [
          ...text(`f${index}`),
          ...[0, ...leb(index + 3)],
        ]),
        [...text("memory"), 2, 0],
        [...text("table"), 1, 0],
        [...text("global"), 3, 0],
      ),
    ),
    section(
      9,
      vec(
        [0, ...const32(0), END, 3, 0, 1, 2],
        [1, 0, 2, 0, 1],
        [5, FUNCREF, 2, ...func(1), 0xd0, FUNCREF, END],
        [3, 0, 3, 0, 1, 2],
      ),
    ),
    section(12, leb(2)),
    section(10, vec(...all.map(([, code, locals]) => body(code, locals)))),
    section(
      11,
      vec(
        [0, ...const32(0), END, ...text("some bytes to begin with")],
        [1, ...text("and some to be copied later")],
      ),
    ),
    custom("note", [1, 2, 3]),
  );
  return { name, bytes, covers: covers.split(",").map((each) => each.trim()) };
}

function const32(value: number): number[] {
  return [0x41, ...signed(value)];
}

const loopTenTimes = (inner: readonly number[]): number[] => [
  ...[0x03, VOID, ...inner],
  ...[0x20, 0, ...const32(1), 0x6a, 0x22, 0, ...const32(10), 0x48],
  ...[0x0d, 0, END],
];
const oneInt = [1, 1, I32];

/** Every sample. */
export function controlSamples(): ControlSample[] {
  return [
    control(),
    calls(),
    tables(),
    references(),
    objects(),
    arrays(),
    casts(),
    oldExceptions(),
    newExceptions(),
  ];
}

function control(): ControlSample {
  return sampleOf(
    "control",
    "0,1,2,3,4,5,b,c,d,e,f,1a,1b,1c,20,21,22,23,24,41,42,43,44,3f,40,fd c",
    [
      [GIVES, [0x00]],
      // A sum in a loop, with a global.
      [
        GIVES,
        [
          ...loopTenTimes([0x23, 0, 0x20, 0, 0x6a, 0x24, 0]),
          ...[0x01, 0x23, 0],
        ],
        oneInt,
      ],
      // A loop with a parameter and two results; a branch out of it.
      [
        GIVES,
        [
          ...[...const32(1), 0x03, TWICE, ...const32(3), 0x6c, 0x22, 0],
          ...[0x20, 0, ...const32(900), 0x48, 0x04, VOID, 0x20, 0, 0x0c, 1],
          ...[END, 0x20, 0, END, 0x6a],
        ],
        oneInt,
      ],
      // A table of branches out of nested blocks.
      [
        GIVES,
        [
          ...[0x02, VOID, 0x02, VOID, 0x02, VOID, 0x23, 0],
          ...[0x0e, 2, 0, 1, 0x82, 0x80, 0x80, 0x00, END],
          ...[...const32(10), 0x0f, END, ...const32(20), 0x0f, END],
          ...const32(30),
        ],
      ],
      [
        GIVES,
        [
          ...[...const32(1), ...const32(2), 0x23, 0, 0x1b, 0x1a],
          ...[...const32(1), ...const32(2), 0x23, 0, 0x1c, 1, I32],
        ],
      ],
      [GIVES, [0x02, I32, ...const32(4), 0x0c, 0, 0x00, END]],
      // Code that is never reached, with loops and calls in it.
      [
        GIVES,
        [
          ...[...const32(6), 0x0f, 0x03, VOID, 0x0c, 0, END, 0x00],
          ...[0x10, 2, 0x1a, ...const32(1), 0x40, 0],
        ],
      ],
      [GIVES, [0x42, ...signed(-(1n << 63n)), 0x1a, ...const32(1)]],
      [
        GIVES,
        [
          ...[0x43, 0, 0, 0x80, 0x3f, 0x1a, 0x44, 0, 0, 0, 0, 0, 0, 0, 0x40],
          ...[0x1a, 0xfd, 0x0c, ...Array<number>(16).fill(0x0b), 0x1a],
          ...[0x3f, 0, ...const32(1), 0x40, 0, 0x6a, 0x3f, 0, 0x6a],
          ...[...const32(5), 0x40, 0, 0x6a],
        ],
      ],
    ],
  );
}

function calls(): ControlSample {
  const self = 7;
  return sampleOf("calls", "10,11,12,13,14,15,d2", [
    [GIVES, [...const32(4), 0x10, 0, 0x10, 0x81, 0x80, 0x00]],
    [
      GIVES,
      loopTenTimes([]).concat(...[0x20, 0, ...const32(1), 0x11, 1, 0]),
      oneInt,
    ],
    [GIVES, [...const32(3), ...const32(0), 0x13, MAPS, 0]],
    [GIVES, [...const32(3), 0xd2, 1, 0x14, MAPS]],
    // Recursion: 2 * n by adding.
    [
      MAPS,
      [
        ...[0x20, 0, 0x45, 0x04, I32, ...const32(0), 0x05],
        ...[0x20, 0, ...const32(1), 0x6b, 0x10, self, ...const32(2), 0x6a, END],
      ],
    ],
    [GIVES, [...const32(50), 0x10, self]],
    [GIVES, [...const32(8), 0x12, 0]],
    [GIVES, [...const32(8), 0xd2, 0, 0x15, MAPS]],
    [GIVES, [...const32(7), 0x11, GIVES, 0]], // Nothing there.
    [GIVES, [...const32(0), 0x11, GIVES, 0]], // Another type.
    // A loop by tail calls, deeper than any stack.
    [
      MAPS,
      [
        ...[0x20, 0, 0x45, 0x04, VOID, ...const32(77), 0x0f, END],
        ...[0x20, 0, ...const32(1), 0x6b, 0x12, 13],
      ],
    ],
    [GIVES, [...const32(300_000), 0x10, 13]],
  ]);
}

function tables(): ControlSample {
  return sampleOf(
    "tables and segments",
    "25,26,fc 8,fc 9,fc a,fc b,fc c,fc d,fc e,fc f,fc 10,fc 11,d1",
    [
      [
        GIVES,
        [
          ...[...const32(3), ...const32(1), 0x25, 0, 0x26, 0],
          ...[...const32(9), ...const32(3), 0x11, MAPS, 0],
        ],
      ],
      // memory.init, .fill, .copy, data.drop, and init after the drop.
      [
        GIVES,
        [
          ...[...const32(100), ...const32(2), ...const32(9), 0xfc, 8, 1, 0],
          ...[...const32(200), ...const32(7), ...const32(20), 0xfc, 0xb, 0],
          ...[...const32(202), ...const32(100), ...const32(5)],
          ...[0xfc, 0xa, 0, 0, 0xfc, 9, 1, ...const32(204), 0x2d, 0, 0],
        ],
      ],
      [
        GIVES,
        [
          ...[...const32(0), ...const32(0), ...const32(9)],
          ...[0xfc, 8, 1, 0, ...const32(1)],
        ],
      ],
      // table.init, .copy, .fill, .grow, .size, elem.drop.
      [
        GIVES,
        [
          ...[...const32(4), ...const32(0), ...const32(2), 0xfc, 0xc, 1, 0],
          ...[...const32(6), ...const32(4), ...const32(2), 0xfc, 0xe, 0, 0],
          ...[...const32(5), 0xd2, 1, ...const32(1), 0xfc, 0x11, 0],
          ...[0xfc, 0xd, 1, 0xd2, 0, ...const32(3), 0xfc, 0xf, 0],
          ...[0xfc, 0x10, 0, 0x6a],
          ...[...const32(11), ...const32(5), 0x11, MAPS, 0, 0x6a],
        ],
      ],
      [
        GIVES,
        [
          ...[0xd0, EXTERNREF, ...const32(9), 0xfc, 0xf, 1],
          ...[0xd0, EXTERNREF, ...const32(2), 0xfc, 0xf, 1, 0x6a],
          ...[0xfc, 0x10, 1, 0x6a, ...const32(1), 0x25, 1, 0xd1, 0x6a],
        ],
      ],
    ],
  );
}

function references(): ControlSample {
  return sampleOf("references", "d0,d1,d2,d3,d4,d5,d6,1c", [
    [GIVES, [0xd0, 0xf0, 0x7f, 0xd1]],
    [GIVES, [0xd2, 0, 0xd1]],
    [GIVES, [0xd0, 0x6d, 0xd0, 0x6d, 0xd3]],
    [GIVES, [0xd0, MAPS, 0xd4, 0x1a, ...const32(1)]],
    [GIVES, [
      0x02,
      VOID,
      0xd0,
      MAPS,
      0xd5,
      0,
      0x1a,
      ...const32(1),
      0x0f,
      END,
      ...const32(2),
    ]],
    [
      GIVES,
      [
        ...[0x02, 0x64, MAPS, 0xd2, 0, 0xd6, 0, ...const32(3), 0x0f, END],
        ...[0x1a, ...const32(4)],
      ],
    ],
    [
      GIVES,
      [
        ...[0xd0, MAPS, 0xd2, 1, 0x23, 0, 0x1c, 1, 0x63, MAPS, 0xd1],
      ],
    ],
  ]);
}

function objects(): ControlSample {
  const structLocal = [1, 1, 0x63, STRUCT];
  return sampleOf("structs", "fb 0,fb 1,fb 2,fb 3,fb 4,fb 5", [
    [
      GIVES,
      [
        ...[0xfb, 1, STRUCT, 0x22, 0, ...const32(-3), 0xfb, 5, STRUCT, 0],
        ...[0x20, 0, 0xfb, 3, STRUCT, 0, 0x20, 0, 0xfb, 4, STRUCT, 0, 0x6c],
      ],
      structLocal,
    ],
    [
      GIVES,
      [
        ...[...const32(1), ...const32(2), ...const32(300)],
        ...[0x42, 4, 0x43, 0, 0, 0, 0x40],
        ...[0xfd, 0x0c, ...Array.from({ length: 16 }, (_, i) => i)],
        ...[0xd0, STRUCT, 0xfb, 0, STRUCT, 0xfb, 2, STRUCT, 2],
      ],
    ],
    [GIVES, [0xd0, STRUCT, 0xfb, 2, STRUCT, 2]],
    // A thousand structs in a list.
    [
      GIVES,
      [
        ...[0x03, VOID, 0xfb, 1, STRUCT, 0x22, 1, 0x20, 2, 0xfb, 5, STRUCT, 6],
        ...[0x20, 1, 0x21, 2, 0x20, 0, ...const32(1), 0x6a, 0x22, 0],
        ...[...const32(1000), 0x48, 0x0d, 0, END],
        ...[0x20, 2, 0xfb, 2, STRUCT, 6, 0xd1],
      ],
      [2, 1, I32, 2, 0x63, STRUCT],
    ],
  ]);
}

function arrays(): ControlSample {
  const bytesLocal = [1, 1, 0x63, BYTES];
  const intsLocal = [1, 1, 0x63, INTS];
  return sampleOf(
    "arrays",
    "fb 6,fb 7,fb 8,fb 9,fb a,fb b,fb c,fb d,fb e,fb f,fb 10,fb 11,fb 12,fb 13",
    [
      [
        GIVES,
        [
          ...[...const32(-9), ...const32(12), 0xfb, 6, BYTES, 0x22, 0],
          ...[...const32(3), 0xfb, 0xc, BYTES],
          ...[0x20, 0, ...const32(3), 0xfb, 0xd, BYTES, 0x6c],
          ...[0x20, 0, 0xfb, 0xf, 0x6a],
        ],
        bytesLocal,
      ],
      [
        GIVES,
        [
          ...[...const32(8), 0xfb, 7, INTS, 0x22, 0],
          ...[...const32(2), ...const32(55), 0xfb, 0xe, INTS],
          ...[0x20, 0, ...const32(4), ...const32(6), ...const32(3)],
          ...[0xfb, 0x10, INTS, 0x20, 0, ...const32(0), 0x20, 0],
          ...[...const32(2), ...const32(4), 0xfb, 0x11, INTS, INTS],
          ...[0x20, 0, ...const32(0), 0xfb, 0xb, INTS],
          ...[0x20, 0, ...const32(2), 0xfb, 0xb, INTS, 0x6a],
        ],
        intsLocal,
      ],
      [
        GIVES,
        [
          ...[...const32(7), ...const32(8), ...const32(9), 0xfb, 8, INTS, 3],
          ...[...const32(1), 0xfb, 0xb, INTS],
        ],
      ],
      [
        GIVES,
        [
          ...[...const32(4), ...const32(8), 0xfb, 9, BYTES, 1, 0x22, 0],
          ...[
            ...const32(0),
            ...const32(1),
            ...const32(3),
            0xfb,
            0x12,
            BYTES,
            1,
          ],
          ...[0x20, 0, ...const32(1), 0xfb, 0xd, BYTES],
        ],
        bytesLocal,
      ],
      [
        GIVES,
        [
          ...[...const32(0), ...const32(2), 0xfb, 0xa, FUNCTIONS, 2, 0x22, 0],
          ...[...const32(0), ...const32(0), ...const32(2)],
          ...[0xfb, 0x13, FUNCTIONS, 2],
          ...[0x20, 0, ...const32(1), 0xfb, 0xb, FUNCTIONS, 0xd1],
        ],
        [1, 1, 0x63, FUNCTIONS],
      ],
      [GIVES, [
        0x23,
        2,
        0xfb,
        0xf,
        0x23,
        3,
        ...const32(1),
        0xfb,
        0xb,
        INTS,
        0x6a,
      ]],
    ],
  );
}

function casts(): ControlSample {
  const ANY = 0x6e;
  const I31 = 0x6c;
  return sampleOf(
    "casts",
    "fb 14,fb 15,fb 16,fb 17,fb 18,fb 19,fb 1a,fb 1b,fb 1c,fb 1d,fb 1e",
    [
      [GIVES, [0xfb, 1, LARGER, 0xfb, 0x14, LARGER]],
      [GIVES, [0x23, 1, 0xfb, 0x15, LARGER]],
      [GIVES, [0x23, 1, 0xfb, 0x16, STRUCT, 0xfb, 2, STRUCT, 2]],
      [GIVES, [0x23, 1, 0xfb, 0x17, LARGER, 0x1a, ...const32(1)]], // Traps.
      [GIVES, [...const32(-5), 0xfb, 0x1c, 0xfb, 0x1d]],
      [GIVES, [...const32(-5), 0xfb, 0x1c, 0xfb, 0x1e]],
      [
        GIVES,
        [
          ...[...const32(9), 0xfb, 0x1c, 0xfb, 0x1b, 0xfb, 0x1a],
          ...[0xfb, 0x16, I31, 0xfb, 0x1d],
        ],
      ],
      [
        GIVES,
        [
          ...[0x02, 0x64, I31, ...const32(3), 0xfb, 0x1c],
          ...[0xfb, 0x18, 0x01, 0, ANY, I31, 0x1a, ...const32(-1), 0x0f, END],
          ...[0xfb, 0x1e],
        ],
      ],
      [
        GIVES,
        [
          ...[0x02, 0x63, ANY, ...const32(3), 0xfb, 0x1c],
          ...[0xfb, 0x19, 0x01, 0, ANY, STRUCT],
          ...[0xfb, 2, STRUCT, 2, 0x0f, END, 0x1a, ...const32(12)],
        ],
      ],
    ],
  );
}

function oldExceptions(): ControlSample {
  return sampleOf("legacy exceptions", "6,7,8,9,18,19", [
    [
      GIVES,
      [
        ...[0x06, I32, ...const32(11), 0x42, 4, 0x08, 0, 0x07, 0, 0xa7, 0x6a],
        ...[0x19, ...const32(-1), END],
      ],
    ],
    // A rethrow in a loop, caught outside, ten times.
    [
      GIVES,
      [
        ...loopTenTimes([
          ...[0x06, VOID, 0x06, VOID, 0x20, 0, 0x42, 1, 0x08, 0],
          ...[0x19, 0x09, 0, END, 0x07, 0, 0x1a, 0x24, 0, END],
        ]),
        ...[0x23, 0],
      ],
      oneInt,
    ],
    [
      GIVES,
      [
        ...[0x06, I32, 0x06, VOID, ...const32(5), 0x42, 0, 0x08, 0, 0x18, 0],
        ...[...const32(1), 0x19, ...const32(2), END],
      ],
    ],
    [GIVES, [...const32(1), 0x42, 2, 0x08, 0]], // Nobody catches it.
    // A trap is not caught.
    [GIVES, [0x06, I32, 0x00, 0x19, ...const32(1), END]],
  ]);
}

function newExceptions(): ControlSample {
  const thrown = [...const32(6), 0x42, 1, 0x08, 0];
  return sampleOf("exceptions", "8,a,1f", [
    [
      GIVES,
      [
        ...[0x02, VOID, 0x1f, VOID, 1, 2, 0, ...thrown, END, END],
        ...const32(21),
      ],
    ],
    [
      GIVES,
      [
        ...[0x02, CAUGHT, 0x1f, VOID, 1, 1, 0, 0, ...thrown, END, 0x00, END],
        ...[0x1a, 0xa7, 0x6a],
      ],
    ],
    [
      GIVES,
      [
        // catch_all_ref, then thrown again and caught by its tag.
        ...[0x02, VOID, 0x02, EXNREF, 0x1f, VOID, 1, 3, 0, ...thrown, END],
        ...[0x00, END, 0x21, 0, 0x1f, VOID, 1, 2, 0, 0x20, 0, 0x0a, END, END],
        ...const32(33),
      ],
      [1, 1, EXNREF],
    ],
    [
      GIVES,
      [
        ...[0x02, VOID, 0x1f, I32, 1, 2, 0, ...const32(8), END, 0x0f, END],
        ...const32(9),
      ],
    ],
    [GIVES, thrown],
    [NOTHING, [0x1f, VOID, 1, 2, 0, 0x00, END]], // A trap is not caught.
  ]);
}

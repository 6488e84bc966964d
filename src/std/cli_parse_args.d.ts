export interface ParseOptions {
  readonly "--"?: boolean;
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly boolean?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  readonly stopEarly?: boolean;
  readonly string?: readonly string[];
  readonly collect?: readonly string[];
  readonly negatable?: readonly string[];
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export type Args = {
  readonly [key: string]: unknown;
  readonly _: readonly (string | number)[];
  readonly "--"?: readonly string[];
};
export function parseArgs(
  args: readonly string[],
  options?: ParseOptions,
): Args;

/**
 * The cells of a host: who is there, who did not come up, and who is linked to
 * whom.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { didYouMean } from "../nearest.ts";
import type { CellPlan } from "./cell_plan.ts";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import { Links } from "./links.ts";
import { Member, type MemberOptions } from "./member.ts";

/** What is the same for all cells of a host. */
export type RosterOptions = Pick<
  MemberOptions,
  "env" | "program" | "inbound" | "logger"
>;

/** Why a cell was not started: something that it needs is not there. */
export class FailedNeedError extends PulpError {
  /** The cell that is not there. */
  readonly needed: string;

  /** Makes the error for `cell`. */
  constructor(cell: string, needed: string) {
    super("host", `Cannot start cell "${cell}": "${needed}" failed`);
    this.name = "FailedNeedError";
    this.needed = needed;
  }
}

/** The error of who comes when the host has begun to shut down. */
export function shuttingDown(): PulpError {
  return new PulpError("closed", "Cannot go on: the host shuts down");
}

/** The cells of one host. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #logger: Logger;
  readonly #links: Links;
  /** In the order in which they start. */
  readonly #members = new Map<string, Member>();
  /** Cells that did not come up, and why. */
  readonly #failed = new Map<string, unknown>();
  readonly #deadlines = new DeadlineKeeper();
  #lostThreads = 0;
  #isStopping = false;

  /** Starts nothing yet. */
  constructor(specs: readonly CellSpec[], options: RosterOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#links = new Links(specs);
  }

  /** The manifests of the set, as they are now. */
  specs(): readonly CellSpec[] {
    return this.#links.specs();
  }

  /** The cells, in the order in which they start. */
  members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /**
   * The cell of that name.
   *
   * @throws {PulpError} `usage` when there is none; `action` is what somebody
   * wanted to do to it
   */
  member(name: string, action: string): Member {
    const member = this.#members.get(name);
    if (member !== undefined) return member;
    const near = typeof name === "string"
      ? didYouMean(name, [...this.#members.keys()])
      : "";
    throw new PulpError(
      "usage",
      `Cannot ${action} cell "${name}": the host has no such cell${near}`,
    );
  }

  /**
   * Starts cells, one after the other.
   *
   * @throws {PulpError} `closed` when they are stopped meanwhile; otherwise the
   * reason of the first one when none came up
   */
  async start(plans: readonly CellPlan[]): Promise<void> {
    for (const plan of plans) {
      if (this.#isStopping) throw shuttingDown();
      await this.#bring(this.#add(plan));
    }
    if (this.#isStopping) throw shuttingDown();
    if (this.#failed.size === plans.length) {
      throw [...this.#failed.values()][0];
    }
    for (const member of this.#members.values()) member.drive();
  }

  /**
   * Puts cells in the place of those of the same names, one after the other.
   *
   * @returns those that are not what they were
   * @throws {PulpError} when one does not come up; all are as they were then
   */
  async replace(plans: readonly CellPlan[]): Promise<readonly Member[]> {
    const before = new Map<Member, CellPlan>();
    try {
      for (const plan of plans) {
        const member = this.member(plan.spec.name, "replace");
        const { plan: old } = member;
        if (old === plan) continue;
        this.#demandNeeds(member, plan.spec);
        await member.replace(plan);
        before.set(member, old);
      }
    } catch (error) {
      for (const [member, plan] of [...before].reverse()) {
        await member.replace(plan).catch((error) =>
          this.#logFailure(member.spec.name, error)
        );
      }
      throw error;
    }
    return [...before.keys()];
  }

  /** Takes note that a cell has come up, whatever it did before. */
  cameUp({ spec }: Member): void {
    this.#failed.delete(spec.name);
  }

  /**
   * Puts the cells into the order in which they would start now, and starts
   * those that did not come up because of one that runs by now.
   */
  async settle(set: readonly CellSpec[]): Promise<void> {
    for (const { name } of set) {
      const member = this.#members.get(name);
      this.#members.delete(name);
      if (member !== undefined) this.#members.set(name, member);
    }
    for (const [name, member] of this.#members) {
      if (!(this.#failed.get(name) instanceof FailedNeedError)) continue;
      if (this.#failedNeed(member.spec) !== undefined) continue;
      await this.#bring(member);
      member.drive();
    }
  }

  /** Shuts the cells down in reverse order; a start that is under way is ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const member of this.members().toReversed()) await member.stop();
  }

  #add(plan: CellPlan): Member {
    const { name } = plan.spec;
    const member = new Member(plan, {
      ...this.#options,
      links: () => this.#links.of(name),
      onManifest: (spec) => this.#relink(spec),
      onRing: (target) => this.#members.get(this.#links.name(target))?.ring(),
      onLate: () => this.#links.abandon(name),
      deadlines: this.#deadlines,
      onState: (state, gone) =>
        state === "ready"
          ? this.#links.open(name)
          : this.#links.close(name, gone),
      onGone: () => this.#links.gone(name),
      loseThread: () => this.#loseThread(name),
    });
    this.#members.set(name, member);
    return member;
  }

  /** Starts one cell, unless something that it needs failed. Never throws. */
  async #bring(member: Member): Promise<void> {
    const { name: cell, version } = member.spec;
    try {
      this.#demandNeeds(member, member.spec);
      await member.start();
    } catch (error) {
      if (this.#isStopping) {
        this.#logger.log("info", "cell start aborted", { cell });
        return;
      }
      this.#failed.set(cell, error);
      this.#logFailure(cell, error);
      return;
    }
    this.cameUp(member);
    this.#logger.log("info", "cell ready", { cell, version });
  }

  #logFailure(cell: string, error: unknown): void {
    if (error instanceof FailedNeedError) {
      const fields = { cell, failed_dep: error.needed };
      return this.#logger.log("error", "cell init aborted", fields);
    }
    const isInit = error instanceof PulpError && error.code === "init";
    const message = isInit ? "init failed" : "load failed";
    this.#logger.log("error", message, { cell, err: messageOf(error) });
  }

  /** One that runs without something may go on to. */
  #demandNeeds({ state }: Member, spec: CellSpec): void {
    const needed = this.#failedNeed(spec);
    if (needed === undefined || state === "ready") return;
    throw new FailedNeedError(spec.name, needed);
  }

  /** What a cell depends on and did not come up. What it only calls may be down. */
  #failedNeed({ dependsOn }: CellSpec): string | undefined {
    return dependsOn.find((name) => this.#failed.has(name));
  }

  /** A manifest is another one: the cells that it has to do with are told. */
  #relink(spec: CellSpec): void {
    for (const name of this.#links.replace(spec)) {
      this.#members.get(name)?.relink();
    }
  }

  #loseThread(cell: string): boolean {
    this.#lostThreads++;
    this.#logger.log("error", "thread given up", {
      cell,
      lost: this.#lostThreads,
      most: LIMITS.lostThreads,
    });
    return this.#lostThreads <= LIMITS.lostThreads;
  }
}

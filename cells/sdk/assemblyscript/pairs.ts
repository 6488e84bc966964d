/** Names with one string each: headers, query, route parameters. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";

export class Pairs {
  names: string[] = [];
  values: string[] = [];

  static read(reader: MsgpackReader): Pairs {
    const pairs = new Pairs();
    for (let n = reader.map(); n > 0 && !reader.failed; n--) {
      const name = reader.str();
      pairs.names.push(name);
      pairs.values.push(reader.str());
    }
    return pairs;
  }

  write(writer: MsgpackWriter): void {
    writer.map(this.names.length);
    for (let i = 0; i < this.names.length; i++) {
      writer.str(this.names[i]);
      writer.str(this.values[i]);
    }
  }

  /** The value of a name as it is written; `null` when absent. */
  get(name: string): string | null {
    const index = this.names.indexOf(name);
    return index < 0 ? null : this.values[index];
  }

  /** Sets a name, once. */
  set(name: string, value: string): void {
    const index = this.names.indexOf(name);
    if (index >= 0) {
      this.values[index] = value;
      return;
    }
    this.names.push(name);
    this.values.push(value);
  }
}

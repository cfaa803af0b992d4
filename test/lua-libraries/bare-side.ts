import { BareLua } from './bare-lua.ts';
import type { Side } from './comparison.ts';

/** A VM in this process. */
export class BareSide implements Side {
  readonly #lua = new BareLua();

  async run(script: string): Promise<Buffer> {
    const { ok, value } = this.#lua.run(script);
    if (!ok) throw new Error(value.toString('latin1'));
    return value;
  }

  async stop(): Promise<void> {}
}

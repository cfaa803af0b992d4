/** The part of the WebAssembly JavaScript interface that the Lua VM and the planner's probe use; Node's types leave it to the browser's library. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, (...args: number[]) => unknown>>;

  interface ImportDescriptor {
    readonly module: string;
    readonly name: string;
  }

  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): ImportDescriptor[];
  }

  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Record<string, unknown>;
  }

  class Memory {
    /** In pages of 64 KiB. */
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
    grow(by: number): number;
  }
}

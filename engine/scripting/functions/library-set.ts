import type { FunctionInfo, Library } from './library.ts';
import { functionErrors } from './library.ts';

/** A function as FCALL finds it. */
export interface FoundFunction {
  readonly info: FunctionInfo;
  readonly library: Library;
}

/** What RESTORE does with libraries that are there already. */
export type RestorePolicy = 'append' | 'replace' | 'flush';

/** All libraries: names of libraries are unique, and so are names of functions over all of them, whatever their case. */
export class LibrarySet {
  private readonly byName: Map<string, Library>;
  private readonly byFunction: Map<string, FoundFunction>;

  constructor(libraries: Iterable<Library> = []) {
    this.byName = new Map();
    this.byFunction = new Map();
    for (const library of libraries) this.link(library);
  }

  get libraries(): readonly Library[] {
    return [...this.byName.values()];
  }

  get libraryCount(): number {
    return this.byName.size;
  }

  get functionCount(): number {
    let count = 0;
    for (const { functions } of this.byName.values()) count += functions.length;
    return count;
  }

  library(name: string): Library | undefined {
    return this.byName.get(name);
  }

  function(name: string): FoundFunction | undefined {
    return this.byFunction.get(name.toLowerCase());
  }

  /** A new set with one more library; throws a ScriptError when it or one of its functions is there already. */
  with(library: Library, replace: boolean): LibrarySet {
    if (!replace && this.byName.has(library.name)) throw functionErrors.libraryExists(library.name);
    const others = this.libraries.filter(({ name }) => name !== library.name);
    const next = new LibrarySet(others);
    next.requireNew(library);
    next.link(library);
    return next;
  }

  /** A new set without one library; throws a ScriptError when it is not there. */
  without(name: string): LibrarySet {
    if (!this.byName.has(name)) throw functionErrors.libraryNotFound;
    return new LibrarySet(this.libraries.filter((library) => library.name !== name));
  }

  /** A new set with the libraries of another one; throws a ScriptError when one of them is there already and may not be replaced. */
  joined(other: LibrarySet, policy: RestorePolicy): LibrarySet {
    if (policy === 'flush') return other;
    if (policy === 'append')
      for (const { name } of other.libraries) if (this.byName.has(name)) throw functionErrors.restoredExists(name);
    const next = new LibrarySet(this.libraries.filter(({ name }) => !other.byName.has(name)));
    for (const library of other.libraries) next.requireNew(library);
    for (const library of other.libraries) next.link(library);
    return next;
  }

  private requireNew({ functions }: Library): void {
    for (const { name } of functions) if (this.function(name) !== undefined) throw functionErrors.functionExists(name);
  }

  private link(library: Library): void {
    this.byName.set(library.name, library);
    for (const info of library.functions) {
      const name = info.name.toLowerCase();
      if (!this.byFunction.has(name)) this.byFunction.set(name, { info, library });
    }
  }
}

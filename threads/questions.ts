import { CommandError } from '../engine/commands/errors.ts';

/** Questions to another thread that wait for their answers, by id. */
export class Questions {
  private readonly waiting: Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }> =
    new Map();
  private lastId = 0;

  /** @param send posts the question under the id it is given */
  ask(send: (id: number) => void): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  /** @param error text of an error reply, with its code */
  answer(id: number, value: unknown, error?: string): void {
    const question = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new CommandError(error));
  }
}

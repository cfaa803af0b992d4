import type { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import { ABSOLUTE_FROM_S } from './compare.ts';

const KEYS_PER_CLIENT = 20;

/** Arguments made to collide, overflow and confuse. One instance per client: its keys carry the client's prefix. */
export class Values {
  readonly #random: Random;
  readonly #prefix: string;

  constructor(random: Random, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  key(): string {
    return `${this.#prefix}k${this.#random.integer(0, KEYS_PER_CLIENT - 1)}`;
  }

  keys(most: number): string[] {
    return Array.from({ length: this.#random.integer(1, most) }, () => this.key());
  }

  database(): string {
    return this.#random.weighted<string>([
      ['0', 30],
      ['1', 20],
      ['2', 10],
      ['15', 3],
      ['16', 2],
      ['-1', 1],
      ['x', 1],
      ['99999999999999999999', 1],
    ]);
  }

  integer(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(-20, 20)), 40],
      [() => String(random.integer(-100_000, 100_000)), 20],
      [
        () =>
          random.pick(['9223372036854775807', '-9223372036854775808', '9223372036854775800', '-9223372036854775801']),
        8,
      ],
      [() => random.pick(['9223372036854775808', '-9223372036854775809', '18446744073709551615', '4294967296']), 4],
      [() => random.pick(['2147483647', '2147483648', '-2147483648', '-2147483649', '1000000000000']), 6],
      [() => random.pick(['', ' 1', '1 ', '+1', '01', '-0', '0x10', '1e3', '1.0', 'abc', 'nan', '--1']), 6],
    ])();
  }

  float(): string {
    return this.#random.pick([
      '0.1', '-0.1', '1', '3.0e3', '1.5', '0.25', '5.0e-2', '-2.75', '100000.125', '1e17', '123456789.123',
      'inf', '-inf', 'nan', '', ' 1', '1 ', 'abc', '1.5x', '0x1p3', '1e400', '.5', '5.',
    ]); // biome-ignore format: a table
  }

  /** Small enough to be carried out; the failing ones beyond every limit. */
  offset(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(0, 40)), 40],
      [() => String(random.integer(0, 3_000)), 10],
      [() => String(random.integer(-40, -1)), 8],
      [
        () => random.pick(['536870912', '536870913', '4294967295000', '9223372036854775807', '-9223372036854775808']),
        5,
      ],
      [() => random.pick(['', 'x', '1.5', '99999999999999999999']), 3],
    ])();
  }

  bitOffset(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(0, 200)), 40],
      [() => String(random.integer(0, 20_000)), 8],
      [() => random.pick(['-1', '4294967296', '4294967297', '9223372036854775807', 'x', '']), 5],
    ])();
  }

  range(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(-30, 30)), 40],
      [() => random.pick(['0', '-1']), 15],
      [() => String(random.integer(-5_000, 5_000)), 5],
      [() => random.pick(['9223372036854775807', '-9223372036854775808', 'x', '', '99999999999999999999']), 4],
    ])();
  }

  value(): Argument {
    const random = this.#random;
    return random.weighted<() => Argument>([
      [() => this.integer(), 30],
      [() => random.pick(['', 'a', 'foo', 'ohmytext', 'mynewtext', 'hello world']), 25],
      [() => this.float(), 6],
      [() => random.bytes(random.integer(0, 40)), 20],
      [() => Buffer.alloc(random.pick([20, 21, 43, 44, 45, 63, 64, 65, 127, 128, 255, 256, 512]), 'x'), 12],
      [() => random.bytes(random.integer(1_000, 9_000)), 5],
      [() => Buffer.alloc(random.integer(20_000, 200_000), random.integer(0, 255)), 1],
    ])();
  }

  /**
   * Seconds from now. Values are spread so widely that two of them never come close (GT and LT compare them), and end before
   * the absolute ones begin.
   */
  secondsFromNow(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(100, 1_000_000_000)), 40],
      [() => random.pick(['0', '-1', '-9223372036854775808', '9223372036854775807', '-9999', 'x', '', '1.5']), 8],
    ])();
  }

  millisecondsFromNow(): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [() => String(random.integer(100_000, 1_000_000_000_000)), 40],
      [() => random.pick(['0', '-1', '-9223372036854775808', '9223372036854775807', '-9999', 'x', '', '1.5']), 8],
    ])();
  }

  /** A Unix time in seconds, long after every relative one. */
  atSecond(): string {
    return String(ABSOLUTE_FROM_S + this.#random.integer(1_000_000, 4_000_000_000));
  }

  atMillisecond(): string {
    return String(
      (ABSOLUTE_FROM_S + this.#random.integer(1_000_000, 4_000_000_000)) * 1000 + this.#random.integer(0, 999),
    );
  }

  /** Glob patterns that stay within the client's keys. */
  pattern(): string {
    const tail = this.#random.pick([
      '*',
      'k*',
      'k1?',
      'k[0-5]',
      'k[^1]*',
      'k1*',
      'k\\1',
      '?5',
      'none',
      'k[9-0]',
      'k[1',
      '*1*',
    ]);
    return this.#prefix + tail;
  }
}

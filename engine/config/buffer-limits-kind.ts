import { type Directive, type DirectiveSpec, define } from './directive.ts';
import { formatMemory, parseMemory } from './kinds.ts';

/** A client is dropped at `hardBytes`, or when above `softBytes` for `softSeconds`; 0 means no limit. */
export interface BufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

export interface BufferLimits {
  readonly normal: BufferLimit;
  readonly replica: BufferLimit;
  readonly pubsub: BufferLimit;
}

const noLimit: BufferLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };
const limitText = (limit: BufferLimit) => `${limit.hardBytes} ${limit.softBytes} ${limit.softSeconds}`;
const limitWords = (limit: BufferLimit) =>
  `${formatMemory(limit.hardBytes)} ${formatMemory(limit.softBytes)} ${limit.softSeconds}`;
const bufferClasses: Readonly<Record<string, keyof BufferLimits>> = {
  normal: 'normal',
  slave: 'replica',
  replica: 'replica',
  pubsub: 'pubsub',
};

export function bufferLimits(spec: DirectiveSpec): Directive<BufferLimits> {
  return define<BufferLimits>(
    {
      kind: 'class, hard bytes, soft bytes, soft seconds; repeated',
      multi: true,
      blank: { normal: noLimit, replica: noLimit, pubsub: noLimit },
      read(args, { current }) {
        if (args.length % 4 !== 0) return { error: 'Wrong number of arguments in buffer limit configuration.' };
        const limits = { ...current };
        for (let i = 0; i < args.length; i += 4) {
          const [name = '', hard = '', soft = '', seconds = ''] = args.slice(i, i + 4);
          const group = bufferClasses[name.toLowerCase()];
          if (group === undefined) return { error: 'Invalid client class specified in buffer limit configuration.' };
          const [hardBytes, softBytes] = [parseMemory(hard), parseMemory(soft)];
          if (hardBytes === undefined || softBytes === undefined || !/^\d{1,15}$/.test(seconds)) {
            return { error: 'Error in hard, soft or soft_seconds setting in buffer limit configuration.' };
          }
          limits[group] = { hardBytes: Number(hardBytes), softBytes: Number(softBytes), softSeconds: Number(seconds) };
        }
        const { normal, replica, pubsub } = limits;
        return {
          value: limits,
          text: `normal ${limitText(normal)} slave ${limitText(replica)} pubsub ${limitText(pubsub)}`,
        };
      },
      write: (value) => [
        `normal ${limitWords(value.normal)}`,
        `replica ${limitWords(value.replica)}`,
        `pubsub ${limitWords(value.pubsub)}`,
      ],
    },
    spec,
  );
}

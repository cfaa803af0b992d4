import { type ColdErrorKind, ColdStoreError } from './store.ts';

/** RocksDB names its status in the text only, and both bindings hand on nothing else; the first line that matches decides. */
const statusTexts: readonly { readonly text: RegExp; readonly kind: ColdErrorKind; readonly says: string }[] = [
  {
    text: /no space left|space limit|disk quota exceeded|ENOSPC|EDQUOT|file too large/i,
    kind: 'full',
    says: 'no space left on the device of',
  },
  {
    text: /newer version of rocksdb|unknown footer version|unsupported format version|unknown format version/i,
    kind: 'io',
    says: 'a newer RocksDB wrote',
  },
  {
    text: /while lock file|lock hold by|No locks available|\/LOCK: /i,
    kind: 'io',
    says: 'another server or another open store holds the lock of',
  },
  { text: /permission denied|EACCES|EPERM|operation not permitted/i, kind: 'io', says: 'no permission to use' },
  { text: /read-only file system|EROFS/i, kind: 'io', says: 'read-only file system below' },
  { text: /not a directory|ENOTDIR|file exists|EEXIST/i, kind: 'io', says: 'a file stands where a directory must be:' },
  { text: /not open|is closed|database is closing|LEVEL_DATABASE_NOT_OPEN/i, kind: 'closed', says: 'not open:' },
  {
    text: /corruption|checksum mismatch|bad block|truncated (record|block)/i,
    kind: 'corrupt',
    says: 'damaged data in',
  },
];

/** What an engine threw, as a {@link ColdStoreError} with one line for the operator. `path` is the data directory. */
export function toColdStoreError(thrown: unknown, path: string): ColdStoreError {
  if (thrown instanceof ColdStoreError) return thrown;
  const text = deepestMessage(thrown);
  const match = statusTexts.find((candidate) => candidate.text.test(text));
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return new ColdStoreError(match?.kind ?? 'io', `${match?.says ?? 'cannot use'} ${path} (${oneLine})`, thrown);
}

/** The `@nxtedition` binding wraps what RocksDB said into one or two errors of its own layer. */
function deepestMessage(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  return error instanceof Error ? error.message : String(error);
}

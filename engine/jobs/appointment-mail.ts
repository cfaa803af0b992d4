import { MAIL_JOB, type Mail } from '../server/mail.ts';

/** Mail that says that there is a job: table u32 | 0 u32 | due, ms since 1970, f64 | the key's name. */
const AT_TABLE = 0;
const AT_DUE = 8;
const AT_NAME = 16;

/** Tells thread `to` of a job; `letter` is room to write in, and so is what is answered. */
export function sendAppointment(
  mail: Mail,
  to: number,
  letter: Buffer,
  table: number,
  dueMs: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): Buffer {
  const used = letter.length < AT_NAME + length ? Buffer.alloc(AT_NAME + length) : letter;
  used.writeUInt32LE(table, AT_TABLE);
  used.writeDoubleLE(dueMs, AT_DUE);
  used.set(bytes.subarray(start, start + length), AT_NAME);
  mail.send(to, MAIL_JOB, used, 0, AT_NAME + length);
  return used;
}

/** On the tier thread, at the start: there is a job in this slot. */
export function mailJob(mail: Mail, threads: number, table: number, slot: number, dueMs: number, name: Buffer): void {
  sendAppointment(mail, slot % threads, Buffer.alloc(0), table, dueMs, name, 0, name.length);
}

/** @param add gets the name as text of a character per byte */
export function onAppointment(mail: Mail, add: (table: number, name: string, dueMs: number) => void): void {
  mail.on(MAIL_JOB, (_from, bytes, view, start, length) => {
    const name = bytes.latin1Slice(start + AT_NAME, start + length);
    add(view.getUint32(start + AT_TABLE, true), name, view.getFloat64(start + AT_DUE, true));
  });
}
